import Wire

/// What one address may have in all rooms together.
extension Room {
    /// Counts a participant who is about to come in. One who replaces an older session of the same address
    /// takes over its claim later, in `inheritClaims`.
    func claimSession(for participant: Participant, replacing former: Participant?) throws(SignalingError) {
        let address = participant.client.address
        if let former, AddressCounter.areOne(former.client.address, address) { return }
        participant.sessionClaim = sessions.claim(address)
        guard participant.sessionClaim == nil else { return }
        throw SignalingError(
            .tooManySessions,
            "Too many are here from your network already: at most \(configuration.maxSessionsPerAddress) can be in calls "
                + "from one address. Try again when somebody has left.")
    }

    /// Counts a peer connection that is about to be made, until its transport is up for the first time.
    func claimHandshake(for participant: Participant, replacing former: Participant?) throws(SignalingError) {
        let address = participant.client.address
        if let former, former.isPending, AddressCounter.areOne(former.client.address, address) { return }
        participant.handshakeClaim = handshakes.claim(address)
        guard participant.handshakeClaim == nil else { return }
        throw SignalingError(
            .tooManySessions,
            "Too many are coming in from your network at once: at most \(configuration.maxPendingPerAddress) can be "
                + "connecting from one address. Try again in a moment.")
    }

    /// Takes over what the older session of the same identity had claimed.
    func inheritClaims(of former: Participant, by participant: Participant) {
        if participant.sessionClaim == nil { participant.sessionClaim = former.sessionClaim.take() }
        guard participant.peer != nil, participant.handshakeClaim == nil else { return }
        participant.handshakeClaim =
            former.handshakeClaim.take() ?? handshakes.claimRegardless(participant.client.address)
    }

    /// A participant has come back from where it may not have been before; what it has counts there now.
    func moveClaims(of participant: Participant) {
        let address = participant.client.address
        participant.sessionClaim = sessions.claimRegardless(address)
        if participant.isPending { participant.handshakeClaim = handshakes.claimRegardless(address) }
    }
}

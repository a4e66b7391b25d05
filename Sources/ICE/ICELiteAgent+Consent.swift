public import Wire

/// Silence: RFC 7675 §5.1, seen from the side that does not ask.
extension ICELiteAgent {
    /// When `handleTimeout` has something to do, if nothing is heard until then; `nil` when it never has.
    ///
    /// Packets only move this later, so a timer that was set before them is early, which does no harm. It is read in place
    /// (`mutating`): an object that holds an agent would otherwise copy it, with its tables, at each look.
    public var nextTimeout: Timestamp? {
        mutating get {
            let unselected = paths.earliestHeard(except: selectedPath).map { $0 + configuration.failedAfter }
            let own: Timestamp? =
                switch state {
                case .new, .checking: connectDeadline
                case .connected: selectedLastHeard + configuration.disconnectedAfter
                case .disconnected: selectedLastHeard + configuration.failedAfter
                case .failed: nil
                }
            guard let unselected, let own else { return unselected ?? own }
            return min(unselected, own)
        }
    }

    /// Does what the passing of time demands; calling it early or twice does no harm.
    public mutating func handleTimeout(at now: Timestamp) {
        for path in paths.removeUnheard(since: now - configuration.failedAfter, keeping: selectedPath) {
            emit(.forgotten(path))
        }
        switch state {
        case .new, .checking:
            if now >= connectDeadline { fail(connectFailure) }
        case .connected, .disconnected:
            let silence = now - selectedLastHeard
            if state == .connected, silence >= configuration.disconnectedAfter {
                state = .disconnected
                owesRecovery = true
                emit(.disconnected)
            }
            if silence >= configuration.failedAfter { expireConsent(at: now) }
        case .failed:
            break
        }
    }

    /// The peer is heard on the selected path, or has just been given one.
    mutating func notePeerHeard() {
        guard state != .connected else { return }
        state = .connected
        if owesRecovery {
            owesRecovery = false
            emit(.recovered)
        }
    }

    /// The selected path may not be used any more; while a restart is under way that is not the end.
    private mutating func expireConsent(at now: Timestamp) {
        if let lost = selectedPath {
            selectedPath = nil
            paths.remove(lost)
            emit(.forgotten(lost))
        }
        if previous != nil, now < connectDeadline {
            state = .checking
        } else {
            fail(.consentExpired)
        }
    }

    private mutating func fail(_ failure: ICEFailure) {
        state = .failed
        owesRecovery = true
        emit(.failed(failure))
    }

    private var connectFailure: ICEFailure {
        if statistics.requests == requestsBefore { return .noCheckReceived }
        return statistics.accepted == acceptedBefore ? .noCheckAccepted : .neverNominated
    }

    /// There is a selected path in the states that ask; its selection stands in should it ever be missing.
    private var selectedLastHeard: Timestamp {
        guard let selectedPath, let index = paths.index(of: selectedPath) else { return selectedAt }
        return paths[index].lastHeard
    }
}

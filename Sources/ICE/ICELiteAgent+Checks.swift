public import STUN
public import Wire

/// Connectivity checks: RFC 8445 §7.3 on top of RFC 8489 §6.3 and §9.1.3.
extension ICELiteAgent {
    /// Judges a STUN message that came over `path`.
    ///
    /// `message` is what was read from `bytes`, the whole datagram.
    /// - Returns: the answer to be sent back over `path`, or why there is none.
    public mutating func handle(
        _ message: STUNMessage,
        bytes: Span<UInt8>,
        on path: NetworkPath,
        at now: Timestamp
    ) -> ICEResult {
        if let reason = reasonToDrop(message, bytes: bytes) {
            statistics.note(reason)
            return .drop(reason)
        }
        statistics.noteRequest(from: path.remote)
        guard let username = message.username, let algorithm = message.integrityAlgorithm else {
            return reject(message, .badRequest)
        }
        guard let generation = generation(ofUsername: username) else {
            return reject(message, .unknownUsername)
        }
        let key = generation.credentials.integrityKey
        guard message.verifiesIntegrity(of: bytes, key: key) else { return reject(message, .badIntegrity) }
        // From here on the sender is the peer, and errors are protected like successes (RFC 8489 §9.1.3).
        guard message.unknownRequired.isEmpty else {
            return reject(message, .unknownAttribute, key: key, algorithm: algorithm)
        }
        guard message.iceControlled == nil else {
            return reject(message, .roleConflict, key: key, algorithm: algorithm)
        }
        accept(message, generation: generation.number, on: path, at: now)
        var response = STUNBuilder(respondingTo: message, with: .success)
        response.add(xorMappedAddress: path.remote)
        return .respond(response.finish(integrityKey: key, fingerprint: true, algorithm: algorithm))
    }

    private func reasonToDrop(_ message: STUNMessage, bytes: Span<UInt8>) -> ICEDropReason? {
        if message.hasFingerprint, !message.verifiesFingerprint(of: bytes) { return .badFingerprint }
        if message.method != .binding { return .notBinding }
        return switch message.messageClass {
        case .request: nil
        case .indication: .indication
        case .success, .error: .response
        }
    }

    /// RFC 8445 §7.3 looks at the first half of the user name only: the second is the peer's own, and it may
    /// use one that its offer, still on its way here, will announce.
    private func generation(ofUsername username: String) -> ICEGeneration? {
        guard let fragments = ICECredentials.fragments(ofUsername: username) else { return nil }
        if fragments.local == current.credentials.usernameFragment { return current }
        if let previous, fragments.local == previous.credentials.usernameFragment { return previous }
        return nil
    }

    private mutating func reject(
        _ message: STUNMessage,
        _ rejection: ICERejection,
        key: [UInt8]? = nil,
        algorithm: STUNIntegrityAlgorithm = .sha1
    ) -> ICEResult {
        statistics.note(rejection)
        var response = STUNBuilder(respondingTo: message, with: .error)
        switch rejection {
        case .badRequest:
            response.add(errorCode: .badRequest)
        case .unknownUsername, .badIntegrity:
            response.add(errorCode: .unauthenticated)
        case .unknownAttribute:
            response.add(errorCode: .unknownAttribute)
            response.add(unknownAttributes: message.unknownRequired)
        case .roleConflict:
            response.add(errorCode: .roleConflict)
        }
        return .respond(response.finish(integrityKey: key, fingerprint: true, algorithm: algorithm))
    }

    /// A check with the right password: its path is valid, the peer is alive on it, and it may nominate.
    private mutating func accept(
        _ message: STUNMessage,
        generation: UInt32,
        on path: NetworkPath,
        at now: Timestamp
    ) {
        statistics.accepted &+= 1
        statistics.lastAccepted = now
        let priority = pairPriority(of: message, on: path)
        if let index = paths.index(of: path) {
            paths[index].priority = priority
            paths[index].lastHeard = now
        } else {
            let evicted = paths.insert(
                ICEPath(path: path, priority: priority, lastHeard: now),
                keeping: selectedPath
            )
            if let evicted { emit(.forgotten(evicted)) }
            emit(.validated(path))
        }
        if state == .new { state = .checking }
        if path == selectedPath { notePeerHeard() }
        if message.useCandidate || (message.nomination ?? 0) > 0 {
            statistics.nominations &+= 1
            nominate(path, value: message.nomination ?? 0, generation: generation, at: now)
        }
    }

    private func pairPriority(of message: STUNMessage, on path: NetworkPath) -> UInt64 {
        let socket = Int(path.socket.rawValue)
        let own = socket < configuration.localPriorities.count ? configuration.localPriorities[socket] : 0
        return ICECandidate.pairPriority(controlling: message.priority ?? 0, controlled: own)
    }
}

public import Wire

/// How far an agent has come; the diagram stands at `ICELiteAgent`.
public enum ICEState: Equatable, Sendable {
    /// No check has been accepted yet.
    case new
    /// The peer's checks are accepted, no path is selected.
    case checking
    /// A path is selected and the peer is heard on it.
    case connected
    /// A path is selected and the peer has been silent on it for a while.
    case disconnected
    /// Nothing may be sent; a nomination or an ICE restart brings the agent back.
    case failed
}

/// Why an agent failed, in the words an operator needs to find the cause.
public enum ICEFailure: String, CaseIterable, Sendable {
    /// Not one check arrived: a firewall, or an announced address that does not lead here.
    case noCheckReceived
    /// Checks arrived and none had the right user name and password: mixed-up descriptions, or a stale page.
    case noCheckAccepted
    /// Checks were accepted and answered, and the peer chose no path: the answers do not get back to it.
    case neverNominated
    /// The peer was connected and has not been heard for `ICEConfiguration.failedAfter` (RFC 7675 §5.1).
    case consentExpired
}

/// What an agent has to tell; drained with `pollEvent()` after every input.
public enum ICEEvent: Equatable, Sendable {
    /// An accepted check came over a path for the first time: DTLS may be answered there.
    case validated(NetworkPath)
    /// A path is no longer valid: whoever maps addresses to peers must forget it.
    case forgotten(NetworkPath)
    /// From now on everything is sent over this path.
    case selected(NetworkPath)
    /// The peer has been silent for `ICEConfiguration.disconnectedAfter`.
    case disconnected
    /// After `disconnected` or `failed` the peer is back.
    case recovered
    /// Credentials of ours are not answered any more: whoever maps user name fragments to peers must forget
    /// this one.
    case retired(usernameFragment: String)
    /// The agent gave up; nothing may be sent.
    case failed(ICEFailure)
}

/// What to do about a STUN message.
public enum ICEResult: Equatable, Sendable {
    /// Send these bytes back over the path that the message came from.
    case respond([UInt8])
    /// Do nothing.
    case drop(ICEDropReason)
}

/// Why a STUN message gets no answer.
public enum ICEDropReason: UInt8, CaseIterable, Sendable {
    /// Another method than Binding (RFC 8489 §6.3).
    case notBinding
    /// An indication: it has no integrity here, so it is not a sign of life either (RFC 8445 §11).
    case indication
    /// A response, but a lite agent sends no requests.
    case response
    /// FINGERPRINT does not fit the message: damaged, or not STUN (RFC 8489 §6.3).
    case badFingerprint
}

/// Why a Binding request is answered with an error.
public enum ICERejection: UInt8, CaseIterable, Sendable {
    /// 400: no user name or no integrity (RFC 8489 §9.1.3).
    case badRequest
    /// 401: the user name is not ours (RFC 8445 §7.3).
    case unknownUsername
    /// 401: the password is wrong (RFC 8489 §9.1.3).
    case badIntegrity
    /// 420: an attribute that must be understood is not (RFC 8489 §6.3.1).
    case unknownAttribute
    /// 487: the peer wants to be controlled, too (RFC 8445 §7.3.1.1).
    case roleConflict
}

/// Which side of the handshake we take (RFC 5763 §5).
public enum DTLSRole: Sendable, Equatable {
    /// The peer sends the first hello: `setup:passive` in our answer.
    case server
    /// We send it: `setup:active`.
    case client
}

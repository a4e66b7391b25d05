/// Why SRTP could not be set up.
public enum SRTPError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A key or salt has the wrong length for its profile.
    case wrongKeyLength
    /// The cipher library refused; its words.
    case cipher(String)

    /// A sentence for the operator.
    public var description: String {
        switch self {
        case .wrongKeyLength: "a master key or salt has the wrong length for its profile"
        case .cipher(let reason): reason
        }
    }
}

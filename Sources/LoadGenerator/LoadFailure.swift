/// Why a load test could not begin.
public enum LoadFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The settings contradict each other, or name what is not there.
    case badSettings(String)
    /// The server does not answer.
    case unreachable(String)

    /// The sentence for people.
    public var description: String {
        switch self {
        case .badSettings(let reason), .unreachable(let reason): reason
        }
    }
}

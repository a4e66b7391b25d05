/// Why signalling with the server did not go on.
public enum SignalingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No connection came about.
    case unreachable(String)
    /// The server did not make a WebSocket of the connection.
    case notUpgraded
    /// The server answered a request with an error.
    case refused(code: String, message: String)
    /// The server's answer is of no use.
    case badAnswer(String)
    /// No answer within the time a request has.
    case noAnswer
    /// The connection ended; the text is the goodbye's reason where there was one.
    case closed(String)

    /// The sentence for people.
    public var description: String {
        switch self {
        case .unreachable(let reason): "the server cannot be reached: \(reason)"
        case .notUpgraded: "the server did not open a WebSocket"
        case .refused(let code, let message): "\(code): \(message)"
        case .badAnswer(let reason): reason
        case .noAnswer: "the server did not answer in time"
        case .closed(let reason): "the connection was closed: \(reason)"
        }
    }

    /// A word that groups errors of one kind in the report.
    var word: String {
        switch self {
        case .unreachable: "unreachable"
        case .notUpgraded: "not-upgraded"
        case .refused(let code, _): code
        case .badAnswer: "bad-answer"
        case .noAnswer: "no-answer"
        case .closed(let reason): "closed-\(reason)"
        }
    }
}

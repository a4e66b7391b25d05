/// Why a text is not a session description we can read; lines count from 1.
public enum SDPError: Error, Equatable, Sendable {
    /// There is no line in it.
    case empty
    /// The text is longer than the limit.
    case tooLarge(bytes: Int, limit: Int)
    /// The text has more lines than the limit.
    case tooManyLines(limit: Int)
    /// One line is longer than the limit.
    case lineTooLong(line: Int, limit: Int)
    /// There are more `m=` lines than the limit.
    case tooManySections(line: Int, limit: Int)
    /// The line is not a letter, an equals sign and a value.
    case malformedLine(line: Int)
    /// The line holds a NUL or a carriage return that ends no line.
    case illegalCharacter(line: Int)
    /// The first line is not `v=0`.
    case missingVersion(line: Int)
    /// No `o=` line comes before the first `m=` line.
    case missingOrigin(line: Int)
    /// The `o=` line has not its six fields.
    case malformedOrigin(line: Int)
    /// The `m=` line is not a media type, a port, a protocol and at least one format.
    case malformedMedia(line: Int)
}

extension SDPError: CustomStringConvertible {
    /// What is wrong, in a sentence that names the line.
    public var description: String {
        switch self {
        case .empty: "The session description is empty."
        case .tooLarge(let bytes, let limit):
            "The session description has \(bytes) bytes; \(limit) are allowed."
        case .tooManyLines(let limit): "The session description has more than \(limit) lines."
        case .lineTooLong(let line, let limit): "Line \(line) has more than \(limit) bytes."
        case .tooManySections(let line, let limit):
            "Line \(line) begins one media section more than the \(limit) allowed."
        case .malformedLine(let line): "Line \(line) is not a letter, an equals sign and a value."
        case .illegalCharacter(let line): "Line \(line) holds a NUL or a stray carriage return."
        case .missingVersion(let line): "Line \(line) should be \"v=0\", the start of a session description."
        case .missingOrigin(let line): "Line \(line) comes before the \"o=\" line that must be there."
        case .malformedOrigin(let line):
            "Line \(line) should be \"o=\" with user, session id, version, IN, IP4 or IP6 and an address."
        case .malformedMedia(let line):
            "Line \(line) should be \"m=\" with a media type, a port, a protocol and formats."
        }
    }
}

/// Why a request was refused: the content of ERROR-CODE (RFC 8489 §14.8).
public struct STUNErrorCode: Hashable, Sendable {
    /// The number, 300 to 699.
    public let code: Int
    /// The sentence for people; at most 763 bytes of UTF-8.
    public let reason: String

    /// Makes a code with its reason; both are ours to choose, so a number outside 300 to 699 is a programming
    /// error.
    public init(code: Int, reason: String) {
        precondition((300...699).contains(code), "STUN error codes run from 300 to 699")
        self.code = code
        self.reason = reason
    }

    /// Reads a code whose number has been checked.
    init(checkedCode code: Int, reason: String) {
        self.code = code
        self.reason = reason
    }

    /// 400: the request is missing something it needs (RFC 8489 §14.8).
    public static let badRequest = STUNErrorCode(code: 400, reason: "Bad Request")
    /// 401: wrong user or password (RFC 8489 §14.8).
    public static let unauthenticated = STUNErrorCode(code: 401, reason: "Unauthenticated")
    /// 420: an attribute that must be understood is not (RFC 8489 §14.8).
    public static let unknownAttribute = STUNErrorCode(code: 420, reason: "Unknown Attribute")
    /// 487: both agents claim the same role (RFC 8445 §7.2.5.1).
    public static let roleConflict = STUNErrorCode(code: 487, reason: "Role Conflict")
}

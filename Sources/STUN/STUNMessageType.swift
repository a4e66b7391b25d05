/// What a STUN message is for: the two class bits of its type (RFC 8489 §5).
public enum STUNClass: UInt8, CaseIterable, Sendable {
    /// Asks for a response.
    case request = 0b00
    /// Tells something and expects no response.
    case indication = 0b01
    /// Answers a request that was carried out.
    case success = 0b10
    /// Answers a request that was refused.
    case error = 0b11
}

/// A STUN method, 12 bits (RFC 8489 §5); Binding is the only one that ICE needs.
public struct STUNMethod: Hashable, Sendable {
    /// The number, below 4096.
    public let rawValue: UInt16

    /// Makes a method from the low 12 bits of `rawValue`.
    public init(_ rawValue: UInt16) { self.rawValue = rawValue & 0x0FFF }

    /// Binding (RFC 8489 §3): asks what the sender's address looks like from the other side.
    public static let binding = STUNMethod(0x001)
}

/// The first 16 bits of a message: method and class, interleaved for the sake of RFC 3489's type numbers.
///
///      0                 1
///      2  3  4 5 6 7 8 9 0 1 2 3 4 5
///     +--+--+-+-+-+-+-+-+-+-+-+-+-+-+
///     |M |M |M|M|M|C|M|M|M|C|M|M|M|M|
///     |11|10|9|8|7|1|6|5|4|0|3|2|1|0|
///     +--+--+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// RFC 8489 §5, figure 3.
enum STUNMessageType {
    static func encode(_ method: STUNMethod, _ messageClass: STUNClass) -> UInt16 {
        let bits = method.rawValue
        let kind = UInt16(messageClass.rawValue)
        return (bits & 0x0F80) << 2 | (bits & 0x0070) << 1 | bits & 0x000F | (kind & 0b10) << 7
            | (kind & 0b01) << 4
    }

    static func decode(_ type: UInt16) -> (method: STUNMethod, messageClass: STUNClass) {
        let bits = (type >> 2) & 0x0F80 | (type >> 1) & 0x0070 | type & 0x000F
        let messageClass: STUNClass =
            switch (type & 0x0100 != 0, type & 0x0010 != 0) {
            case (false, false): .request
            case (false, true): .indication
            case (true, false): .success
            case (true, true): .error
            }
        return (STUNMethod(bits), messageClass)
    }
}

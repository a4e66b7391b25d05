/// The number that names an attribute (RFC 8489 §14, §18.3).
///
/// Numbers below 0x8000 must be understood by whoever reads the message; the others may be skipped.
public struct STUNAttributeType: Hashable, Sendable, CustomStringConvertible {
    /// The 16 bits on the wire.
    public let rawValue: UInt16

    /// Makes a type from its number.
    public init(_ rawValue: UInt16) { self.rawValue = rawValue }

    /// Whether a message with this attribute has to be refused by those who do not know it.
    public var isComprehensionRequired: Bool { rawValue < 0x8000 }

    /// The number in hexadecimal.
    public var description: String {
        let digits = String(rawValue, radix: 16)
        return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// MAPPED-ADDRESS, RFC 8489 §14.1.
    public static let mappedAddress = STUNAttributeType(0x0001)
    /// USERNAME, RFC 8489 §14.3.
    public static let username = STUNAttributeType(0x0006)
    /// MESSAGE-INTEGRITY, RFC 8489 §14.5.
    public static let messageIntegrity = STUNAttributeType(0x0008)
    /// ERROR-CODE, RFC 8489 §14.8.
    public static let errorCode = STUNAttributeType(0x0009)
    /// UNKNOWN-ATTRIBUTES, RFC 8489 §14.13.
    public static let unknownAttributes = STUNAttributeType(0x000A)
    /// REALM, RFC 8489 §14.9.
    public static let realm = STUNAttributeType(0x0014)
    /// NONCE, RFC 8489 §14.10.
    public static let nonce = STUNAttributeType(0x0015)
    /// MESSAGE-INTEGRITY-SHA256, RFC 8489 §14.6.
    public static let messageIntegritySHA256 = STUNAttributeType(0x001C)
    /// XOR-MAPPED-ADDRESS, RFC 8489 §14.2.
    public static let xorMappedAddress = STUNAttributeType(0x0020)
    /// PRIORITY, RFC 8445 §16.1.
    public static let priority = STUNAttributeType(0x0024)
    /// USE-CANDIDATE, RFC 8445 §16.1.
    public static let useCandidate = STUNAttributeType(0x0025)
    /// SOFTWARE, RFC 8489 §14.14.
    public static let software = STUNAttributeType(0x8022)
    /// FINGERPRINT, RFC 8489 §14.7.
    public static let fingerprint = STUNAttributeType(0x8028)
    /// ICE-CONTROLLED, RFC 8445 §16.1.
    public static let iceControlled = STUNAttributeType(0x8029)
    /// ICE-CONTROLLING, RFC 8445 §16.1.
    public static let iceControlling = STUNAttributeType(0x802A)
    /// NOMINATION, draft-thatcher-ice-renomination §3; the number is the one libwebrtc sends.
    public static let nomination = STUNAttributeType(0xC001)
}

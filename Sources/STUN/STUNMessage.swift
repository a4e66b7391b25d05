public import Wire

/// A STUN message that has been read: its header, the attributes ICE needs, and where its checks stand.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |0 0|     STUN Message Type     |         Message Length        |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                         Magic Cookie                          |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                     Transaction ID (96 bits)                  |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// RFC 8489 §5. Reading proves nothing about the sender: `verifiesIntegrity(of:key:)` does, over the same
/// bytes.
public struct STUNMessage: Sendable {
    /// What every message since RFC 5389 carries in bytes 4 to 7.
    public static let magicCookie: UInt32 = 0x2112_A442
    /// The size of the header in bytes.
    public static let headerLength = 20

    /// Request, indication or response.
    public let messageClass: STUNClass
    /// What is asked for or answered.
    public let method: STUNMethod
    /// Ties a response to its request.
    public let transactionID: STUNTransactionID

    /// USERNAME; for ICE `local:remote` as its receiver sees it (RFC 8445 §7.2.2).
    public internal(set) var username: String?
    /// REALM, of long-term credentials.
    public internal(set) var realm: String?
    /// NONCE, of long-term credentials.
    public internal(set) var nonce: String?
    /// SOFTWARE, what the sender says it is.
    public internal(set) var software: String?
    /// PRIORITY that a candidate learned from this check would have (RFC 8445 §7.1.1).
    public internal(set) var priority: UInt32?
    /// USE-CANDIDATE: the controlling agent nominates this pair (RFC 8445 §7.1.2).
    public internal(set) var useCandidate = false
    /// ICE-CONTROLLING with its tie-breaker (RFC 8445 §7.1.3).
    public internal(set) var iceControlling: UInt64?
    /// ICE-CONTROLLED with its tie-breaker (RFC 8445 §7.1.3).
    public internal(set) var iceControlled: UInt64?
    /// NOMINATION: of several nominations the highest counts (draft-thatcher-ice-renomination §3).
    public internal(set) var nomination: UInt32?
    /// XOR-MAPPED-ADDRESS: the requester's address as the responder saw it.
    public internal(set) var xorMappedAddress: SocketAddress?
    /// ERROR-CODE of an error response.
    public internal(set) var errorCode: STUNErrorCode?
    /// UNKNOWN-ATTRIBUTES of a 420 response.
    public internal(set) var unknownAttributes: [UInt16] = []
    /// Attributes of this message that have to be understood and are not, in their order.
    public internal(set) var unknownRequired: [UInt16] = []

    /// Where the integrity attributes and FINGERPRINT begin, counted from the start of the message.
    var integrityOffset: Int?
    var integritySHA256: Range<Int>?
    var fingerprintOffset: Int?

    /// Reads a whole message, which must fill `bytes` exactly.
    ///
    /// Of an attribute that occurs twice the first counts, and what follows an integrity attribute is
    /// skipped, since nothing protects it (RFC 8489 §14, §14.5).
    /// - Throws: `STUNError`; the message then gets no answer.
    public init(parsing bytes: Span<UInt8>) throws(STUNError) {
        guard bytes.count >= Self.headerLength else { throw .truncatedHeader(have: bytes.count) }
        guard bytes[0] >> 6 == 0 else { throw .notSTUN }
        guard bytes.uint32(at: 4) == Self.magicCookie else { throw .badCookie(bytes.uint32(at: 4)) }
        let length = Int(bytes.uint16(at: 2))
        guard length % 4 == 0, length == bytes.count - Self.headerLength else {
            throw .lengthMismatch(declared: length, have: bytes.count - Self.headerLength)
        }
        (method, messageClass) = STUNMessageType.decode(bytes.uint16(at: 0))
        transactionID = STUNTransactionID(high: bytes.uint64(at: 8), low: bytes.uint32(at: 16))
        try readAttributes(of: bytes)
    }

    /// Whether the message says that it is protected by a password.
    public var hasIntegrity: Bool { integrityOffset != nil || integritySHA256 != nil }
    /// Whether the message ends with FINGERPRINT.
    public var hasFingerprint: Bool { fingerprintOffset != nil }
}

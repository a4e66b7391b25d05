public import Wire

/// Builds a STUN message attribute by attribute; `finish(integrityKey:fingerprint:algorithm:)` seals it.
public struct STUNBuilder: Sendable {
    private var writer: ByteWriter
    private let transactionID: STUNTransactionID

    /// Begins a message.
    public init(method: STUNMethod, messageClass: STUNClass, transactionID: STUNTransactionID) {
        self.transactionID = transactionID
        writer = ByteWriter(capacity: 128)
        writer.append(STUNMessageType.encode(method, messageClass))
        writer.append(UInt16(0))
        writer.append(STUNMessage.magicCookie)
        writer.append(transactionID.high)
        writer.append(transactionID.low)
    }

    /// Begins the response to a request: same method, same transaction.
    public init(respondingTo request: STUNMessage, with messageClass: STUNClass) {
        self.init(method: request.method, messageClass: messageClass, transactionID: request.transactionID)
    }

    /// The most attribute numbers that UNKNOWN-ATTRIBUTES gets: nobody who means it sends more, and the
    /// request was somebody else's to fill.
    private static let mostUnknownAttributes = 32

    /// Adds an attribute as it is; its length is ours to choose, so more than 1024 bytes are a programming
    /// error.
    public mutating func add(_ type: STUNAttributeType, _ value: [UInt8]) {
        precondition(value.count <= 1024, "no attribute of ours is that long")
        writer.append(type.rawValue)
        writer.append(UInt16(value.count))
        writer.append(contentsOf: value)
        writer.pad(to: 4)
    }

    /// Adds USERNAME.
    public mutating func add(username: String) { add(.username, Array(username.utf8)) }
    /// Adds REALM.
    public mutating func add(realm: String) { add(.realm, Array(realm.utf8)) }
    /// Adds NONCE.
    public mutating func add(nonce: String) { add(.nonce, Array(nonce.utf8)) }
    /// Adds SOFTWARE.
    public mutating func add(software: String) { add(.software, Array(software.utf8)) }
    /// Adds PRIORITY.
    public mutating func add(priority: UInt32) { add(.priority, Self.bytes(priority)) }
    /// Adds USE-CANDIDATE.
    public mutating func addUseCandidate() { add(.useCandidate, []) }
    /// Adds ICE-CONTROLLING with its tie-breaker.
    public mutating func add(iceControlling tieBreaker: UInt64) {
        add(.iceControlling, Self.bytes(tieBreaker))
    }
    /// Adds ICE-CONTROLLED with its tie-breaker.
    public mutating func add(iceControlled tieBreaker: UInt64) { add(.iceControlled, Self.bytes(tieBreaker)) }
    /// Adds NOMINATION.
    public mutating func add(nomination: UInt32) { add(.nomination, Self.bytes(nomination)) }

    /// Adds XOR-MAPPED-ADDRESS.
    public mutating func add(xorMappedAddress address: SocketAddress) {
        add(.xorMappedAddress, STUNAddress(xoredWith: transactionID).encode(address))
    }

    /// Adds ERROR-CODE.
    public mutating func add(errorCode error: STUNErrorCode) {
        let code = [0, 0, UInt8(error.code / 100), UInt8(error.code % 100)]
        add(.errorCode, code + Array(error.reason.utf8))
    }

    /// Adds UNKNOWN-ATTRIBUTES, at most the first 32 of them.
    public mutating func add(unknownAttributes types: [UInt16]) {
        add(.unknownAttributes, types.prefix(Self.mostUnknownAttributes).flatMap { Self.bytes($0) })
    }

    /// The message's bytes, with integrity if there is a key, and with FINGERPRINT if asked for.
    ///
    /// The builder stays as it is, so the same content can be sealed with another key.
    public func finish(
        integrityKey: [UInt8]?,
        fingerprint: Bool,
        algorithm: STUNIntegrityAlgorithm = .sha1
    ) -> [UInt8] {
        var sealed = self
        sealed.patchLength(announcing: 0)
        if let integrityKey {
            // The length field has to count the attribute before the hash over it is taken (RFC 8489 §14.5,
            // §14.6).
            sealed.patchLength(announcing: algorithm == .sha1 ? 24 : 36)
            let value = algorithm.authenticate(sealed.writer.bytes.span, key: integrityKey)
            sealed.add(algorithm == .sha1 ? .messageIntegrity : .messageIntegritySHA256, value)
        }
        if fingerprint {
            sealed.patchLength(announcing: 8)
            let value = CRC32.fingerprint(of: sealed.writer.bytes.span, length: sealed.writer.count)
            sealed.add(.fingerprint, Self.bytes(value))
        }
        return sealed.writer.bytes
    }

    /// Sets the length field to what is written plus an attribute of `announcing` bytes that is about to
    /// follow.
    private mutating func patchLength(announcing: Int) {
        let length = writer.count - STUNMessage.headerLength + announcing
        precondition(length <= Int(UInt16.max), "no message of ours is that long")
        writer.patch(UInt16(length), at: 2)
    }

    private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        stride(from: value.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}

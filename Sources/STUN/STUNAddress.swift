import Wire

/// The value of MAPPED-ADDRESS and XOR-MAPPED-ADDRESS (RFC 8489 §14.1, §14.2).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |0 0 0 0 0 0 0 0|    Family     |         Port (X-Port)         |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                Address (X-Address), 32 or 128 bits            |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// The XOR with cookie and transaction identifier keeps NATs that rewrite addresses in payloads off it.
struct STUNAddress {
    /// XORed into the port and over the address: all zero for MAPPED-ADDRESS.
    private let cookie: UInt32
    private let transactionID: STUNTransactionID

    /// The form that is XORed with the message's own header.
    init(xoredWith transactionID: STUNTransactionID) {
        cookie = STUNMessage.magicCookie
        self.transactionID = transactionID
    }

    /// The value's bytes.
    func encode(_ address: SocketAddress) -> [UInt8] {
        var writer = ByteWriter(capacity: 20)
        writer.append(UInt8(0))
        writer.append(UInt8(address.ip.family == .v4 ? 1 : 2))
        writer.append(address.port ^ UInt16(truncatingIfNeeded: cookie >> 16))
        switch address.ip.family {
        case .v4:
            writer.append(address.ip.v4Bits ^ cookie)
        case .v6:
            writer.append(address.ip.high ^ highMask)
            writer.append(address.ip.low ^ lowMask)
        }
        return writer.bytes
    }

    /// The address in a value, `nil` when family and length do not fit each other.
    func decode(_ value: Span<UInt8>) -> SocketAddress? {
        guard value.count >= 4 else { return nil }
        let port = value.uint16(at: 2) ^ UInt16(truncatingIfNeeded: cookie >> 16)
        switch (value[1], value.count) {
        case (1, 8):
            return SocketAddress(ip: IPAddress(v4: value.uint32(at: 4) ^ cookie), port: port)
        case (2, 20):
            let ip = IPAddress(v6High: value.uint64(at: 4) ^ highMask, low: value.uint64(at: 12) ^ lowMask)
            return SocketAddress(ip: ip, port: port)
        default:
            return nil
        }
    }

    /// Cookie and transaction identifier stand in the header as they stand here: 16 bytes in a row.
    private var highMask: UInt64 { UInt64(cookie) << 32 | transactionID.high >> 32 }
    private var lowMask: UInt64 { transactionID.high << 32 | UInt64(transactionID.low) }
}

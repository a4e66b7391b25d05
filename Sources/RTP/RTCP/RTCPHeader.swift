import Wire

/// The four bytes every RTCP packet begins with (RFC 3550 §6.4.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |V=2|P|  count  |  packet type  |            length             |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
public struct RTCPHeader: Sendable, Equatable {
    /// The header itself, in bytes.
    public static let length = 4

    /// The number of blocks in a report, or the format (FMT) of a feedback message.
    public let format: UInt8
    /// The packet type: 200 for a sender report, and so on.
    public let packetType: UInt8
    /// The whole packet in bytes, header and padding included.
    public let packetLength: Int
    /// What stands between the header and the padding, counted from the packet's first byte.
    public let body: Range<Int>

    /// Reads the header of the packet that begins with the first of `bytes` and may be followed by others.
    /// - Throws: ``RTCPParseError`` when no whole packet stands there.
    public init(parsing bytes: Span<UInt8>) throws(RTCPParseError) {
        guard bytes.count >= Self.length else { throw .truncated(needed: Self.length, have: bytes.count) }
        guard bytes[0] >> 6 == 2 else { throw .badVersion(bytes[0] >> 6) }
        format = bytes[0] & 0x1F
        packetType = bytes[1]
        packetLength = (Int(bytes.uint16(at: 2)) + 1) * 4
        guard bytes.count >= packetLength else { throw .truncated(needed: packetLength, have: bytes.count) }

        var padding: UInt8 = 0
        if bytes[0] & 0x20 != 0 {
            padding = bytes[packetLength - 1]
            // Deviation: RFC 3550 §6.4.1 wants a multiple of four; transport feedback in the field pads by
            // one to three.
            guard padding > 0, Int(padding) <= packetLength - Self.length else {
                throw .badPadding(count: padding)
            }
        }
        body = Self.length..<packetLength - Int(padding)
    }

    /// Reads the header of a packet that has to be of one type, with a body of at least `minimum` bytes.
    init(
        parsing bytes: Span<UInt8>, type: RTCPPacketType, format: UInt8? = nil, minimum: Int
    ) throws(RTCPParseError) {
        self = try RTCPHeader(parsing: bytes)
        guard packetType == type.rawValue, format == nil || format == self.format else {
            throw .unexpectedType(packetType: packetType, format: self.format)
        }
        try require(minimum)
    }

    /// Checks that the body has at least `count` bytes.
    func require(_ count: Int) throws(RTCPParseError) {
        guard body.count >= count else { throw .truncated(needed: count, have: body.count) }
    }
}

/// The packet types this server reads and writes.
enum RTCPPacketType: UInt8 {
    case senderReport = 200
    case receiverReport = 201
    case sourceDescription = 202
    case goodbye = 203
    /// RTPFB, RFC 4585 §6.2.
    case transportFeedback = 205
    /// PSFB, RFC 4585 §6.3.
    case payloadFeedback = 206
    /// XR, RFC 3611.
    case extendedReport = 207
}

extension ByteWriter {
    /// Appends an RTCP packet: the header, what `body` appends, and then the length that came out of it.
    ///
    /// What does not fill a word is padded, and says so.
    mutating func appendRTCP(type: RTCPPacketType, format: Int, _ body: (inout ByteWriter) -> Void) {
        let start = count
        append(UInt16(0))
        append(UInt16(0))
        body(&self)
        let padding = (start - count) & 3
        if padding > 0 {
            for _ in 1..<padding { append(UInt8(0)) }
            append(UInt8(truncatingIfNeeded: padding))
        }
        let first = 0x80 | (padding > 0 ? 0x20 : 0) | UInt16(truncatingIfNeeded: format & 0x1F)
        patch(first << 8 | UInt16(type.rawValue), at: start)
        patch(UInt16(truncatingIfNeeded: (count - start) / 4 - 1), at: start + 2)
    }
}

/// The control protocol as a whole; each packet type has a file of its own.
public enum RTCP {
    /// Whether the second byte of a packet means RTCP and not RTP.
    ///
    /// Control packet types are 192 to 223, so that RTP beside them does without the payload types 64 to 95,
    /// with or without marker (RFC 5761 §4).
    @inlinable
    public static func isRTCP(packetType: UInt8) -> Bool { packetType & 0x60 == 0x40 }

    /// Whether bytes that are RTP or RTCP are RTCP.
    @inlinable
    public static func isRTCP(_ bytes: Span<UInt8>) -> Bool {
        bytes.count >= 2 && isRTCP(packetType: bytes[1])
    }
}

/// Why bytes are not the RTCP packet they should be.
public enum RTCPParseError: Error, Equatable, Sendable {
    /// The packet, or the part of it that is being read, ends before `needed` bytes; it has `have`.
    case truncated(needed: Int, have: Int)
    /// The version is not 2.
    case badVersion(UInt8)
    /// The padding is said to be `count` bytes, which is nothing, or more than there is.
    case badPadding(count: UInt8)
    /// The packet is of another type, or of another format of the type.
    case unexpectedType(packetType: UInt8, format: UInt8)
    /// The application layer feedback has another name than the one expected, as four characters.
    case unexpectedName(UInt32)
    /// A packet status chunk has the reserved symbol 3, at `offset`.
    case reservedSymbol(offset: Int)
    /// Transport feedback on more packets than anybody has in flight.
    case tooManyPackets(Int)
}

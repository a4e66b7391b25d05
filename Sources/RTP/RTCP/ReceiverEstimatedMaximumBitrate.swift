public import Wire

/// The bit rate a receiver thinks its path carries (draft-alvestrand-rmcat-remb-03 §2.2).
///
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |  Unique identifier 'R' 'E' 'M' 'B'                            |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |  Num SSRC     | BR Exp    |  BR Mantissa                      |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |   SSRC feedback ...                                           |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
public struct ReceiverEstimatedMaximumBitrate: Sendable, Equatable {
    static let format: UInt8 = 15
    static let name: UInt32 = 0x5245_4D42

    /// The source that reports.
    public var sender: SSRC
    /// The limit in bits a second, over all sources.
    ///
    /// Written with 18 significant bits, rounded down.
    public var bitrate: UInt64
    /// The sources the limit is for; 255 at most are written.
    public var sources: [SSRC]

    /// Makes a report from its fields.
    public init(sender: SSRC, bitrate: UInt64, sources: [SSRC]) {
        self.sender = sender
        self.bitrate = bitrate
        self.sources = sources
    }

    /// Reads a report.
    ///
    /// A bit rate that does not fit into 64 bits becomes the highest there is: it is no limit.
    /// - Throws: ``RTCPParseError`` when the bytes are none.
    public init(parsing bytes: Span<UInt8>) throws(RTCPParseError) {
        let header = try RTCPHeader(parsing: bytes, type: .payloadFeedback, format: Self.format, minimum: 16)
        guard Self.hasName(bytes, header) else { throw .unexpectedName(bytes.uint32(at: 12)) }
        let count = Int(bytes[16])
        try header.require(16 + count * 4)
        sender = SSRC(bytes.uint32(at: 4))
        let exponent = bytes[17] >> 2
        let mantissa = UInt64(bytes.uint24(at: 17) & 0x3_FFFF)
        let shifted = mantissa << exponent
        bitrate = shifted >> exponent == mantissa ? shifted : .max
        sources = (0..<count).map { SSRC(bytes.uint32(at: 20 + $0 * 4)) }
    }

    /// Whether application layer feedback has the name of this kind; too short is no.
    static func hasName(_ bytes: Span<UInt8>, _ header: RTCPHeader) -> Bool {
        header.body.count >= 12 && bytes.uint32(at: 12) == name
    }

    /// Appends the report.
    public func write(into writer: inout ByteWriter) {
        let written = sources.prefix(255)
        let exponent = UInt32(max(0, 64 - bitrate.leadingZeroBitCount - 18))
        writer.appendRTCP(type: .payloadFeedback, format: Int(Self.format)) { writer in
            writer.append(sender.rawValue)
            writer.append(UInt32(0))
            writer.append(Self.name)
            writer.append(UInt8(truncatingIfNeeded: written.count))
            writer.append24(exponent << 18 | UInt32(truncatingIfNeeded: bitrate >> exponent))
            for source in written { writer.append(source.rawValue) }
        }
    }
}

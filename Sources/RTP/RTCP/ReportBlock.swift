public import Wire

/// How one source is received: the block that sender and receiver reports share (RFC 3550 §6.4.1).
///
///     +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
///     |                             source                            |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     | fraction lost |       cumulative number of packets lost       |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |           extended highest sequence number received           |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                      interarrival jitter                      |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                         last SR (LSR)                         |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                   delay since last SR (DLSR)                  |
///     +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
public struct ReportBlock: Sendable, Equatable {
    /// A block's size in bytes.
    public static let byteCount = 24

    /// The source that is reported on.
    public var source: SSRC
    /// Packets lost since the last report, in 256ths of those expected.
    public var fractionLost: UInt8
    /// Packets lost since the beginning; duplicates make it negative.
    ///
    /// Written as 24 bits, clamped to what they hold.
    public var cumulativeLost: Int32
    /// The highest sequence number received, with the count of its cycles above the low 16 bits.
    public var highestSequenceNumber: UInt32
    /// The interarrival jitter in ticks of the codec's clock.
    public var jitter: UInt32
    /// The middle bits of the NTP time of the last sender report received; zero if there was none.
    public var lastSenderReport: UInt32
    /// The time between receiving that report and sending this block; zero if there was none.
    public var delaySinceLastSenderReport: NTPDelay

    /// Makes a block from its fields.
    public init(
        source: SSRC, fractionLost: UInt8 = 0, cumulativeLost: Int32 = 0, highestSequenceNumber: UInt32 = 0,
        jitter: UInt32 = 0, lastSenderReport: UInt32 = 0, delaySinceLastSenderReport: NTPDelay = NTPDelay(0)
    ) {
        self.source = source
        self.fractionLost = fractionLost
        self.cumulativeLost = cumulativeLost
        self.highestSequenceNumber = highestSequenceNumber
        self.jitter = jitter
        self.lastSenderReport = lastSenderReport
        self.delaySinceLastSenderReport = delaySinceLastSenderReport
    }

    /// The round trip to the receiver that sent this block, when it arrived at `received`; `nil` before the
    /// receiver has had a sender report.
    public func roundTrip(received: NTPTime) -> Interval? {
        NTPDelay.roundTrip(sent: lastSenderReport, delay: delaySinceLastSenderReport, received: received)
    }

    /// Reads the block at `offset`, where 24 bytes must be.
    init(in bytes: Span<UInt8>, at offset: Int) {
        source = SSRC(bytes.uint32(at: offset))
        fractionLost = bytes[offset + 4]
        // The sign is the highest of the 24 bits: shift it to the top and back.
        cumulativeLost = Int32(bitPattern: bytes.uint24(at: offset + 5) << 8) >> 8
        highestSequenceNumber = bytes.uint32(at: offset + 8)
        jitter = bytes.uint32(at: offset + 12)
        lastSenderReport = bytes.uint32(at: offset + 16)
        delaySinceLastSenderReport = NTPDelay(bytes.uint32(at: offset + 20))
    }

    func write(into writer: inout ByteWriter) {
        writer.append(source.rawValue)
        writer.append(fractionLost)
        writer.append24(UInt32(bitPattern: min(max(cumulativeLost, -0x80_0000), 0x7F_FFFF)))
        writer.append(highestSequenceNumber)
        writer.append(jitter)
        writer.append(lastSenderReport)
        writer.append(delaySinceLastSenderReport.rawValue)
    }

    /// Reads the blocks of a report whose header says how many there are, from `offset` in its body on.
    static func blocks(
        in bytes: Span<UInt8>, of header: RTCPHeader, after fixed: Int
    ) throws(RTCPParseError) -> [ReportBlock] {
        let count = Int(header.format)
        try header.require(fixed + count * byteCount)
        var blocks: [ReportBlock] = []
        blocks.reserveCapacity(count)
        for index in 0..<count {
            blocks.append(ReportBlock(in: bytes, at: header.body.lowerBound + fixed + index * byteCount))
        }
        return blocks
    }
}

public import Wire

/// A sender report: what was sent, the tie between RTP timestamps and the clock, and how others are received
/// (RFC 3550 §6.4.1).
public struct SenderReport: Sendable, Equatable {
    /// The source that sends.
    public var sender: SSRC
    /// When the report was sent, on the sender's clock.
    public var ntpTime: NTPTime
    /// The same moment on the clock of the source's timestamps.
    public var rtpTimestamp: RTPTimestamp
    /// Packets sent since the beginning; wraps.
    public var packetCount: UInt32
    /// Payload bytes sent since the beginning, without headers and padding; wraps.
    public var octetCount: UInt32
    /// How the sender receives others.
    public var reports: [ReportBlock]

    /// Makes a report from its fields.
    public init(
        sender: SSRC, ntpTime: NTPTime, rtpTimestamp: RTPTimestamp, packetCount: UInt32, octetCount: UInt32,
        reports: [ReportBlock] = []
    ) {
        self.sender = sender
        self.ntpTime = ntpTime
        self.rtpTimestamp = rtpTimestamp
        self.packetCount = packetCount
        self.octetCount = octetCount
        self.reports = reports
    }

    /// Reads a sender report; profile-specific extensions behind the blocks are passed over.
    /// - Throws: ``RTCPParseError`` when the bytes are none.
    public init(parsing bytes: Span<UInt8>) throws(RTCPParseError) {
        let header = try RTCPHeader(parsing: bytes, type: .senderReport, minimum: 24)
        sender = SSRC(bytes.uint32(at: 4))
        ntpTime = NTPTime(bytes.uint64(at: 8))
        rtpTimestamp = RTPTimestamp(bytes.uint32(at: 16))
        packetCount = bytes.uint32(at: 20)
        octetCount = bytes.uint32(at: 24)
        reports = try ReportBlock.blocks(in: bytes, of: header, after: 24)
    }

    /// Appends the report; blocks beyond the 31st go into receiver reports behind it (RFC 3550 §6.1).
    public func write(into writer: inout ByteWriter) {
        let own = reports.prefix(ReceiverReport.maximumBlocks)
        writer.appendRTCP(type: .senderReport, format: own.count) { writer in
            writer.append(sender.rawValue)
            writer.append(ntpTime.rawValue)
            writer.append(rtpTimestamp.rawValue)
            writer.append(packetCount)
            writer.append(octetCount)
            for block in own { block.write(into: &writer) }
        }
        guard own.count < reports.count else { return }
        ReceiverReport(sender: sender, reports: Array(reports.dropFirst(own.count))).write(into: &writer)
    }
}

public import Wire

/// A receiver report: how the sources are received that somebody listens to (RFC 3550 §6.4.2).
public struct ReceiverReport: Sendable, Equatable {
    /// The blocks that one packet can hold.
    public static let maximumBlocks = 31

    /// The source that reports.
    public var sender: SSRC
    /// A block for each source; may be empty.
    public var reports: [ReportBlock]

    /// Makes a report from its fields.
    public init(sender: SSRC, reports: [ReportBlock] = []) {
        self.sender = sender
        self.reports = reports
    }

    /// Reads a receiver report; profile-specific extensions behind the blocks are passed over.
    /// - Throws: ``RTCPParseError`` when the bytes are none.
    public init(parsing bytes: Span<UInt8>) throws(RTCPParseError) {
        let header = try RTCPHeader(parsing: bytes, type: .receiverReport, minimum: 4)
        sender = SSRC(bytes.uint32(at: 4))
        reports = try ReportBlock.blocks(in: bytes, of: header, after: 4)
    }

    /// Appends the report, as several packets if there are more than 31 blocks (RFC 3550 §6.1).
    public func write(into writer: inout ByteWriter) {
        var rest = reports[...]
        repeat {
            let blocks = rest.prefix(Self.maximumBlocks)
            writer.appendRTCP(type: .receiverReport, format: blocks.count) { writer in
                writer.append(sender.rawValue)
                for block in blocks { block.write(into: &writer) }
            }
            rest = rest.dropFirst(blocks.count)
        } while !rest.isEmpty
    }
}

internal import RTP
internal import Wire

/// A frame whose packets are coming in.
struct PendingFrame {
    /// One layer of one stream: what frames are numbered in.
    struct Source: Equatable {
        var stream: MediaMark.StreamID
        var layer: UInt8
    }

    let source: Source
    let frame: UInt32
    let reference: UInt32
    let isKeyframe: Bool
    let packetCount: Int
    /// The number of the frame's first packet, whether it is there or not.
    let first: ExtendedSequenceNumber
    let timestamp: RTPTimestamp
    let pictureNumbers: MarkedPayload.PictureNumbers?
    /// When its first packet came.
    let seen: Timestamp
    /// When its last new packet came.
    var progress: Timestamp
    /// When its first packet, of those that came, was sent.
    var sent: Timestamp
    var packets = PacketSet()

    init(
        _ mark: MediaMark, _ numbers: MarkedPayload.PictureNumbers?, first: ExtendedSequenceNumber,
        timestamp: RTPTimestamp, at now: Timestamp
    ) {
        source = Source(stream: mark.stream, layer: mark.layer)
        frame = mark.frame
        reference = mark.reference
        isKeyframe = mark.isKeyframe
        packetCount = Int(mark.packets)
        self.first = first
        self.timestamp = timestamp
        pictureNumbers = numbers
        seen = now
        progress = now
        sent = mark.sent
    }

    var isComplete: Bool { packets.count == packetCount }
    /// The number behind the frame's last packet.
    var end: ExtendedSequenceNumber { first.advanced(by: Int64(packetCount)) }
    /// Whether everything from its beginning up to some packet is there, so that nothing shows a loss.
    var hasNoHole: Bool { packets.leadingRun == packets.count }

    func isSameFrame(as mark: MediaMark) -> Bool {
        frame == mark.frame && source.stream == mark.stream && source.layer == mark.layer
    }
}

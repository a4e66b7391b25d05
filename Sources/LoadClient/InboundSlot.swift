internal import Forwarding
internal import RTP
internal import Wire

/// One receive slot: what comes on it, what is missing, and what to ask for.
struct InboundSlot {
    let description: ClientAnswer.Slot
    var statistics: ReceptionStatistics
    var nacks: NackGenerator
    /// Packets that came over RTX, whether they were missing or not.
    var retransmissions: UInt64 = 0
    var bytes: UInt64 = 0
    var keyframeRequests: UInt64 = 0
    var lastKeyframeRequest: Timestamp?
    private var extender = SequenceExtender()

    /// Not faster than this: a keyframe takes a while to come, and each request costs the sender a large frame.
    static let keyframeInterval = Interval.milliseconds(500)

    init(_ description: ClientAnswer.Slot) {
        self.description = description
        statistics = ReceptionStatistics(clockRate: description.kind == .audio ? 48_000 : 90_000)
        nacks = NackGenerator(isEnabled: description.kind == .video)
    }

    /// The payload type whose retransmissions have payload type `type`.
    func original(of type: PayloadType) -> PayloadType? {
        description.formats.first { $0.rtxType == type }?.type
    }

    /// Takes a packet; returns its number and what it turned out to be.
    mutating func receive(
        _ header: RTPHeader, number wire: SequenceNumber, byteCount: Int, isRetransmission: Bool, at now: Timestamp
    ) -> (ExtendedSequenceNumber, NackGenerator.Arrival) {
        let number = extender.extend(wire)
        let arrival = nacks.receive(number, isRetransmission: isRetransmission, at: now)
        bytes &+= UInt64(byteCount)
        if isRetransmission {
            retransmissions &+= 1
        } else {
            let isDuplicate = arrival == .duplicate || arrival == .tooOld
            statistics.receive(
                number, timestamp: header.timestamp, byteCount: byteCount, isDuplicate: isDuplicate, at: now)
        }
        return (number, arrival)
    }

    /// Whether a keyframe may be asked for now; if so, it counts as asked.
    mutating func takeKeyframeRequest(at now: Timestamp) -> Bool {
        if let last = lastKeyframeRequest, now - last < Self.keyframeInterval { return false }
        lastKeyframeRequest = now
        keyframeRequests &+= 1
        return true
    }
}

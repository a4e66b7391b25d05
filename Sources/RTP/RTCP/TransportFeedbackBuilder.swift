public import Wire

/// Makes transport feedback of packets as they arrived, in as many feedback packets as it takes.
///
/// A feedback packet ends where the next delta does not fit into 16 bits (eight seconds) or where it would
/// outgrow a datagram; the next one begins with the packet behind, so that each number is reported once.
public struct TransportFeedbackBuilder: Sendable {
    /// A packet that has arrived.
    public struct Arrival: Sendable, Equatable {
        /// Its number on the transport.
        public var sequenceNumber: ExtendedSequenceNumber
        /// When it arrived.
        public var time: Timestamp
        /// Makes an arrival from its parts.
        public init(sequenceNumber: ExtendedSequenceNumber, time: Timestamp) {
            self.sequenceNumber = sequenceNumber
            self.time = time
        }
    }

    /// What chunks and deltas of one feedback packet may take, in bytes: well below any path's MTU.
    static let maximumBytes = 1_000

    /// The source that reports.
    public var sender: SSRC
    /// A source of the transport, whichever.
    public var media: SSRC
    private var feedbackCount: UInt8 = 0

    /// Makes a builder whose first feedback packet is number zero.
    public init(sender: SSRC, media: SSRC) {
        self.sender = sender
        self.media = media
    }

    /// The feedback for the packets from `base` up to the last that arrived.
    ///
    /// - Parameters:
    ///   - base: The first number to report on; what lies between it and the arrivals is reported missing.
    ///   - arrivals: In strictly ascending order of their numbers; one that is out of order is passed over.
    /// - Returns: The feedback packets in the order to send them; none without arrivals.
    public mutating func feedback(
        from base: ExtendedSequenceNumber, arrivals: some Sequence<Arrival>
    ) -> [TransportFeedback] {
        var finished: [TransportFeedback] = []
        var draft: Draft?
        var next = base
        for arrival in arrivals {
            let ticks = Self.ticks(of: arrival.time)
            let gap = arrival.sequenceNumber.distance(from: next)
            guard gap >= 0 else { continue }
            if let open = draft, !open.takes(gap: gap, ticks: ticks) {
                finished.append(close(open))
                draft = nil
            }
            // Nobody waits for packets from before a gap so long: begin behind it.
            let reported = gap <= Draft.longestGap ? gap : 0
            if draft == nil {
                draft = Draft(base: arrival.sequenceNumber.advanced(by: -reported), ticks: ticks)
            }
            draft?.append(gap: reported, ticks: ticks)
            next = arrival.sequenceNumber.advanced(by: 1)
        }
        if let draft { finished.append(close(draft)) }
        return finished
    }

    /// The arrival in steps of 250 µs, rounded down; from absolute times, so that rounding does not add up.
    private static func ticks(of time: Timestamp) -> Int64 {
        let (quotient, rest) = time.nanoseconds.quotientAndRemainder(
            dividingBy: TransportFeedback.tick.nanoseconds)
        return rest < 0 ? quotient - 1 : quotient
    }

    private mutating func close(_ draft: Draft) -> TransportFeedback {
        defer { feedbackCount &+= 1 }
        return TransportFeedback(
            sender: sender, media: media, base: draft.base.wire, referenceTime: draft.referenceTime,
            feedbackCount: feedbackCount, deltas: draft.deltas)
    }
}

/// A feedback packet in the making.
private struct Draft {
    /// Missing packets in a row that are still reported: more than a sender can have in flight.
    static let longestGap = 0x1FFF

    let base: ExtendedSequenceNumber
    let referenceTime: Int32
    private(set) var deltas: [Int16?] = []
    private var lastTicks: Int64
    private var bytes = 0

    /// Begins with the packet `base`; the first to have arrived did so at `ticks`.
    init(base: ExtendedSequenceNumber, ticks: Int64) {
        self.base = base
        // The 24 bits wrap every 12 days; shifting up and down gives them their sign.
        let reference = ticks >> 8
        referenceTime = (Int32(truncatingIfNeeded: reference) << 8) >> 8
        lastTicks = reference << 8
    }

    /// Whether a packet that comes after `gap` missing ones still has a place here.
    func takes(gap: Int64, ticks: Int64) -> Bool {
        Int16(exactly: ticks - lastTicks) != nil && gap <= Self.longestGap
            && deltas.count + Int(gap) < TransportFeedback.maximumPackets
            && bytes + Self.cost(gap) <= TransportFeedbackBuilder.maximumBytes
    }

    mutating func append(gap: Int64, ticks: Int64) {
        guard let delta = Int16(exactly: ticks - lastTicks) else { return }
        deltas.append(contentsOf: repeatElement(nil, count: Int(gap)))
        deltas.append(delta)
        lastTicks = ticks
        bytes += Self.cost(gap)
    }

    /// The most bytes a packet and the gap before it can take: two of delta, and chunks that hold seven
    /// statuses each or a run.
    private static func cost(_ gap: Int64) -> Int { 3 + (gap < 14 ? Int(gap) : 8) }
}

public import RTP
public import Wire

/// Watches the stream of one receive slot and says of every frame whether it came complete, in order and decodable.
///
/// It takes what a client takes for decoding: payloads behind SRTP and RTX, in the order of arrival, with their extended
/// numbers. A frame is judged when all before it have been; what is missing is waited for as long as the reorder window,
/// in which retransmissions may come. The source may change: to another layer or another publisher, with a keyframe.
///
/// Sans-IO: ``receive(_:number:timestamp:marker:at:)`` for each packet, ``handleTimeout(at:)`` when ``nextDeadline`` has
/// come, ``finish(at:)`` at the end. Results are in ``figures``.
public struct StreamVerifier: Sendable {
    /// How patient the verifier is.
    public struct Settings: Sendable, Equatable {
        /// How long a missing packet is waited for: what a browser's jitter buffer would, with retransmission.
        public var reorderWindow = Interval.milliseconds(500)
        /// A picture that stands longer than this is frozen; `nil` to count no freezes.
        public var freezeThreshold: Interval? = .milliseconds(200)
        /// How far RTP time may be away from the time that frames were sent at.
        public var timestampTolerance = Interval.seconds(1)
        /// Makes settings with their defaults.
        public init() {}
    }

    /// What came of the stream so far.
    public internal(set) var figures = Figures()
    /// When the first keyframe was complete.
    public internal(set) var firstKeyframe: Timestamp?
    /// The stream that frames come from now; `nil` before the first one was judged.
    public var stream: MediaMark.StreamID? { last?.source.stream }
    /// The layer that frames come from now.
    public var layer: UInt8? { last?.source.layer }
    /// When the stream or layer last changed, and its keyframe was complete.
    public internal(set) var lastChange: Timestamp?

    let codec: MediaCodec
    let settings: Settings
    var pending: [PendingFrame] = []
    var last: PendingFrame?
    /// The number that the next frame to be judged should begin with.
    var expected: ExtendedSequenceNumber?
    var isDecoding = false
    var playback = PlaybackClock()
    /// Numbers without media, and numbers whose packets were corrupt, not yet passed by ``expected``.
    var emptyNumbers: [ExtendedSequenceNumber] = []
    var corruptNumbers: [ExtendedSequenceNumber] = []
    var past = PastFrames()
    private var highest: ExtendedSequenceNumber?

    /// The longest list of anything that hostile packets could make grow.
    static let longestList = 256

    /// Makes a verifier of one slot.
    public init(codec: MediaCodec, settings: Settings = Settings()) {
        self.codec = codec
        var settings = settings
        if codec.kind == .audio { settings.freezeThreshold = nil }
        self.settings = settings
    }

    /// Whether nothing can be decoded until a keyframe comes: a client sends PLI then, at its own pace.
    public var needsKeyframe: Bool { codec.kind == .video && figures.packets > 0 && !isDecoding }

    /// Where the next frame begins: nothing before it is of use any more, as to a browser's decoder.
    public var position: ExtendedSequenceNumber? { expected }

    /// Takes a packet.
    ///
    /// Returns how long it was on its way, by the send time inside; `nil` for one that is empty, corrupt or was there
    /// already.
    @discardableResult
    public mutating func receive(
        _ payload: Span<UInt8>, number: ExtendedSequenceNumber, timestamp: RTPTimestamp, marker: Bool,
        at now: Timestamp
    ) -> Interval? {
        figures.packets += 1
        if let highest, number <= highest {
            if number < highest { figures.reordered += 1 }
        } else {
            highest = number
        }
        var latency: Interval?
        switch MarkedPayload(payload, codec: codec) {
        case .empty:
            figures.emptyPackets += 1
            note(number, in: \.emptyNumbers)
        case .corrupt:
            figures.corruptPackets += 1
            note(number, in: \.corruptNumbers)
        case .marked(let mark, let numbers):
            guard mark.packet < mark.packets, mark.packets <= PacketSet.capacity else {
                figures.sequenceSurprises += 1
                return nil
            }
            if codec.kind == .video, marker != (mark.packet == mark.packets - 1) { figures.markerSurprises += 1 }
            if accept(mark, numbers, number: number, timestamp: timestamp, at: now) { latency = now - mark.sent }
        }
        judge(at: now)
        return latency
    }

    /// When ``handleTimeout(at:)`` has something to do, if no packet comes before.
    public var nextDeadline: Timestamp? {
        guard let head = pending.first else { return nil }
        if isBehindGap(head) { return head.seen + settings.reorderWindow }
        return mayStillEnd(head) ? nil : head.progress + settings.reorderWindow
    }

    /// Judges what has been waited for long enough.
    public mutating func handleTimeout(at now: Timestamp) { judge(at: now) }

    /// Tells that a pause is meant: the slot was taken from its source, or the subscription changed. What comes next
    /// does not end a freeze.
    public mutating func expectPause() { playback.restart() }

    /// Judges everything that is left, and counts a freeze that has not ended.
    public mutating func finish(at now: Timestamp) {
        while let head = pending.first {
            if isBehindGap(head) { declareGap(before: head) }
            if head.isComplete {
                judgeComplete(head, at: now)
            } else if pending.count == 1, head.hasNoHole {
                // The sender was stopped within a frame.
                figures.abandoned += 1
                expected = head.end
            } else {
                judgeIncomplete(head)
            }
            pending.removeFirst()
        }
        if let threshold = settings.freezeThreshold, let gap = playback.standing(at: now, threshold: threshold) {
            countFreeze(gap)
        }
        playback.restart()
    }

    private mutating func note(
        _ number: ExtendedSequenceNumber, in list: WritableKeyPath<StreamVerifier, [ExtendedSequenceNumber]>
    ) {
        if let expected, number < expected { return }
        guard !self[keyPath: list].contains(number) else { return }
        if self[keyPath: list].count >= Self.longestList { self[keyPath: list].removeFirst() }
        self[keyPath: list].append(number)
    }

    /// Puts a packet into its frame; says whether it is new.
    private mutating func accept(
        _ mark: MediaMark, _ numbers: MarkedPayload.PictureNumbers?, number: ExtendedSequenceNumber,
        timestamp: RTPTimestamp, at now: Timestamp
    ) -> Bool {
        let first = number.advanced(by: -Int64(mark.packet))
        if let expected, first < expected {
            // Of a frame that is given up, or sent without its beginning; it is not missing.
            if number >= expected { note(number, in: \.emptyNumbers) }
            return acceptLate(mark, numbers, first: first, timestamp: timestamp, at: now)
        }
        if let index = pending.lastIndex(where: { $0.isSameFrame(as: mark) }) {
            guard pending[index].packets.insert(Int(mark.packet)) else {
                figures.duplicates += 1
                return false
            }
            pending[index].progress = now
            pending[index].sent = min(pending[index].sent, mark.sent)
            if pending[index].first != first || pending[index].packetCount != Int(mark.packets) {
                figures.sequenceSurprises += 1
            }
            if pending[index].timestamp != timestamp || pending[index].pictureNumbers != numbers {
                if pending[index].timestamp != timestamp { figures.timestampSurprises += 1 }
                if pending[index].pictureNumbers != numbers { figures.pictureIDSurprises += 1 }
            }
            return true
        }
        var frame = PendingFrame(mark, numbers, first: first, timestamp: timestamp, at: now)
        _ = frame.packets.insert(Int(mark.packet))
        let place = (pending.lastIndex { $0.first <= first } ?? -1) + 1
        pending.insert(frame, at: place)
        return true
    }

    /// A packet from before what has been judged: a duplicate, or one that was given up.
    private mutating func acceptLate(
        _ mark: MediaMark, _ numbers: MarkedPayload.PictureNumbers?, first: ExtendedSequenceNumber,
        timestamp: RTPTimestamp, at now: Timestamp
    ) -> Bool {
        switch past.receive(mark, numbers, first: first, timestamp: timestamp, at: now) {
        case .duplicate:
            figures.duplicates += 1
            return false
        case .pieceOfLost: return true
        case .completed(let wasCorrupt):
            figures.late += 1
            if wasCorrupt, figures.corrupt > 0 {
                figures.corrupt -= 1
            } else if figures.lost > 0 {
                figures.lost -= 1
            }
            return true
        }
    }
}

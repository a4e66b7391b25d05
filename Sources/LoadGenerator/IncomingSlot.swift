internal import LoadClient
internal import LoadMedia
internal import RTP
internal import Wire

/// One receive slot of a participant: what comes is verified and timed.
struct IncomingSlot {
    let kind: MediaKind
    /// Made with the first packet, which says what the codec is.
    private var verifier: StreamVerifier?

    init(kind: MediaKind) { self.kind = kind }

    /// When `handleTimeout` has something to do.
    var nextDue: Timestamp { verifier?.nextDeadline ?? .distantFuture }
    var firstKeyframe: Timestamp? { kind == .video ? verifier?.firstKeyframe : nil }
    var figures: StreamVerifier.Figures { verifier?.figures ?? StreamVerifier.Figures() }
    /// The track that signalling says is on the slot.
    private var track: String?
    /// Since when it has been.
    private var trackSince = Timestamp(nanoseconds: 0)
    /// Packets that came since then.
    private var packetsOfTrack: UInt64 = 0
    /// How often there was a track on the slot that somebody sent, and nothing of it came.
    private(set) var silences: UInt64 = 0
    private var keyframesSeen: UInt64 = 0
    /// When a keyframe began to be missing.
    private var stuckSince: Timestamp?

    /// A track of which nothing came for this long, though somebody sent it, does not come.
    static let silencePatience = Interval.seconds(5)

    /// A keyframe may be on its way: libwebrtc, too, waits this long before it asks (kMaxWaitForKeyFrame).
    private static let keyframePatience = Interval.milliseconds(200)

    /// Where a keyframe was decoded that what precedes it is of no use for; once for each.
    mutating func takeKeyframePosition() -> ExtendedSequenceNumber? {
        guard let verifier, verifier.figures.keyframes > keyframesSeen else { return nil }
        keyframesSeen = verifier.figures.keyframes
        return verifier.position
    }

    /// Whether a keyframe is to be asked for.
    mutating func wantsKeyframe(at now: Timestamp) -> Bool {
        guard verifier?.needsKeyframe == true else {
            stuckSince = nil
            return false
        }
        guard let since = stuckSince else {
            stuckSince = now
            return false
        }
        return now - since >= Self.keyframePatience
    }

    mutating func receive(
        _ packet: LoadClient.Received, _ payload: Span<UInt8>, at now: Timestamp, figures: inout LoopFigures
    ) {
        packetsOfTrack += 1
        guard !packet.isDuplicate, let codec = packet.codec else { return }
        if verifier == nil { verifier = StreamVerifier(codec: codec) }
        let latency = verifier?.receive(
            payload, number: packet.number, timestamp: packet.timestamp, marker: packet.marker, at: now)
        // What was repaired took as long as its repair: that is no figure of the forwarding.
        guard let latency, !packet.isRetransmission else { return }
        figures.latency.record(latency)
        figures.recentLatency.record(latency)
    }

    mutating func handleTimeout(at now: Timestamp) { verifier?.handleTimeout(at: now) }

    /// Signalling says what is on the slot now.
    mutating func note(track: String?, at now: Timestamp, _ surroundings: Surroundings) {
        guard track != self.track else { return }
        judgeSilence(at: now, surroundings)
        verifier?.expectPause()
        self.track = track
        trackSince = now
        packetsOfTrack = 0
    }

    /// The participant leaves: what is pending is judged.
    mutating func finish(at now: Timestamp, _ surroundings: Surroundings) {
        judgeSilence(at: now, surroundings)
        packetsOfTrack = 0
        trackSince = now
        verifier?.finish(at: now)
    }

    /// What decides whether something should have come on a slot.
    struct Surroundings {
        /// When the slot's own media transport came up; `nil` when it did not.
        var connected: Timestamp?
        var senders: SenderList
    }

    /// Counts a picture of which not a packet came. Sound is sent only of those who are the loudest, so it may be missing.
    private mutating func judgeSilence(at now: Timestamp, _ surroundings: Surroundings) {
        guard kind == .video, packetsOfTrack == 0, let track, let connected = surroundings.connected,
            let start = surroundings.senders.start(ofTrack: track),
            now - max(connected, start, trackSince) >= Self.silencePatience
        else { return }
        silences += 1
    }
}

public import Wire

/// Keeps one outgoing stream's RTP timestamps running when its source changes (RFC 3550 §5.1).
///
/// Between two changes every timestamp is shifted by the same amount, so the distances that a decoder sees
/// are the sender's own. At a change the stream moves on by the time that has passed since its last frame,
/// and by one frame at least: a timestamp that stood still or ran back would make the receiver throw the new
/// frames away.
///
/// A source whose first frame is older than what was sent last therefore runs ahead of the server's time from then on
/// (``lead``). The next changes make up for that as far as they can, or a few of them would put the stream seconds ahead.
public struct TimestampMunger: Sendable {
    /// The clock rate in ticks a second: 90 000 for video, 48 000 for Opus.
    public let clockRate: UInt32
    /// The shortest step over a change of source, in ticks.
    public let minimumStep: UInt32
    /// The longest step over a change, in ticks: a stream that was silent for hours must not seem to run
    /// backwards.
    static let maximumStep: Int64 = 1 << 30
    /// By so much the sender's clock and the server's may differ about the time between two frames.
    static let mostDoubt = Interval.milliseconds(500)

    /// What is added to a timestamp of the present source, modulo 2³².
    public private(set) var offset: UInt32 = 0
    /// The newest timestamp sent; before the first source, the one it will begin with.
    public private(set) var latest: RTPTimestamp
    /// When the frame with that timestamp began to be sent; `nil` before the first packet.
    public private(set) var latestTime: Timestamp?
    /// How far the stream has run ahead of time, because its sources began with frames older than what had been sent.
    public private(set) var lead = Interval.zero
    private var hasSource = false

    /// Makes a munger that begins at the timestamp `first`, which should be random (RFC 3550 §5.1).
    ///
    /// `minimumStep` is a frame's length in ticks; 33 ms are taken where nothing is said.
    public init(clockRate: UInt32, first: RTPTimestamp, minimumStep: UInt32? = nil) {
        self.clockRate = max(clockRate, 1)
        self.minimumStep = max(minimumStep ?? self.clockRate / 30, 1)
        latest = first
    }

    /// Whether a source has been set.
    public var isStarted: Bool { hasSource }

    /// Makes `timestamp` the present source's first one.
    ///
    /// `passed` is the time by which the frame is younger than the one sent last, by the server's clock: negative for one
    /// that was repaired long after its time. Where it is not known, `now` counts. `captureDistance` is the same by the
    /// sender's own clock, where it is known: two simulcast layers of one camera whose sender reports have come
    /// (``SenderClock``). It is exact where the server's clock adds the jitter of two paths; half a second off, it makes no
    /// sense.
    public mutating func switchSource(
        at timestamp: RTPTimestamp, now: Timestamp, passed: Interval? = nil, captureDistance: Interval? = nil
    ) {
        defer { hasSource = true }
        guard latestTime != nil else {
            offset = latest.rawValue &- timestamp.rawValue
            return
        }
        let change = change(now: now, passed: passed, captureDistance: captureDistance)
        lead = change.lead
        offset = latest.rawValue &+ UInt32(truncatingIfNeeded: change.ticks) &- timestamp.rawValue
    }

    /// How far the stream would have run ahead after a change (``switchSource(at:now:passed:captureDistance:)``).
    public func lead(now: Timestamp, passed: Interval?, captureDistance: Interval?) -> Interval {
        change(now: now, passed: passed, captureDistance: captureDistance).lead
    }

    private func change(
        now: Timestamp, passed: Interval?, captureDistance: Interval?
    ) -> (ticks: Int64, lead: Interval) {
        guard let latestTime else { return (0, .zero) }
        var passed = passed ?? now - latestTime
        var least = Int64(minimumStep)
        if let captureDistance, captureDistance > passed - Self.mostDoubt, captureDistance < passed + Self.mostDoubt {
            passed = captureDistance
            // The same moment in another size follows at once, or every switch would put the picture behind the sound.
            least = min(least, Interval.milliseconds(1).ticks(at: clockRate))
        }
        let wanted = passed - lead
        let ticks = wanted.ticks(at: clockRate)
        guard ticks < least else { return (min(ticks, Self.maximumStep), .zero) }
        return (least, Interval(ticks: least, at: clockRate) - wanted)
    }

    /// The outgoing timestamp of a packet of the present source.
    ///
    /// `now` is when its frame is sent; the first packet of the newest frame counts.
    public mutating func forward(_ timestamp: RTPTimestamp, at now: Timestamp) -> RTPTimestamp {
        let outgoing = map(timestamp)
        if latestTime == nil || outgoing.distance(from: latest) > 0 {
            latest = outgoing
            latestTime = now
        }
        return outgoing
    }

    /// The outgoing timestamp that belongs to one of the present source, without remembering it.
    @inlinable
    public func map(_ timestamp: RTPTimestamp) -> RTPTimestamp { timestamp.advanced(by: offset) }
}

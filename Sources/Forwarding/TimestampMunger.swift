public import Wire

/// Keeps one outgoing stream's RTP timestamps running when its source changes (RFC 3550 §5.1).
///
/// Between two changes every timestamp is shifted by the same amount, so the distances that a decoder sees
/// are the sender's own. At a change the stream moves on by the time that has passed since its last frame,
/// and by one frame at least: a timestamp that stood still or ran back would make the receiver throw the new
/// frames away.
public struct TimestampMunger: Sendable {
    /// The clock rate in ticks a second: 90 000 for video, 48 000 for Opus.
    public let clockRate: UInt32
    /// The shortest step over a change of source, in ticks.
    public let minimumStep: UInt32
    /// The longest step over a change, in ticks: a stream that was silent for hours must not seem to run
    /// backwards.
    static let maximumStep: Int64 = 1 << 30

    /// What is added to a timestamp of the present source, modulo 2³².
    public private(set) var offset: UInt32 = 0
    /// The newest timestamp sent; before the first source, the one it will begin with.
    public private(set) var latest: RTPTimestamp
    /// When the frame with that timestamp began to be sent; `nil` before the first packet.
    public private(set) var latestTime: Timestamp?
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
    /// `captureDistance` is the time between the last sent frame and this one by the sender's own clock,
    /// where it is known: two simulcast layers of one camera whose sender reports have come
    /// (``SenderClock``). It is exact where the server's clock adds the jitter of two paths; without it, or
    /// where it makes no sense, the server's counts.
    public mutating func switchSource(
        at timestamp: RTPTimestamp, now: Timestamp, captureDistance: Interval? = nil
    ) {
        defer { hasSource = true }
        guard let latestTime else {
            offset = latest.rawValue &- timestamp.rawValue
            return
        }
        var passed = now - latestTime
        var least = Int64(minimumStep)
        if let captureDistance, captureDistance > .milliseconds(-500), captureDistance < passed + .milliseconds(500) {
            passed = captureDistance
            // The same moment in another size follows at once, or every switch would put the picture behind the sound.
            least = min(least, Interval.milliseconds(1).ticks(at: clockRate))
        }
        let ticks = min(max(passed.ticks(at: clockRate), least), Self.maximumStep)
        offset = latest.rawValue &+ UInt32(truncatingIfNeeded: ticks) &- timestamp.rawValue
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

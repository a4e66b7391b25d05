internal import Wire

/// When packets of a queue leave: in ticks of 5 ms, each as much as 2.5 times the rate allows.
///
/// So does libwebrtc's pacing controller (kPausedProcessInterval aside): what a tick did not use is gone, what the last
/// packet took too much is taken from the next tick.
struct BurstPacer {
    /// Bits a second of the medium; `nil` lets everything go at once.
    var bitrate: Int?
    private var budget = 0
    private var lastTick: Timestamp?

    /// libwebrtc's periodic process interval.
    static let tick = Interval.milliseconds(5)
    /// libwebrtc's kDefaultPaceMultiplier.
    private static let factor = 2.5
    /// More ticks than this are not made up for: the caller slept.
    private static let longestBacklog: Int64 = 40

    init(bitrate: Int?) { self.bitrate = bitrate }

    private var bytesPerTick: Int {
        guard let bitrate else { return .max }
        return max(1, Int(Double(bitrate) * Self.factor * Self.tick.seconds / 8))
    }

    /// Whether a packet may leave now.
    mutating func mayBegin(at now: Timestamp) -> Bool {
        guard bitrate != nil else { return true }
        guard let last = lastTick else {
            lastTick = now
            budget = bytesPerTick
            return true
        }
        let ticks = (now - last).nanoseconds / Self.tick.nanoseconds
        if ticks > 0 {
            lastTick = ticks > Self.longestBacklog ? now : last + Self.tick * ticks
            budget = min(budget, 0) + bytesPerTick * Int(min(ticks, Self.longestBacklog))
        }
        return budget > 0
    }

    /// Counts a packet that left.
    mutating func spend(_ bytes: Int) {
        if bitrate != nil { budget -= bytes }
    }

    /// The next moment at which something may leave, given that nothing may now.
    var nextTick: Timestamp? { lastTick.map { $0 + Self.tick } }
}

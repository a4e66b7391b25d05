internal import Wire

/// When packets of a queue leave: at 2.5 times the rate, of which up to 40 ms may go at once.
///
/// So does libwebrtc's pacing controller: a usual frame, which is 33 ms of the rate, leaves as one burst, and only what is larger, as a
/// keyframe, is spread. What was not used is gone after 40 ms; what the last packet took too much is taken from what follows.
struct BurstPacer {
    /// Bits a second of the medium; `nil` lets everything go at once.
    var bitrate: Int?
    private var budget = 0
    private var lastTick: Timestamp?

    /// How often it is looked what may leave.
    static let tick = Interval.milliseconds(5)
    /// libwebrtc's kDefaultPaceMultiplier.
    private static let factor = 2.5
    /// libwebrtc's kDefaultBurstInterval, in ticks, and its kMaxBurstSize, in bytes.
    private static let longestBurst: Int64 = 8
    private static let largestBurst = 63_000

    init(bitrate: Int?) { self.bitrate = bitrate }

    /// Bytes that may go at once after so many ticks.
    private func burst(of ticks: Int64) -> Int {
        let time = Self.tick.seconds * Double(min(ticks, Self.longestBurst))
        let bytes = Double(bitrate ?? .max) * Self.factor * time / 8
        return max(1, Int(min(bytes, Double(Self.largestBurst))))
    }

    /// Whether a packet may leave now.
    mutating func mayBegin(at now: Timestamp) -> Bool {
        guard bitrate != nil else { return true }
        guard let last = lastTick else {
            lastTick = now
            budget = burst(of: Self.longestBurst)
            return true
        }
        let ticks = (now - last).nanoseconds / Self.tick.nanoseconds
        if ticks > 0 {
            lastTick = last + Self.tick * ticks
            budget = min(budget, 0) + burst(of: ticks)
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

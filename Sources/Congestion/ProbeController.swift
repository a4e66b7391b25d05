internal import Wire

/// Decides when a burst of padding is worth trying whether the path carries more.
///
///     start ──▶ exponential: 3 and 6 times the start rate, then twice each result while probes succeed
///           ──▶ settled: when more is wanted than the estimate, up to twice the estimate, at growing intervals
///           ──▶ recovery: after a silence, what was known before it
struct ProbeController: Sendable {
    private static let leastInterval = Interval.milliseconds(2_500)
    private static let mostInterval = Interval.milliseconds(5_000)
    /// After a probe that did not find the end of the path: as long as an allocator takes to want more.
    private static let afterSuccess = Interval.milliseconds(300)
    /// Less would be too few packets to be measured by, and is no burden to any path.
    private static let leastRate = 100_000.0
    /// A standing queue that has to have gone before the path is tried.
    private static let calm = Interval.milliseconds(30)

    private var waiting: [Double] = []
    private var interval = leastInterval
    private var next = Timestamp.zero
    private var hasBegun = false
    /// Orders given, and those whose result was above the estimate.
    private(set) var ordered: UInt32 = 0
    private(set) var succeeded: UInt32 = 0

    /// The rate to probe at now, `nil` for none.
    mutating func pollProbe(
        estimate: Double, wanted: Double, most: Double, queue: Interval, queueOfOthers: Interval,
        decreasedAt: Timestamp?, at now: Timestamp
    ) -> Double? {
        if !hasBegun, wanted > estimate {
            hasBegun = true
            waiting = [estimate * 6, estimate * 3]
            next = now + Self.leastInterval
        }
        while let rate = waiting.popLast() {
            let bounded = min(rate, most)
            guard bounded > estimate * 1.05 else { continue }
            ordered &+= 1
            return bounded
        }
        // A queue that is somebody else's will not go; to wait for that would be to leave them everything.
        let isCalm =
            queue < max(Self.calm, queueOfOthers) && decreasedAt.map { now - $0 > .milliseconds(1_500) } ?? true
        guard now >= next, wanted > estimate * 1.05, isCalm else { return nil }
        next = now + interval
        ordered &+= 1
        return max(min(estimate * 2, wanted * 1.2, most), Self.leastRate)
    }

    /// Takes a probe's result: the rate it showed, and whether the path would have carried more.
    mutating func take(
        result: Double?, probed: Double, estimate: Double, wanted: Double, isSaturated: Bool, at now: Timestamp
    ) {
        guard let result, result > estimate else {
            waiting.removeAll()
            interval = min(Interval(nanoseconds: interval.nanoseconds * 3 / 2), Self.mostInterval)
            next = now + interval
            return
        }
        succeeded &+= 1
        interval = Self.leastInterval
        next = now + (isSaturated ? interval : Self.afterSuccess)
        if isSaturated {
            waiting.removeAll()
        } else if result > 0.7 * probed, wanted > result, waiting.isEmpty {
            waiting = [min(result * 2, wanted * 1.2)]
        }
    }

    /// Tries at once what was known before a silence.
    mutating func recover(to rate: Double) {
        waiting = [rate, rate / 2]
        interval = Self.leastInterval
    }
}

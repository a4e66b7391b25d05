internal import Histogram
internal import Wire

/// Durations in microseconds, to two digits, up to two minutes.
struct DurationHistogram: Sendable {
    private var counts = Histogram<UInt32>(
        lowestDiscernibleValue: 1, highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .two)
    private(set) var longestSeen: UInt64 = 0
    private(set) var shortestSeen = UInt64.max

    private static let longest: UInt64 = 120_000_000

    var count: UInt64 { counts.totalCount }

    mutating func record(_ interval: Interval) {
        let microseconds = UInt64(max(0, interval.nanoseconds / 1_000))
        longestSeen = max(longestSeen, microseconds)
        shortestSeen = min(shortestSeen, microseconds)
        counts.record(min(microseconds, Self.longest))
    }

    mutating func add(_ other: DurationHistogram) {
        counts.add(other.counts)
        longestSeen = max(longestSeen, other.longestSeen)
        shortestSeen = min(shortestSeen, other.shortestSeen)
    }

    /// The value that `percentile` per cent do not exceed, in milliseconds; `nil` without values.
    func milliseconds(at percentile: Double) -> Double? {
        guard count > 0 else { return nil }
        if percentile >= 100 { return Double(longestSeen) / 1_000 }
        return Double(counts.valueAtPercentile(percentile)) / 1_000
    }

    /// The mean, in milliseconds.
    var meanMilliseconds: Double { count > 0 ? counts.mean / 1_000 : 0 }

    /// The distribution as pairs of a value in milliseconds and how many there are of it.
    var buckets: [(milliseconds: Double, count: UInt64)] {
        counts.recordedValues().map { (Double($0.value) / 1_000, UInt64($0.count)) }
    }
}

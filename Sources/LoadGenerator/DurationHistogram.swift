internal import Histogram
internal import LoadReport
internal import Wire

/// Durations in microseconds, to two digits, up to two minutes.
struct DurationHistogram: Sendable {
    private var counts = Histogram<UInt32>(
        lowestDiscernibleValue: 1, highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .two)
    private(set) var longestSeen: UInt64 = 0

    private static let longest: UInt64 = 120_000_000

    var count: UInt64 { counts.totalCount }

    mutating func record(_ interval: Interval) {
        let microseconds = UInt64(max(0, interval.nanoseconds / 1_000))
        longestSeen = max(longestSeen, microseconds)
        counts.record(min(microseconds, Self.longest))
    }

    mutating func add(_ other: DurationHistogram) {
        counts.add(other.counts)
        longestSeen = max(longestSeen, other.longestSeen)
    }

    /// The value that `percentile` per cent do not exceed, in milliseconds; `nil` without values.
    func milliseconds(at percentile: Double) -> Double? {
        guard count > 0 else { return nil }
        if percentile >= 100 { return Double(longestSeen) / 1_000 }
        return Double(counts.valueAtPercentile(percentile)) / 1_000
    }

    /// The distribution for a report; `nil` without values.
    var distribution: Distribution? { Distribution(counts, greatest: longestSeen) }
}

public import Histogram

/// How a time is distributed, in milliseconds: the percentiles that are quoted, and a curve for the plot.
public struct Distribution: Codable, Sendable, Equatable {
    /// How many values there were.
    public var count: UInt64
    /// The least.
    public var min: Double
    /// The mean.
    public var mean: Double
    /// Half of all are not above this.
    public var p50: Double
    /// 90 % are not above this.
    public var p90: Double
    /// 99 % are not above this.
    public var p99: Double
    /// 99.9 % are not above this.
    public var p999: Double
    /// The greatest.
    public var max: Double
    /// The distribution function, as many points as a plot needs.
    public var curve: [Point]

    /// A point of the distribution function.
    public struct Point: Codable, Sendable, Equatable {
        /// The percentage of values that are not above ``value``.
        public var percent: Double
        /// The value, in milliseconds.
        public var value: Double
        /// Makes a point.
        public init(percent: Double, value: Double) {
            self.percent = percent
            self.value = value
        }
    }

    /// The percentages of ``curve``: denser where tails are.
    static let curvePercents: [Double] =
        stride(from: 0.0, through: 90, by: 5).map { $0 } + [92, 94, 96, 98, 99, 99.5, 99.9, 100]

    /// Summarises a histogram; `nil` when it is empty.
    ///
    /// - Parameters:
    ///   - histogram: The values.
    ///   - unitsPerMillisecond: How many of its units a millisecond has: 1,000 when they are microseconds.
    ///   - greatest: The greatest value in the same units, if it is known more exactly than the histogram has it.
    public init?<Count>(_ histogram: Histogram<Count>, unitsPerMillisecond: Double = 1_000, greatest: UInt64? = nil) {
        guard histogram.totalCount > 0 else { return nil }
        func value(_ percent: Double) -> Double {
            Double(histogram.valueAtPercentile(percent)) / unitsPerMillisecond
        }
        let top = Double(greatest ?? histogram.max) / unitsPerMillisecond
        // A bucket's upper end may lie above the greatest value in it.
        count = histogram.totalCount
        min = Swift.min(Double(histogram.min) / unitsPerMillisecond, top)
        mean = histogram.mean / unitsPerMillisecond
        p50 = Swift.min(value(50), top)
        p90 = Swift.min(value(90), top)
        p99 = Swift.min(value(99), top)
        p999 = Swift.min(value(99.9), top)
        max = top
        curve = Self.curvePercents.map { percent in
            let value = percent == 0 ? Double(histogram.min) / unitsPerMillisecond : value(percent)
            return Point(percent: percent, value: percent == 100 ? top : Swift.min(value, top))
        }
    }
}

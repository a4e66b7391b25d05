internal import Foundation

/// One axis of a plot: what it reaches from and to, and where it has marks.
struct PlotAxis {
    let range: ClosedRange<Double>
    let marks: [Double]
    let isLogarithmic: Bool

    /// An axis from zero to a round number above the greatest value.
    static func linear(upTo greatest: Double, marks count: Int = 4) -> PlotAxis {
        let greatest = greatest.isFinite && greatest > 0 ? greatest : 1
        let step = roundStep(greatest / Double(count))
        let top = (greatest / step).rounded(.up) * step
        let marks = stride(from: 0, through: top + step / 2, by: step).map { $0 }
        return PlotAxis(range: 0...top, marks: marks, isLogarithmic: false)
    }

    /// An axis that ends exactly where the values do: time.
    static func time(upTo end: Double) -> PlotAxis {
        let end = end.isFinite && end > 0 ? end : 1
        let step = roundStep(end / 5)
        return PlotAxis(
            range: 0...end, marks: stride(from: 0, through: end + step / 1e6, by: step).map { $0 }, isLogarithmic: false
        )
    }

    /// An axis of decades around positive values.
    static func logarithmic(_ values: [Double]) -> PlotAxis {
        let positive = values.filter { $0.isFinite && $0 > 0 }
        let low = floor(log10(max(positive.min() ?? 1, 1e-3)))
        let high = max(ceil(log10(max(positive.max() ?? 10, 1e-3))), low + 1)
        let marks = stride(from: low, through: high, by: 1).map { pow(10, $0) }
        return PlotAxis(range: pow(10, low)...pow(10, high), marks: marks, isLogarithmic: true)
    }

    /// Where a value stands: 0 at the beginning of the axis, 1 at its end.
    func place(_ value: Double) -> Double {
        guard value.isFinite else { return 0 }
        let value = min(max(value, range.lowerBound), range.upperBound)
        if isLogarithmic {
            return log10(value / range.lowerBound) / log10(range.upperBound / range.lowerBound)
        }
        return (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    }

    /// The next 1, 2 or 5 times a power of ten.
    private static func roundStep(_ raw: Double) -> Double {
        let magnitude = pow(10, floor(log10(raw)))
        return ([1, 2, 5].first { $0 * magnitude >= raw * 0.999 } ?? 10) * magnitude
    }
}

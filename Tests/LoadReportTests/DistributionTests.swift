import Histogram
import LoadReport
import Testing

@Suite struct DistributionTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func percentilesAreThoseOfSortedSamples(seed: UInt64) throws {
        var histogram = Histogram<UInt64>(
            lowestDiscernibleValue: 1, highestTrackableValue: 10_000_000, numberOfSignificantValueDigits: .three)
        var random = Repeating(state: seed)
        var values: [UInt64] = []
        for _ in 0..<20_000 {
            let value = UInt64.random(in: 1...1_000, using: &random) * UInt64.random(in: 1...900, using: &random)
            values.append(value)
            histogram.record(value)
        }
        values.sort()
        let distribution = try #require(Distribution(histogram, greatest: values.last))
        func sorted(_ percent: Double) -> Double {
            Double(values[max(0, Int((percent / 100 * 20_000).rounded(.up)) - 1)]) / 1_000
        }
        for (percent, value) in [
            (50, distribution.p50), (90, distribution.p90), (99, distribution.p99), (99.9, distribution.p999),
        ] { #expect(abs(value / sorted(percent) - 1) < 0.002, "p\(percent)") }
        #expect(distribution.max == Double(values[19_999]) / 1_000)
        #expect(distribution.count == 20_000)
        #expect(zip(distribution.curve, distribution.curve.dropFirst()).allSatisfy { $0.value <= $1.value })
    }

    @Test func nothingHasNoDistribution() {
        #expect(Distribution(Histogram<UInt32>(numberOfSignificantValueDigits: .two)) == nil)
    }

    @Test func oneValueIsAllPercentiles() {
        var histogram = Histogram<UInt32>(highestTrackableValue: 1_000_000, numberOfSignificantValueDigits: .two)
        histogram.record(98_765)
        let one = Distribution(histogram, greatest: 98_765)
        #expect(one?.p50 == 98.765 && one?.p999 == 98.765 && one?.max == 98.765)
    }
}

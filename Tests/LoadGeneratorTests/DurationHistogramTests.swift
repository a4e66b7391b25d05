@testable import LoadGenerator
import Testing
import Wire

@Suite("Durations")
struct DurationHistogramTests {
    @Test("are kept to two digits, the longest exactly")
    func percentiles() {
        var histogram = DurationHistogram()
        #expect(histogram.milliseconds(at: 50) == nil)
        for value in 1...1_000 { histogram.record(.microseconds(Int64(value) * 10)) }
        #expect(histogram.count == 1_000)
        let median = histogram.milliseconds(at: 50) ?? 0
        #expect(abs(median - 5) < 0.1)
        #expect(histogram.milliseconds(at: 100) == 10)
        var other = DurationHistogram()
        other.record(.seconds(500))
        other.record(.microseconds(-5))
        histogram.add(other)
        #expect(histogram.count == 1_002)
        #expect(histogram.milliseconds(at: 100) == 500_000)
        #expect(histogram.distribution?.count == 1_002)
    }
}

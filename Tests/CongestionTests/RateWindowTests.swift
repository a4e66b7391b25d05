import Testing
import Wire

@testable import Congestion

@Suite struct RateWindowTests {
    /// A receiver's clock is what its feedback makes of it.
    @Test func aTimeBelowZeroCountsAsTheFirst() {
        var window = RateWindow()
        window.record(1_000, at: Timestamp(nanoseconds: -3_000_000_000))
        window.record(1_000, at: Timestamp(nanoseconds: .min))
        for step in 0..<8 as Range<Int64> { window.record(1_000, at: .zero + .milliseconds(step * 50)) }
        #expect(window.bitsPerSecond != nil)
    }
}

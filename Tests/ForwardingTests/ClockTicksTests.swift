import Testing
import Wire

@testable import Forwarding

@Suite struct ClockTicksTests {
    @Test func `spans and ticks are exact for whole ticks`() {
        #expect(Interval.seconds(1).ticks(at: 90_000) == 90_000)
        #expect(Interval.milliseconds(20).ticks(at: 48_000) == 960)
        #expect(Interval.milliseconds(-20).ticks(at: 48_000) == -960)
        #expect(Interval(ticks: 90_000, at: 90_000) == .seconds(1))
        #expect(Interval(ticks: -960, at: 48_000) == .milliseconds(-20))
    }

    @Test func `a month of uptime loses no tick`() {
        #expect(Interval.seconds(30 * 86_400).ticks(at: 90_000) == 30 * 86_400 * 90_000)
    }

    @Test func `extreme values do not trap`() {
        _ = Interval(nanoseconds: .max).ticks(at: .max)
        _ = Interval(nanoseconds: .min).ticks(at: .max)
        _ = Interval(ticks: .max, at: 1)
        #expect(Interval(ticks: 5, at: 0) == .seconds(5))
    }
}

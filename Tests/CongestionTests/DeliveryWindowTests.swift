import Testing
import Wire

@testable import Congestion

@Suite struct DeliveryWindowTests {
    /// Sends sound every 20 ms and ten pictures a second for a second; `delay` is by the time of sending, `nil` for what is lost.
    private func share(longer: Interval = .zero, _ delay: (Int64) -> Int64?) -> Double? {
        var window = DeliveryWindow()
        for time in stride(from: 0, to: 1_000, by: 20) as StrideTo<Int64> {
            for size in time % 100 == 0 ? [1_200, 1_200, 100] : [100] {
                window.record(size, sent: at(time), delay: delay(time).map { .milliseconds($0) })
            }
        }
        return window.share(longer: longer)
    }

    @Test func whatComesAsItWasSentIsAll() {
        #expect(share { _ in 30 } == 1)
        // On clocks that have nothing to do with each other.
        #expect(share { _ in -5_000_000 } == 1)
    }

    @Test func lossIsMissing() {
        let share = share { $0 % 200 == 0 ? nil : 30 }
        #expect((share ?? 0) > 0.4 && (share ?? 1) < 0.7)
    }

    /// A queue that grows by half a second each second: two thirds of what is sent come through in the same time.
    @Test func aQueueThatGrowsIsTooLittle() {
        let share = share { 30 + $0 / 2 }
        #expect((share ?? 0) > 0.64 && (share ?? 1) < 0.69)
    }

    @Test func aLongerWayIsNotTooLittle() {
        #expect(share(longer: .milliseconds(200)) { $0 < 700 ? 30 : 230 } == 1)
        let unknown = share { $0 < 700 ? 30 : 230 }
        #expect((unknown ?? 1) < 0.75)
    }

    /// Packets that come late out of a queue that drains are no more than what was sent.
    @Test func thereIsNoMoreThanAll() {
        #expect(share { 1_000 - $0 } == 1)
    }

    @Test func aRepeatedReportCountsOnce() {
        var window = DeliveryWindow()
        for time in stride(from: 0, to: 1_000, by: 20) as StrideTo<Int64> {
            window.record(100, sent: at(time), delay: time % 40 == 0 ? nil : .milliseconds(30))
        }
        let before = window.share(longer: .zero)
        for time in stride(from: 0, to: 1_000, by: 40) as StrideTo<Int64> {
            window.recordLate(100, sent: at(time), delay: .milliseconds(30))
        }
        #expect((before ?? 1) < 0.6 && window.share(longer: .zero) == 1)
    }

    @Test func extremeTimesDoNotTrap() {
        var window = DeliveryWindow()
        for time in [0, 450_000_000, .max, .min] as [Int64] {
            window.record(1_000, sent: Timestamp(nanoseconds: time), delay: Interval(nanoseconds: .min))
            window.record(1_000, sent: Timestamp(nanoseconds: time), delay: Interval(nanoseconds: .max))
            _ = window.share(longer: .seconds(1))
        }
        window.record(1_000, sent: at(1_000), delay: .zero)
        #expect(window.share(longer: .zero) == nil)
    }
}

import Testing
import Wire

@testable import Congestion

@Suite struct LongerWayTests {
    /// Sends a packet every 20 ms with these delays in milliseconds; returns how much longer the way is known to be at the end,
    /// and how much it is supposed to be.
    private func run(_ delays: [Int64]) -> (known: Interval, supposed: Interval) {
        var way = LongerWay()
        var known = Interval.zero
        for (place, delay) in delays.enumerated() {
            if let longer = way.add(.milliseconds(delay), explained: .zero, sent: at(Int64(place) * 20)) {
                known = known + longer
            }
        }
        return (known, way.height)
    }

    private func even(_ delay: Int64, _ count: Int = 60) -> [Int64] {
        (0..<count).map { delay + Int64($0 % 3) }
    }

    @Test(arguments: [30, 50, 200, 2_000] as [Int64])
    func aJumpAfterWhichTheDelayStaysIsALongerWay(_ jump: Int64) {
        let atOnce = run(even(20) + even(20 + jump, 2))
        #expect(atOnce.supposed >= .milliseconds(jump - 2) && atOnce.known == .zero)
        let later = run(even(20) + even(20 + jump))
        #expect(later.known >= .milliseconds(jump - 2) && later.known <= .milliseconds(jump + 2))
        #expect(later.supposed == .zero)
    }

    @Test func whatFallsBackIsNone() {
        let (known, supposed) = run(even(20) + [220, 200, 180, 160, 140, 120, 100, 80, 60, 40] + even(20))
        #expect(known == .zero && supposed == .zero)
    }

    /// Ten milliseconds a packet: no two of them differ by what another way would.
    @Test func aQueueThatGrowsIsNone() {
        let (known, supposed) = run(even(20) + (0..<60).map { 20 + $0 * 10 })
        #expect(known == .zero && supposed == .zero)
    }

    /// After a pause others' traffic may be there.
    @Test func acrossAPauseNothingIsSupposed() {
        var way = LongerWay()
        _ = way.add(.milliseconds(20), explained: .zero, sent: at(0))
        _ = way.add(.milliseconds(120), explained: .zero, sent: at(300))
        #expect(way.height == .zero)
    }

    /// The burst that was sent before the jump is no part of the way before it.
    @Test func theSendersOwnQueueDoesNotCount() {
        var way = LongerWay()
        _ = way.add(.milliseconds(60), explained: .milliseconds(40), sent: at(0))
        _ = way.add(.milliseconds(90), explained: .milliseconds(20), sent: at(20))
        _ = way.add(.milliseconds(70), explained: .zero, sent: at(40))
        #expect(way.height == .milliseconds(50))
    }
}

import Congestion
import Testing
import Wire

@Suite struct PacerTests {
    @Test func holdsNothingBackBeforeItKnowsARate() {
        var pacer = Pacer()
        for _ in 0..<1_000 { pacer.add(1_200, at: at(0)) }
        let isBehind1 = pacer.isBehind(at: at(0))
        #expect(!isBehind1)
    }

    /// Video at its estimate, a frame each 33 ms, never waits, at low rates as at high ones.
    @Test(arguments: [300_000, 1_000_000, 10_000_000] as [UInt64])
    func frameByFrameNothingWaits(_ estimate: UInt64) {
        var pacer = Pacer()
        pacer.setEstimate(estimate)
        for frame in 0..<300 {
            for _ in 0..<10 {
                let isBehind2 = pacer.isBehind(at: at(Int64(frame) * 33))
                #expect(!isBehind2)
                pacer.add(Int(estimate) * 33 / 1_000 / 8 / 10, at: at(Int64(frame) * 33))
            }
        }
    }

    /// A keyframe of ten times the usual size goes out at two and a half times the estimate.
    @Test func spreadsAKeyframe() {
        var pacer = Pacer()
        pacer.setEstimate(1_000_000)
        var now = at(0)
        var left = 50_000
        var sends = 0
        while left > 0 {
            if pacer.isBehind(at: now) {
                let release = pacer.release(at: now)
                #expect(release - now >= Pacer.tick)
                now = release
            } else {
                pacer.add(1_200, at: now)
                left -= 1_200
                sends += 1
            }
        }
        // 312,500 bytes a second, of which 12,500 may be ahead.
        let expected = Int64((50_000.0 - 12_500) / 312_500 * 1_000)
        #expect(abs((now - at(0)).milliseconds - expected) <= 6)
        #expect(sends == 42)
    }

    @Test func aPausePaysEverythingOff() {
        var pacer = Pacer()
        pacer.setEstimate(1_000_000)
        for _ in 0..<100 { pacer.add(1_200, at: at(0)) }
        let isBehind3 = pacer.isBehind(at: at(10))
        #expect(isBehind3)
        let isBehind4 = pacer.isBehind(at: at(10_000))
        #expect(!isBehind4)
        #expect(pacer.debt == 0)
        #expect(pacer.release(at: at(10_000)) == at(10_000))
    }

    /// Whatever the times and sizes are, the wait is finite and the debt is paid in the end.
    @Test(arguments: 0..<50)
    func neverWaitsForEver(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var pacer = Pacer()
        var now = at(0)
        for _ in 0..<500 {
            switch Int.random(in: 0...3, using: &random) {
            case 0: pacer.setEstimate(UInt64.random(in: 30_000...100_000_000, using: &random))
            case 1: now = now + .microseconds(Int64.random(in: -1_000...50_000, using: &random))
            default: pacer.add(Int.random(in: 0...1_500, using: &random), at: now)
            }
            #expect(pacer.debt >= 0)
            #expect(pacer.release(at: now) - now <= .seconds(10))
        }
        pacer.setEstimate(1_000_000)
        let isBehind5 = pacer.isBehind(at: now + .seconds(20))
        #expect(!isBehind5)
    }
}

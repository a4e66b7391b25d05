import Testing
import Wire

@testable import Congestion

@Suite struct QueueingDelayTests {
    /// Sends a keyframe of 16 kB and then frames of 6.6 kB, 20 a second, at once each, over a path that carries `rate`, and is
    /// thought to carry `estimate`. Returns what stood, and what of it was not explained, at most.
    private func run(rate: Double, estimate: Double) -> (standing: Interval, unexplained: Interval) {
        var queue = QueueingDelay()
        var link = SimulatedLink()
        link.rate = rate
        var random = SeededGenerator(seed: 1)
        var highest = (Interval.zero, Interval.zero)
        for frame in 0..<40 {
            let sent = Timestamp.zero + .milliseconds(Int64(frame) * 50 + 1)
            // The first frames are small, so that the least delay is known.
            let packets = frame < 10 ? 1 : frame == 10 ? 14 : 6
            for _ in 0..<packets {
                let size = frame < 10 ? 100 : 1_150
                guard let arrival = link.send(size, at: sent, using: &random) else { continue }
                queue.add(sent: sent, arrived: arrival, size: size, rate: estimate)
                highest = (max(highest.0, queue.standing), max(highest.1, queue.unexplained))
            }
        }
        return highest
    }

    @Test func whatABurstExplainsIsNoQueueOfThePath() {
        let (standing, unexplained) = run(rate: 1_500_000, estimate: 1_425_000)
        #expect(standing > .milliseconds(20))
        #expect(unexplained < .milliseconds(10))
    }

    @Test func aPathThatCarriesLessThanIsThoughtShows() {
        let (standing, unexplained) = run(rate: 700_000, estimate: 1_425_000)
        #expect(standing > .milliseconds(150))
        #expect(unexplained > .milliseconds(100))
    }

    /// What is really too much for the estimate does not explain itself away.
    @Test func noMoreThanAKeyframeIsExplained() {
        let (standing, unexplained) = run(rate: 700_000, estimate: 600_000)
        #expect(standing > .milliseconds(200))
        #expect(unexplained > .milliseconds(70))
    }

    /// At ten pictures a second a keyframe is so large that a path needs longer for it than for the next picture.
    @Test func aSingleKeyframeIsExplainedWhole() {
        var queue = QueueingDelay()
        var link = SimulatedLink()
        link.rate = 3_000_000
        var random = SeededGenerator(seed: 1)
        var highest = Interval.zero
        for step in 0..<200 {
            // A packet of sound every 20 ms, and a picture with every fifth: a few small ones, a keyframe, the rest.
            let sent = Timestamp.zero + .milliseconds(Int64(step) * 20 + 1)
            let picture = step % 5 == 0 ? (step < 50 ? 1 : step == 50 ? 56 : 16) : 0
            for size in [100] + Array(repeating: 1_150, count: picture) {
                guard let arrival = link.send(size, at: sent, using: &random) else { continue }
                queue.add(sent: sent, arrived: arrival, size: size, rate: 1_900_000)
                #expect(queue.unexplained < .milliseconds(10), "step \(step)")
                highest = max(highest, queue.standing)
            }
        }
        #expect(highest > .milliseconds(50))
    }

    @Test func jitterSpreadsAndAQueueDoesNot() {
        var jittering = QueueingDelay()
        var growing = QueueingDelay()
        var random = SeededGenerator(seed: 1)
        for step in 0..<300 {
            let sent = Timestamp.zero + .milliseconds(Int64(step) * 10)
            let late = Interval.milliseconds(Int64.random(in: 0...60, using: &random))
            jittering.add(sent: sent, arrived: sent + late, size: 100, rate: 1_000_000)
            growing.add(sent: sent, arrived: sent + .milliseconds(Int64(step)), size: 100, rate: 1_000_000)
        }
        #expect(jittering.spread > .milliseconds(10) && jittering.spread < .milliseconds(25))
        #expect(growing.spread < .milliseconds(10))
    }
}

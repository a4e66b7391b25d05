import Congestion
import Testing
import Wire

private let seeds: [UInt64] = [1, 2, 3, 4, 5, 6, 7, 8]
private let layers: [Double] = [150_000, 500_000, 1_500_000, 2_500_000]

/// The estimate over whole paths: what is asserted is what an allocator and its viewers would notice.
@Suite struct EstimateSimulationTests {
    private func adaptive(_ seed: UInt64, canProbe: Bool = true) -> SimulatedReceiver {
        SimulatedReceiver(seed: seed, source: .adaptive(most: 5_000_000), canProbe: canProbe)
    }

    private func layered(_ seed: UInt64) -> SimulatedReceiver {
        SimulatedReceiver(seed: seed, source: .layers(layers))
    }

    @Test(arguments: seeds, [500_000.0, 1_000_000, 3_000_000])
    func aSteadyPathIsFoundAndKept(_ seed: UInt64, _ rate: Double) {
        var receiver = adaptive(seed)
        receiver.link.rate = rate
        receiver.run(seconds: 10)
        receiver.run(seconds: 30)
        let estimates = receiver.samples.map { $0.estimate / rate }
        #expect(estimates.percentile(0.05) > 0.8, "seed \(seed)")
        #expect(estimates.percentile(0.95) < 1.05, "seed \(seed)")
        #expect(receiver.samples.map(\.queueing).percentile(0.95) < 0.1, "seed \(seed)")
    }

    /// At its start half a megabit; the path is known before the first second is over.
    @Test(arguments: seeds)
    func theStartIsQuick(_ seed: UInt64) {
        var receiver = adaptive(seed)
        receiver.run(seconds: 1.5)
        #expect(receiver.estimator.estimate > 1_500_000, "seed \(seed)")
    }

    @Test(arguments: seeds)
    func theRateStepsDownAndUpAgain(_ seed: UInt64) {
        for (name, start) in [("adaptive", adaptive(seed)), ("layered", layered(seed))] {
            var receiver = start
            receiver.run(seconds: 20)
            receiver.link.rate = 500_000
            receiver.run(seconds: 2)
            #expect(receiver.estimator.estimate <= 500_000, "\(name), seed \(seed)")
            receiver.run(seconds: 20)
            receiver.link.rate = 3_000_000
            receiver.run(seconds: 10)
            let highest = receiver.samples.map(\.estimate).percentile(1)
            #expect(highest > 2_400_000, "\(name), seed \(seed)")
            receiver.run(seconds: 10)
            #expect(receiver.samples.map(\.estimate).percentile(0.5) > 2_400_000, "\(name), seed \(seed)")
        }
    }

    @Test(arguments: seeds, [(0.02, 0.8), (0.05, 0.7), (0.1, 0.5)])
    func randomLossIsNoCongestion(_ seed: UInt64, _ row: (loss: Double, kept: Double)) {
        var receiver = adaptive(seed)
        receiver.link.rate = 2_000_000
        receiver.link.loss = row.loss
        receiver.run(seconds: 15)
        receiver.run(seconds: 30)
        let estimates = receiver.samples.map { $0.estimate / 2_000_000 }
        #expect(estimates.percentile(0.5) > row.kept, "seed \(seed)")
        #expect(estimates.percentile(0.05) > row.kept * 0.85, "seed \(seed)")
    }

    /// Sound and one small picture: so few packets that chance alone often loses one in six of a window.
    @Test(arguments: seeds)
    func littleIsSentOnALossyPath(_ seed: UInt64) {
        var receiver = SimulatedReceiver(seed: seed, source: .fixed(80_000))
        receiver.link.loss = 0.05
        receiver.run(seconds: 120)
        let least = receiver.samples.map(\.estimate).percentile(0.01)
        #expect(least > 130_000.0, "seed \(seed)")
    }

    @Test(arguments: seeds)
    func lossInBurstsDoesNotCollapseTheEstimate(_ seed: UInt64) {
        var receiver = adaptive(seed)
        receiver.link.rate = 2_000_000
        receiver.link.loss = 0.05
        receiver.link.burst = 8
        receiver.run(seconds: 15)
        receiver.run(seconds: 30)
        #expect(receiver.samples.map(\.estimate).percentile(0.5) > 600_000, "seed \(seed)")
    }

    /// A policer: no queue to speak of, what is too much is dropped. There loss is the only sign.
    @Test(arguments: seeds)
    func lossThatFollowsTheRateIsCongestion(_ seed: UInt64) {
        var receiver = adaptive(seed)
        receiver.link.rate = 1_000_000
        receiver.link.queueLength = .milliseconds(15)
        receiver.run(seconds: 15)
        receiver.run(seconds: 30)
        let estimates = receiver.samples.map { $0.estimate / 1_000_000 }
        #expect(estimates.percentile(0.5) < 1.4, "seed \(seed)")
        #expect(estimates.percentile(0.5) > 0.5, "seed \(seed)")
    }

    @Test(arguments: seeds, [100, 300] as [Int64])
    func aLongPathWithJitterIsKept(_ seed: UInt64, _ roundTrip: Int64) {
        var receiver = adaptive(seed)
        receiver.link.rate = 2_000_000
        receiver.link.propagation = .milliseconds(roundTrip / 2)
        receiver.link.jitter = .milliseconds(20)
        receiver.run(seconds: 15)
        receiver.run(seconds: 30)
        let estimates = receiver.samples.map { $0.estimate / 2_000_000 }
        #expect(estimates.percentile(0.1) > 0.75, "seed \(seed)")
        #expect(estimates.percentile(0.9) < 1.1, "seed \(seed)")
        #expect(receiver.samples.map(\.queueing).percentile(0.95) < 0.1, "seed \(seed)")
    }

    @Test(arguments: seeds)
    func aBlackoutIsRecoveredFrom(_ seed: UInt64) {
        for (name, start) in [("adaptive", adaptive(seed)), ("layered", layered(seed))] {
            var receiver = start
            receiver.run(seconds: 15)
            let before = Double(receiver.estimator.estimate)
            receiver.link.isDown = true
            receiver.run(seconds: 3)
            #expect(receiver.estimator.limit == .silence)
            #expect(Double(receiver.estimator.estimate) < before / 2, "\(name), seed \(seed)")
            receiver.link.isDown = false
            receiver.run(seconds: 5)
            let highest = receiver.samples.map(\.estimate).percentile(1)
            let enough = 0.8 * min(before, 3_000_000)
            #expect(highest > enough, "\(name), seed \(seed)")
        }
    }

    /// A quarter of the fair half at least, beside a transfer that fills whatever queue there is.
    @Test(arguments: seeds)
    func aTransferDoesNotStarveIt(_ seed: UInt64) {
        var receiver = adaptive(seed)
        receiver.transfer = SimulatedTransfer()
        receiver.run(seconds: 20)
        receiver.run(seconds: 60)
        let estimates = receiver.samples.map(\.estimate)
        let mean = estimates.reduce(0, +) / Double(estimates.count)
        #expect(mean > 375_000.0, "seed \(seed)")
    }

    /// With sound alone the estimate neither runs away nor collapses, and nobody who wants no more is probed.
    @Test(arguments: seeds)
    func littleIsSentAndLittleChanges(_ seed: UInt64) {
        var receiver = SimulatedReceiver(seed: seed, source: .fixed(0))
        receiver.run(seconds: 60)
        #expect(receiver.samples.map(\.estimate).percentile(1) < 2_000_000)
        #expect(receiver.samples.map(\.estimate).percentile(0) > 200_000)
        #expect(receiver.estimator.limit == .application)
        #expect(receiver.paddingBytes < 40_000)
    }

    /// A receiver without RTX: no padding, ever, and the rate is found all the same.
    @Test(arguments: seeds)
    func withoutProbesTheRateIsFoundMoreSlowly(_ seed: UInt64) {
        var receiver = adaptive(seed, canProbe: false)
        receiver.run(seconds: 15)
        #expect(receiver.paddingBytes == 0)
        #expect(receiver.estimator.figures.probes == 0)
        #expect(receiver.estimator.estimate > 2_000_000, "seed \(seed)")
    }

    /// Another way in the midst of a call: everything takes longer from then on, and as much arrives as before.
    @Test(arguments: seeds, [(10.0, 35), (10, 50), (10, 200), (30, 50)] as [(Double, Int64)])
    func aLongerWayIsNoNarrowOne(_ seed: UInt64, _ row: (pictures: Double, longer: Int64)) {
        for rate in [100_000.0, 500_000] {
            var receiver = SimulatedReceiver(seed: seed, source: .fixed(rate))
            receiver.isSpread = false
            receiver.frameInterval = Interval(nanoseconds: Int64(1e9 / row.pictures))
            receiver.run(seconds: 10 + Double(seed) / 7)
            receiver.link.propagation = receiver.link.propagation + .milliseconds(row.longer)
            receiver.run(seconds: 10)
            let least = receiver.samples.map(\.estimate).percentile(0)
            #expect(least > 1.2 * (rate + 40_000), "seed \(seed), \(rate) bit/s")
        }
    }

    /// A longer way that is a narrow one as well.
    @Test(arguments: seeds, [0, 50] as [Int64])
    func aNarrowWayIsFoundThoughItIsLonger(_ seed: UInt64, _ longer: Int64) {
        for (rate, carried) in [(850_000.0, 350_000.0), (100_000, 100_000)] {
            for pictures in [10.0, 30] {
                var receiver = SimulatedReceiver(seed: seed, source: .fixed(rate))
                receiver.isSpread = false
                receiver.frameInterval = Interval(nanoseconds: Int64(1e9 / pictures))
                receiver.run(seconds: 10 + Double(seed) / 7)
                receiver.link.rate = carried
                receiver.link.propagation = receiver.link.propagation + .milliseconds(longer)
                receiver.run(seconds: 1.5)
                let least = receiver.samples.map(\.estimate).percentile(0)
                #expect(least <= 1.05 * carried, "seed \(seed), \(rate) bit/s at \(pictures) a second")
            }
        }
    }

    @Test func theSameSeedGivesTheSameEstimates() {
        var one = adaptive(9)
        var other = adaptive(9)
        one.run(seconds: 10)
        other.run(seconds: 10)
        #expect(one.samples.map(\.estimate) == other.samples.map(\.estimate))
    }
}

import Testing
import Wire

@testable import Forwarding

@Suite struct TimestampMungerTests {
    private let boundaries: [UInt32] = [
        0, 1, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFE, 0xFFFF_FFFF,
    ]

    @Test func `the first source begins at the given timestamp and runs on as it is`() {
        for ingress in boundaries {
            for first in boundaries {
                var munger = TimestampMunger(clockRate: 90_000, first: RTPTimestamp(first))
                munger.switchSource(at: RTPTimestamp(ingress), now: at(0))
                let stamps = [0, 3000, 6000, 3000, 9000].map { RTPTimestamp(ingress).advanced(by: $0) }
                let sent = stamps.map { munger.forward($0, at: at(10)) }
                #expect(sent == [0, 3000, 6000, 3000, 9000].map { RTPTimestamp(first).advanced(by: $0) })
            }
        }
    }

    @Test func `a new source begins later by the time that passed`() {
        for ingress in boundaries {
            var munger = TimestampMunger(clockRate: 90_000, first: RTPTimestamp(0xFFFF_FF00))
            munger.switchSource(at: RTPTimestamp(5), now: at(1000))
            _ = munger.forward(RTPTimestamp(5), at: at(1000))
            let last = munger.forward(RTPTimestamp(3005), at: at(1033))
            munger.switchSource(at: RTPTimestamp(ingress), now: at(1533))
            let next = munger.forward(RTPTimestamp(ingress), at: at(1533))
            #expect(next.distance(from: last) == 45_000)
        }
    }

    @Test func `a new source begins at least one frame later`() {
        var munger = TimestampMunger(clockRate: 90_000, first: RTPTimestamp(1000))
        munger.switchSource(at: RTPTimestamp(0), now: at(0))
        let last = munger.forward(RTPTimestamp(0), at: at(0))
        munger.switchSource(at: RTPTimestamp(777), now: at(1))
        #expect(munger.forward(RTPTimestamp(777), at: at(1)).distance(from: last) == 3000)

        var audio = TimestampMunger(clockRate: 48_000, first: RTPTimestamp(0), minimumStep: 960)
        audio.switchSource(at: RTPTimestamp(0), now: at(0))
        let before = audio.forward(RTPTimestamp(0), at: at(0))
        audio.switchSource(at: RTPTimestamp(9), now: at(0))
        #expect(audio.forward(RTPTimestamp(9), at: at(0)).distance(from: before) == 960)
    }

    @Test func `the time counts from the first packet of the newest frame`() {
        var munger = TimestampMunger(clockRate: 1000, first: RTPTimestamp(0))
        munger.switchSource(at: RTPTimestamp(0), now: at(0))
        _ = munger.forward(RTPTimestamp(100), at: at(100))
        _ = munger.forward(RTPTimestamp(100), at: at(130))
        _ = munger.forward(RTPTimestamp(50), at: at(140))
        munger.switchSource(at: RTPTimestamp(0), now: at(400))
        #expect(munger.forward(RTPTimestamp(0), at: at(400)) == RTPTimestamp(400))
    }

    @Test func `after hours of silence a stream still moves forward`() {
        var munger = TimestampMunger(clockRate: 90_000, first: RTPTimestamp(123))
        munger.switchSource(at: RTPTimestamp(0), now: at(0))
        let last = munger.forward(RTPTimestamp(0), at: at(0))
        munger.switchSource(at: RTPTimestamp(0), now: .zero + .seconds(7 * 3600))
        #expect(munger.forward(RTPTimestamp(0), at: .zero + .seconds(7 * 3600)).distance(from: last) > 0)
    }

    @Test func `the sender's own distance is exact, and is not believed when it makes no sense`() {
        let cases: [(Interval?, Int32)] = [
            (.milliseconds(40), 3600), (nil, 9000), (.milliseconds(-5), 90), (.zero, 90),
            (.milliseconds(550), 49_500), (.milliseconds(700), 9000), (.milliseconds(-600), 9000),
        ]
        for (distance, ticks) in cases {
            var munger = TimestampMunger(clockRate: 90_000, first: RTPTimestamp(0))
            munger.switchSource(at: RTPTimestamp(0), now: at(0))
            let last = munger.forward(RTPTimestamp(0), at: at(0))
            munger.switchSource(at: RTPTimestamp(88), now: at(100), captureDistance: distance)
            #expect(munger.forward(RTPTimestamp(88), at: at(100)).distance(from: last) == ticks)
        }
    }

    @Test func `a stream that had to run ahead makes up for it over the next changes`() {
        var munger = TimestampMunger(clockRate: 90_000, first: RTPTimestamp(0))
        var steps: [Int32] = []
        func change(passed: Int64, distance: Int64? = nil) {
            let before = munger.latest
            munger.switchSource(
                at: RTPTimestamp(0), now: at(5_000), passed: .milliseconds(passed),
                captureDistance: distance.map { .milliseconds($0) })
            steps.append(munger.forward(RTPTimestamp(0), at: at(5_000)).distance(from: before))
        }
        change(passed: 0)
        // A keyframe of 0.8 s ago: it is shown after what has been shown, and all behind it so much too early.
        change(passed: -800)
        #expect(steps.last == 3_000)
        #expect(abs((munger.lead - .milliseconds(833)).nanoseconds) < 1_000_000)
        #expect(munger.lead(now: at(5_000), passed: .milliseconds(-200), captureDistance: nil) > .seconds(1))
        change(passed: 40, distance: 40)
        #expect(steps.last == 90)
        // There is room to go back to the time that it is.
        change(passed: 2_000)
        #expect(abs((steps.last ?? 0) - 180_000 + 90 * 794) < 90)
        #expect(munger.lead == .zero)
        change(passed: 2_000)
        #expect(steps.last == 180_000)
    }

    @Test(arguments: Array(1...16) as [UInt64])
    func `timestamps rise over any series of switches`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var munger = TimestampMunger(
            clockRate: 90_000, first: RTPTimestamp(UInt32.random(in: 0 ... .max, using: &generator)))
        var now: Int64 = 0
        var last: RTPTimestamp?
        for step in 0..<300 {
            now += Int64.random(in: 0...2000, using: &generator)
            var ingress = RTPTimestamp(UInt32.random(in: 0 ... .max, using: &generator))
            munger.switchSource(at: ingress, now: at(now))
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                let sent = munger.forward(ingress, at: at(now))
                if let last { #expect(sent.distance(from: last) > 0, "seed \(seed), step \(step)") }
                last = sent
                now += 33
                ingress = ingress.advanced(by: 2970)
            }
        }
    }
}

import Testing
import Wire

@testable import Forwarding

@Suite struct AudioLevelMeterTests {
    /// Feeds packets of 20 ms from `start` to `end`.
    private func feed(_ meter: inout AudioLevelMeter, level: UInt8, from start: Int64, to end: Int64) {
        for now in stride(from: start, to: end, by: 20) { meter.receive(level: level, at: at(now)) }
    }

    @Test func `speech is seen within 200 ms`() {
        var meter = AudioLevelMeter()
        feed(&meter, level: 127, from: 0, to: 1000)
        #expect(!meter.isSpeaking)
        feed(&meter, level: 20, from: 1000, to: 1100)
        #expect(!meter.isSpeaking, "100 ms may be a click")
        feed(&meter, level: 20, from: 1100, to: 1200)
        #expect(meter.isSpeaking)
    }

    @Test func `what is not loud is not speech`() {
        var meter = AudioLevelMeter()
        feed(&meter, level: 36, from: 0, to: 5000)
        #expect(!meter.isSpeaking)
        feed(&meter, level: 35, from: 5000, to: 5400)
        #expect(meter.isSpeaking)
    }

    @Test func `speech outlasts a breath and ends within a second`() {
        var meter = AudioLevelMeter()
        feed(&meter, level: 20, from: 0, to: 1000)
        feed(&meter, level: 127, from: 1000, to: 1400)
        #expect(meter.isSpeaking)
        feed(&meter, level: 127, from: 1400, to: 2000)
        #expect(!meter.isSpeaking)
    }

    @Test func `a sender that falls silent altogether stops speaking`() {
        var meter = AudioLevelMeter()
        feed(&meter, level: 10, from: 0, to: 1000)
        for now in stride(from: Int64(1000), through: 3000, by: 100) { meter.tick(at: at(now)) }
        #expect(!meter.isSpeaking)
        #expect(meter.level >= 120)
        #expect(meter.loudShare == 0)
    }

    @Test func `the level rises fast and falls slowly`() {
        var meter = AudioLevelMeter()
        #expect(meter.level == 127)
        feed(&meter, level: 20, from: 0, to: 200)
        #expect(meter.level <= 30)
        feed(&meter, level: 127, from: 200, to: 300)
        #expect((35...80).contains(meter.level))
        feed(&meter, level: 127, from: 300, to: 2000)
        #expect(meter.level >= 125)
    }

    @Test func `packets of DTX, one each 400 ms, are not stretched into speech`() {
        var meter = AudioLevelMeter()
        for now in stride(from: Int64(0), to: 20_000, by: 400) { meter.receive(level: 30, at: at(now)) }
        #expect(!meter.isSpeaking)
    }

    @Test func `packets of 60 ms are speech too`() {
        var meter = AudioLevelMeter()
        for now in stride(from: Int64(0), to: 360, by: 60) { meter.receive(level: 20, at: at(now)) }
        #expect(meter.isSpeaking)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `any levels at any time stay in range`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var meter = AudioLevelMeter()
        var now: Int64 = 0
        for _ in 0..<5000 {
            now += Int64.random(in: -5...300, using: &generator)
            if Bool.random(using: &generator) {
                meter.receive(level: UInt8.random(in: 0...255, using: &generator), at: at(now))
            } else {
                meter.tick(at: at(now))
            }
            #expect(meter.level <= 127)
            #expect((0...100).contains(meter.loudShare))
        }
    }

    @Test func `it fits two cache lines`() {
        #expect(MemoryLayout<AudioLevelMeter>.size <= 128)
    }
}

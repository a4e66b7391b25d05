import Testing
import Wire

@testable import Congestion

@Suite struct BitrateMeterTests {
    @Test func `a steady stream is measured exactly once a second has passed`() {
        var meter = BitrateMeter()
        for millisecond in stride(from: Int64(0), through: 3000, by: 10) {
            if millisecond >= 1100 {
                let rate = meter.bitsPerSecond(at: at(millisecond))
                #expect(rate >= 990_000 && rate <= 1_010_000, "at \(millisecond) ms")
                let packets = meter.packetsPerSecond(at: at(millisecond))
                #expect(packets >= 98 && packets <= 101, "at \(millisecond) ms")
            }
            meter.record(byteCount: 1250, at: at(millisecond))
        }
    }

    @Test func `a burst counts for one second and then not at all`() {
        var meter = BitrateMeter()
        meter.record(byteCount: 1000, at: at(5000))
        #expect(meter.bitsPerSecond(at: at(5000)) == 8000)
        #expect(meter.bitsPerSecond(at: at(5990)) == 8000)
        #expect(meter.bitsPerSecond(at: at(6050)) == 4000)
        #expect(meter.bitsPerSecond(at: at(6100)) == 0)
        #expect(meter.bitsPerSecond(at: at(900_000)) == 0)
    }

    @Test func `nothing recorded is no rate`() {
        #expect(BitrateMeter().bitsPerSecond(at: at(0)) == 0)
        #expect(BitrateMeter().packetsPerSecond(at: at(123_456)) == 0)
    }

    @Test func `a pause empties the window and the stream can go on`() {
        var meter = BitrateMeter()
        meter.record(byteCount: 500, at: at(0))
        meter.record(byteCount: 700, at: at(60_000))
        #expect(meter.bitsPerSecond(at: at(60_000)) == 5600)
    }

    @Test func `a time that runs back is counted as the newest`() {
        var meter = BitrateMeter()
        meter.record(byteCount: 100, at: at(1000))
        meter.record(byteCount: 100, at: at(700))
        #expect(meter.bitsPerSecond(at: at(1000)) == 1600)
    }

    @Test func `it fits two cache lines`() {
        #expect(MemoryLayout<BitrateMeter>.size <= 128)
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func `whatever comes in, the rate stays between that of 900 and of 1000 ms`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var meter = BitrateMeter()
        var packets: [(Int64, Int)] = []
        var now: Int64 = 0
        for _ in 0..<3000 {
            now += Int64.random(in: 0...40, using: &generator)
            let size = Int.random(in: 1...1500, using: &generator)
            meter.record(byteCount: size, at: at(now))
            packets.append((now, size))
            let least = packets.lazy.filter { $0.0 > now - 900 }.reduce(0) { $0 + $1.1 }
            let most = packets.lazy.filter { $0.0 > now - 1100 }.reduce(0) { $0 + $1.1 }
            let measured = Int(meter.bitsPerSecond(at: at(now)) / 8)
            #expect(measured >= least && measured <= most, "seed \(seed), at \(now) ms")
            if packets.count > 400 { packets.removeFirst(200) }
        }
    }
}

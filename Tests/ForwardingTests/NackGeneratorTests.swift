import Testing
import Wire

@testable import Forwarding

@Suite struct NackGeneratorTests {
    private func collect(
        _ generator: inout NackGenerator, at now: Int64, roundTrip: Int64? = nil
    ) -> [UInt16] {
        var numbers: [UInt16] = []
        generator.collect(at: at(now), roundTripTime: roundTrip.map { .milliseconds($0) }) {
            numbers.append($0.wire.rawValue)
        }
        return numbers
    }

    @Test(arguments: startPoints)
    func `what is missing is asked for at once, in order`(start: UInt16) {
        var generator = NackGenerator()
        let base = extended(start)
        #expect(generator.receive(base, at: at(0)) == .inOrder)
        #expect(generator.receive(base.advanced(by: 3), at: at(10)) == .inOrder)
        #expect(generator.nextTimeout == at(10))
        #expect(collect(&generator, at: 10) == [start &+ 1, start &+ 2])
        #expect(generator.receive(base.advanced(by: 5), at: at(12)) == .inOrder)
        #expect(collect(&generator, at: 12) == [start &+ 4])
        #expect(generator.missingCount == 3)
    }

    @Test func `what a batch brings in another order is not asked for`() {
        var generator = NackGenerator()
        for number in [10, 12, 11, 13] as [UInt16] { _ = generator.receive(extended(number), at: at(0)) }
        #expect(generator.nextTimeout == nil)
        #expect(collect(&generator, at: 100) == [])
        #expect(generator.counters.requests == 0)
        #expect(generator.counters.reordered == 1)
    }

    @Test func `on a path that reorders the first request waits as long as packets were late`() {
        var generator = NackGenerator()
        for number in [1, 3] as [UInt16] { _ = generator.receive(extended(number), at: at(0)) }
        #expect(collect(&generator, at: 0) == [2])
        _ = generator.receive(extended(2), at: at(8))
        #expect(generator.tolerance == .milliseconds(10))
        _ = generator.receive(extended(5), at: at(20))
        #expect(collect(&generator, at: 29) == [])
        #expect(generator.receive(extended(4), at: at(29)) == .reordered)
        _ = generator.receive(extended(7), at: at(40))
        #expect(generator.nextTimeout == at(40) + generator.tolerance)
        #expect(generator.tolerance < .milliseconds(12))
    }

    @Test func `losses take the tolerance back, and no path makes it longer than 20 ms`() {
        var generator = NackGenerator()
        for number in [1, 3] as [UInt16] { _ = generator.receive(extended(number), at: at(0)) }
        _ = generator.receive(extended(2), at: at(20))
        #expect(generator.tolerance == .milliseconds(20))
        var number: UInt16 = 3
        for time in stride(from: 100, to: 10_000 as Int64, by: 200) {
            number += 2
            _ = generator.receive(extended(number), at: at(time))
            #expect(collect(&generator, at: time + 20) == [number - 1])
            _ = generator.receive(extended(number - 1), isRetransmission: true, at: at(time + 100))
        }
        #expect(generator.tolerance < .milliseconds(1))
    }

    @Test func `a request is repeated a little more than a round trip later, ten times in all`() {
        var generator = NackGenerator()
        for number in [1, 3, 4] as [UInt16] { _ = generator.receive(extended(number), at: at(0)) }
        var asked: [Int64] = []
        for millisecond in 0...2000 as ClosedRange<Int64> {
            if !collect(&generator, at: millisecond, roundTrip: 80).isEmpty { asked.append(millisecond) }
        }
        #expect(asked == (0..<10).map { $0 * 90 })
        #expect(generator.counters.requests == 10)
        #expect(generator.counters.abandoned == 1)
        #expect(generator.nextTimeout == nil)
        #expect(generator.takeKeyframeNeeded() == true)
        #expect(generator.takeKeyframeNeeded() == false, "told once")
    }

    @Test func `on a short path it is not given up while a repair waits in a queue`() {
        var generator = NackGenerator()
        for number in [1, 3] as [UInt16] { _ = generator.receive(extended(number), at: at(0)) }
        var asked: [Int64] = []
        for millisecond in 0...500 as ClosedRange<Int64> {
            if !collect(&generator, at: millisecond, roundTrip: 2).isEmpty { asked.append(millisecond) }
        }
        #expect(asked == [0, 20, 40, 120, 200, 280, 360, 440])
        #expect(generator.receive(extended(2), isRetransmission: true, at: at(510)) == .recovered)
        #expect(generator.takeKeyframeNeeded() == false)
    }

    @Test func `what its sender keeps no longer is given up before ten requests`() {
        var generator = NackGenerator()
        for number in [1, 3] as [UInt16] { _ = generator.receive(extended(number), at: at(0)) }
        for millisecond in 0...2800 as ClosedRange<Int64> { _ = collect(&generator, at: millisecond, roundTrip: 800) }
        #expect(generator.counters.requests == 3)
        #expect(generator.takeKeyframeNeeded() == true)
    }

    @Test func `without a round trip it learns how long an answer takes`() {
        var generator = NackGenerator()
        for number in [1, 3] as [UInt16] { _ = generator.receive(extended(number), at: at(0)) }
        #expect(collect(&generator, at: 0) == [2])
        _ = generator.receive(extended(2), isRetransmission: true, at: at(40))
        #expect(generator.answerTime == .milliseconds(40))
        _ = generator.receive(extended(5), at: at(100))
        #expect(collect(&generator, at: 100) == [4])
        #expect(generator.nextTimeout == at(145))
    }

    @Test func `a packet that comes after it was asked for is recovered, and a second copy is a duplicate`() {
        var generator = NackGenerator()
        for number in [1, 3, 4] as [UInt16] { _ = generator.receive(extended(number), at: at(0)) }
        #expect(collect(&generator, at: 0) == [2])
        #expect(generator.receive(extended(2), at: at(60)) == .recovered)
        #expect(generator.receive(extended(2), at: at(61)) == .duplicate)
        #expect(generator.receive(extended(4), at: at(62)) == .duplicate)
        #expect(collect(&generator, at: 5000) == [])
        #expect(
            generator.counters == NackGenerator.Counters(missing: 1, requests: 1, recovered: 1, duplicates: 2)
        )
    }

    @Test func `a packet that comes after it was given up is still new`() {
        var generator = NackGenerator()
        for number in [1, 3, 4] as [UInt16] { _ = generator.receive(extended(number), at: at(0)) }
        for millisecond in 0...3000 as ClosedRange<Int64> { _ = collect(&generator, at: millisecond) }
        #expect(generator.counters.abandoned == 1)
        #expect(generator.receive(extended(2), at: at(3001)) == .reordered)
        #expect(generator.receive(extended(2), at: at(3002)) == .duplicate)
    }

    @Test func `a gap longer than the list asks for a keyframe instead`() {
        var generator = NackGenerator()
        _ = generator.receive(extended(1), at: at(0))
        _ = generator.receive(extended(3), at: at(0))
        _ = generator.receive(extended(5000), at: at(1))
        #expect(generator.nextTimeout == at(1), "nothing is missing any more that would have somebody look")
        #expect(generator.takeKeyframeNeeded() == true)
        #expect(generator.nextTimeout == nil)
        #expect(generator.missingCount == 0)
        #expect(collect(&generator, at: 1000) == [])
        #expect(generator.receive(extended(3000), at: at(2)) == .reordered)
        #expect(generator.receive(extended(2), at: at(2)) == .tooOld)
    }

    @Test func `many small gaps overflow the list too, and settled ones make room`() {
        var generator = NackGenerator()
        var number: UInt64 = 0x1_0000
        for step in 0..<1000 as Range<Int64> {
            _ = generator.receive(ExtendedSequenceNumber(number), at: at(step / 100))
            number += 2
        }
        #expect(generator.missingCount == 999)
        // All but the first come late; the list is full of settled entries.
        for late in stride(from: UInt64(0x1_0003), to: number - 2, by: 2) {
            _ = generator.receive(ExtendedSequenceNumber(late), at: at(11))
        }
        #expect(generator.missingCount == 1)
        for _ in 0..<900 {
            _ = generator.receive(ExtendedSequenceNumber(number), at: at(12))
            number += 2
        }
        #expect(generator.missingCount == 901)
        #expect(generator.takeKeyframeNeeded() == false)
        for _ in 0..<200 {
            _ = generator.receive(ExtendedSequenceNumber(number), at: at(12))
            number += 2
        }
        #expect(generator.takeKeyframeNeeded() == true)
        #expect(generator.missingCount <= 200)
    }

    @Test func `after a keyframe its past is not asked for`() {
        var generator = NackGenerator()
        for number in [1, 3, 5, 6, 7] as [UInt16] { _ = generator.receive(extended(number), at: at(0)) }
        generator.forget(before: extended(3))
        #expect(collect(&generator, at: 20) == [4])
        generator.forget(before: extended(7))
        #expect(generator.nextTimeout == nil)
        #expect(generator.takeKeyframeNeeded() == false)
    }

    @Test func `one that is not enabled tells duplicates and never asks`() {
        var generator = NackGenerator(isEnabled: false)
        for number in [1, 3, 4] as [UInt16] { _ = generator.receive(extended(number), at: at(0)) }
        #expect(collect(&generator, at: 1000) == [])
        #expect(generator.nextTimeout == nil)
        #expect(generator.receive(extended(3), at: at(1)) == .duplicate)
        #expect(generator.receive(extended(2), at: at(1)) == .reordered)
        _ = generator.receive(extended(60_000), at: at(2))
        #expect(generator.takeKeyframeNeeded() == false)
    }

    /// The reference asks what has to hold, not how: only missing packets, ascending, at most ten times
    /// each.
    @Test(arguments: Array(1...16) as [UInt64])
    func `over a bad network only what is missing is asked for`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var nack = NackGenerator()
        let base = extended(UInt16.random(in: 0...65_535, using: &generator)).rawValue
        var inFlight: [(due: Int64, number: UInt64)] = []
        var received: Set<UInt64> = []
        var asked: [UInt64: Int] = [:]
        var highest: UInt64 = 0
        for now in 0..<8000 as Range<Int64> {
            if now % 4 == 0 {
                let number = base + UInt64(now / 4)
                if Int.random(in: 0..<100, using: &generator) >= 10 || now == 0 {
                    inFlight.append((now + 30 + Int64.random(in: 0...12, using: &generator), number))
                }
            }
            for packet in inFlight where packet.due == now {
                let arrival = nack.receive(ExtendedSequenceNumber(packet.number), at: at(now))
                let isNew = received.insert(packet.number).inserted
                #expect((arrival == .duplicate || arrival == .tooOld) == !isNew, "seed \(seed), at \(now)")
                highest = max(highest, packet.number)
            }
            inFlight.removeAll { $0.due == now }
            var previous: UInt64 = 0
            nack.collect(at: at(now), roundTripTime: .milliseconds(60)) { number in
                #expect(number.rawValue > previous)
                previous = number.rawValue
                #expect(
                    !received.contains(number.rawValue) && number.rawValue < highest,
                    "seed \(seed), at \(now)")
                asked[number.rawValue, default: 0] += 1
                if Int.random(in: 0..<100, using: &generator) >= 20 {
                    inFlight.append((now + 60, number.rawValue))
                }
            }
            if let timeout = nack.nextTimeout { #expect(timeout > at(now)) }
        }
        #expect(asked.values.allSatisfy { $0 <= 10 })
        #expect(asked.count > 100)
        #expect(nack.counters.recovered > 100)
        let end = base + 1800
        let lost = (base...end).filter { !received.contains($0) }
        #expect(UInt64(lost.count) <= nack.counters.abandoned)
    }

    @Test func `an entry takes 32 bytes at most`() {
        #expect(MemoryLayout<NackGenerator.Missing>.stride <= 32)
    }
}

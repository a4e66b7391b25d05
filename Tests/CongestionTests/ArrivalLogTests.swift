import Testing
import Wire

@testable import Congestion

@Suite struct ArrivalLogTests {
    @Test(arguments: startPoints)
    func `packets are reported with their arrivals and their holes`(start: UInt16) {
        var log = ArrivalLog()
        #expect(log.record(SequenceNumber(start), at: at(1)) == true)
        #expect(log.record(SequenceNumber(start &+ 1), at: at(2)) == true)
        #expect(log.record(SequenceNumber(start &+ 3), at: at(4)) == true)
        let first = log.start
        #expect(first.wire.rawValue == start)
        #expect(log.highest == first.advanced(by: 3))
        #expect((0...3).map { log.arrival(of: first.advanced(by: $0)) } == [at(1), at(2), nil, at(4)])
        #expect(log.pendingCount == 3)
        #expect(log.pendingSince == at(1))
        log.noteReported()
        #expect(log.pendingCount == 0)
        #expect(log.start == first.advanced(by: 4))
    }

    @Test(arguments: startPoints)
    func `a packet that comes after it was reported missing is reported with what follows`(start: UInt16) {
        var log = ArrivalLog()
        log.record(SequenceNumber(start), at: at(1))
        log.record(SequenceNumber(start &+ 2), at: at(2))
        log.noteReported()
        #expect(log.record(SequenceNumber(start &+ 1), at: at(3)) == true)
        #expect(log.start.wire.rawValue == start &+ 1)
        #expect(log.arrival(of: log.start) == at(3))
        #expect(log.arrival(of: log.start.advanced(by: 1)) == at(2))
    }

    @Test func `duplicates and packets that are much too late do not count`() {
        var log = ArrivalLog()
        log.record(SequenceNumber(1000), at: at(1))
        #expect(log.record(SequenceNumber(1000), at: at(2)) == false)
        #expect(log.record(SequenceNumber(900), at: at(2)) == false, "older than the first")
        log.record(SequenceNumber(1002), at: at(3))
        log.record(SequenceNumber(1600), at: at(3))
        log.noteReported()
        #expect(log.record(SequenceNumber(1001), at: at(4)) == false)
        #expect(log.pendingCount == 0)
    }

    @Test func `a jump over the whole ring leaves nothing of the past`() {
        var log = ArrivalLog()
        for number in 0..<100 as Range<UInt16> { log.record(SequenceNumber(number), at: at(Int64(number))) }
        log.record(SequenceNumber(20_000), at: at(200))
        guard let highest = log.highest else { return }
        #expect(highest.distance(from: log.start) < Int64(ArrivalLog.capacity))
        var number = log.start
        while number < highest {
            #expect(log.arrival(of: number) == nil)
            number = number.advanced(by: 1)
        }
        #expect(log.arrival(of: highest) == at(200))
    }

    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func `any order of arrivals agrees with a plain dictionary`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var log = ArrivalLog()
        var model: [UInt64: Timestamp] = [:]
        var newest: UInt64 = 0x1_0000 + UInt64.random(in: 0...65_535, using: &generator)
        let base = newest
        log.record(SequenceNumber(UInt16(truncatingIfNeeded: newest)), at: at(0))
        model[newest] = at(0)
        for step in 1...20_000 as ClosedRange<Int64> {
            let number: UInt64
            if Int.random(in: 0..<4, using: &generator) == 0 {
                number = max(base, newest - UInt64.random(in: 0...40, using: &generator))
            } else {
                newest += UInt64.random(in: 1...3, using: &generator)
                number = newest
            }
            log.record(SequenceNumber(UInt16(truncatingIfNeeded: number)), at: at(step))
            if model[number] == nil { model[number] = at(step) }
            if step % 97 == 0 {
                var position = log.start
                while position.rawValue <= newest {
                    #expect(
                        log.arrival(of: position) == model[position.rawValue], "seed \(seed), step \(step)")
                    position = position.advanced(by: 1)
                }
                log.noteReported()
            }
        }
    }
}

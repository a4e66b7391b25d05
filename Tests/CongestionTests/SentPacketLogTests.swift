import Testing
import Wire

@testable import Congestion

@Suite struct SentPacketLogTests {
    @Test func takesNoMemoryBeforeThereIsAPacket() {
        var log = SentPacketLog()
        #expect(log.capacity == 0)
        let told1 = log.acknowledge(SequenceNumber(1), isReceived: true)
        #expect(told1 == nil)
        log.record(SequenceNumber(1), size: 100, at: at(5))
        #expect(log.capacity == 256)
    }

    @Test(arguments: startPoints)
    func tellsWhatWasSentFromAnyStart(_ start: UInt16) {
        var log = SentPacketLog()
        for index in 0..<200 {
            log.record(
                SequenceNumber(start &+ UInt16(index)), size: 100 + index, cluster: UInt8(index % 3),
                at: at(Int64(index) * 7))
        }
        for index in 0..<200 {
            let packet = log.acknowledge(SequenceNumber(start &+ UInt16(index)), isReceived: true)
            #expect(
                packet
                    == SentPacketLog.Packet(
                        sentAt: at(Int64(index) * 7), size: 100 + index, cluster: UInt8(index % 3), wasMissing: false))
        }
    }

    @Test func newsIsToldOnce() {
        var log = SentPacketLog()
        log.record(SequenceNumber(7), size: 100, at: at(0))
        let told2 = log.acknowledge(SequenceNumber(7), isReceived: false)
        #expect(told2?.wasMissing == false)
        let told3 = log.acknowledge(SequenceNumber(7), isReceived: false)
        #expect(told3 == nil)
        // It came late, after all.
        let told4 = log.acknowledge(SequenceNumber(7), isReceived: true)
        #expect(told4?.wasMissing == true)
        let told5 = log.acknowledge(SequenceNumber(7), isReceived: true)
        #expect(told5 == nil)
        let told6 = log.acknowledge(SequenceNumber(7), isReceived: false)
        #expect(told6 == nil)
    }

    @Test(arguments: startPoints)
    func whatWasNeverSentIsNoNews(_ start: UInt16) {
        var log = SentPacketLog()
        log.record(SequenceNumber(start), size: 100, at: at(0))
        log.record(SequenceNumber(start &+ 5), size: 100, at: at(0))
        for strange: UInt16 in [1, 2, 4, 6, 100, 0x7FFF, 0x8000, 0xFFFF] {
            let told7 = log.acknowledge(SequenceNumber(start &+ strange), isReceived: true)
            #expect(told7 == nil)
        }
        let told8 = log.acknowledge(SequenceNumber(start), isReceived: true)
        #expect(told8 != nil)
    }

    @Test func anOldNumberIsPassedOver() {
        var log = SentPacketLog()
        log.record(SequenceNumber(10), size: 100, at: at(0))
        log.record(SequenceNumber(9), size: 200, at: at(1))
        log.record(SequenceNumber(10), size: 300, at: at(2))
        let told9 = log.acknowledge(SequenceNumber(9), isReceived: true)
        #expect(told9 == nil)
        let told10 = log.acknowledge(SequenceNumber(10), isReceived: true)
        #expect(told10?.size == 100)
    }

    @Test func growsOnlyWhenAskedAndOnlyWhenItHasToo() {
        var log = SentPacketLog()
        var number: UInt16 = 0
        func send(_ count: Int, every: Int64) {
            for index in 0..<count {
                log.record(SequenceNumber(number), size: 100, at: at(Int64(index) * every))
                number &+= 1
            }
        }
        // A packet each 20 ms: those that are overwritten are five seconds old.
        send(1_000, every: 20)
        log.growIfNeeded()
        #expect(log.capacity == 256)
        // A packet a millisecond.
        send(1_000, every: 1)
        #expect(log.capacity == 256)
        log.growIfNeeded()
        #expect(log.capacity == 512)
        log.growIfNeeded()
        #expect(log.capacity == 512)
        // What it holds stays.
        let told11 = log.acknowledge(SequenceNumber(number &- 1), isReceived: true)
        #expect(told11?.sentAt == at(999))
        let told12 = log.acknowledge(SequenceNumber(number &- 200), isReceived: true)
        #expect(told12?.sentAt == at(800))
        for _ in 0..<20 {
            send(20_000, every: 0)
            log.growIfNeeded()
        }
        #expect(log.capacity == 8_192)
    }

    /// Against a dictionary, with feedback in any order on what was sent and what was not.
    @Test(arguments: 0..<50)
    func agreesWithADictionary(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var log = SentPacketLog()
        var sent: [UInt64: (size: Int, time: Timestamp)] = [:]
        var told: [UInt64: Bool] = [:]
        var newest = UInt64.random(in: 0x1_0000..<0x2_0000, using: &random)
        for step in 0..<2_000 {
            if Bool.random(using: &random) {
                newest += UInt64.random(in: 1...3, using: &random)
                let size = Int.random(in: 0...1_500, using: &random)
                sent[newest] = (size, at(Int64(step)))
                log.record(SequenceNumber(UInt16(truncatingIfNeeded: newest)), size: size, at: at(Int64(step)))
            }
            let asked = newest &- UInt64.random(in: 0...80, using: &random)
            let isReceived = Bool.random(using: &random)
            let packet = log.acknowledge(SequenceNumber(UInt16(truncatingIfNeeded: asked)), isReceived: isReceived)
            let isNews = sent[asked] != nil && told[asked] != true && (isReceived || told[asked] == nil)
            #expect((packet != nil) == isNews, "seed \(seed), step \(step)")
            if isNews, let packet {
                #expect(packet.size == sent[asked]?.size && packet.sentAt == sent[asked]?.time, "seed \(seed)")
                #expect(packet.wasMissing == (told[asked] == false))
                told[asked] = isReceived
            }
        }
    }

    /// A burst leaves the same behind as its packets one by one, across the wrap of numbers and of the ring.
    @Test(arguments: startPoints)
    func aBurstIsItsPackets(_ start: UInt16) {
        var whole = SentPacketLog()
        var single = SentPacketLog()
        var number = start
        for burst in 0..<40 {
            let sizes = (0..<UInt16(burst)).map { 100 + $0 }
            whole.record(first: SequenceNumber(number), sizes: sizes.span, cluster: UInt8(burst), at: at(Int64(burst)))
            for size in sizes {
                single.record(SequenceNumber(number), size: Int(size), cluster: UInt8(burst), at: at(Int64(burst)))
                number &+= 1
            }
        }
        #expect(whole.newest == single.newest)
        for back: UInt16 in 1...300 {
            let one = whole.acknowledge(SequenceNumber(number &- back), isReceived: true)
            let other = single.acknowledge(SequenceNumber(number &- back), isReceived: true)
            #expect(one == other, "\(back) before the end")
        }
    }
}

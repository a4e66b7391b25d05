import Testing
import Wire

@testable import Forwarding

@Suite struct SequenceMungerTests {
    private func number(_ value: UInt64) -> ExtendedSequenceNumber { ExtendedSequenceNumber(value) }

    @Test func `before the first source nothing is forwarded`() {
        var munger = SequenceMunger(first: number(5))
        #expect(munger.forward(extended(1)) == .drop(.lateAfterSwitch))
        #expect(munger.peek(extended(1)) == .drop(.lateAfterSwitch))
        #expect(munger.leaveOut(extended(1)) == false)
        #expect(munger.highest == nil)
    }

    @Test func `the first number lies in the lower half of the first cycle and is not always the same`() {
        var generator = SeededGenerator(seed: 3)
        var firsts: Set<UInt64> = []
        for _ in 0..<500 {
            var munger = SequenceMunger(using: &generator)
            munger.switchSource(at: extended(9), leavingGap: true)
            guard case .forward(let first) = munger.forward(extended(9)) else {
                Issue.record("the first packet was dropped")
                return
            }
            #expect((1...32_767).contains(first.rawValue))
            firsts.insert(first.rawValue)
        }
        #expect(firsts.count > 400)
    }

    @Test(arguments: startPoints)
    func `loss and reordering pass through unchanged`(start: UInt16) {
        var munger = SequenceMunger(first: number(1000))
        let base = extended(start)
        munger.switchSource(at: base)
        for offset in [0, 1, 2, 5, 4, 3, 9, 20, 10] as [Int64] {
            #expect(munger.forward(base.advanced(by: offset)) == .forward(number(1000).advanced(by: offset)))
        }
        #expect(munger.highest == number(1020))
    }

    @Test(arguments: startPoints)
    func `a new source continues behind the last number, and its own past is dropped`(start: UInt16) {
        var munger = SequenceMunger(first: number(65_530))
        munger.switchSource(at: extended(100))
        for offset in 0..<10 as Range<Int64> { _ = munger.forward(extended(100).advanced(by: offset)) }
        let base = extended(start)
        munger.switchSource(at: base)
        #expect(munger.forward(base.advanced(by: -1)) == .drop(.lateAfterSwitch))
        #expect(munger.forward(base) == .forward(number(65_540)))
        #expect(munger.forward(base.advanced(by: 1)) == .forward(number(65_541)))
        #expect(munger.forward(base.advanced(by: -1)) == .drop(.lateAfterSwitch))
    }

    @Test func `a frame that was cut off leaves a gap of one`() {
        var munger = SequenceMunger(first: number(1))
        munger.switchSource(at: extended(0))
        #expect(munger.forward(extended(0)) == .forward(number(1)))
        munger.switchSource(at: extended(500), leavingGap: true)
        #expect(munger.forward(extended(500)) == .forward(number(3)))
        munger.switchSource(at: extended(900), leavingGap: false)
        #expect(munger.forward(extended(900)) == .forward(number(4)))
    }

    @Test func `two switches without a packet between them cost nothing`() {
        var munger = SequenceMunger(first: number(77))
        munger.switchSource(at: extended(1))
        munger.switchSource(at: extended(2))
        #expect(munger.forward(extended(2)) == .forward(number(77)))
    }

    @Test(arguments: startPoints)
    func `packets that are left out close up, late ones keep their numbers`(start: UInt16) {
        var munger = SequenceMunger(first: number(10))
        let base = extended(start)
        munger.switchSource(at: base)
        #expect(munger.forward(base) == .forward(number(10)))
        #expect(munger.leaveOut(base.advanced(by: 1)) == true)
        #expect(munger.forward(base.advanced(by: 3)) == .forward(number(12)))
        #expect(munger.forward(base.advanced(by: 2)) == .forward(number(11)))
        #expect(munger.leaveOut(base.advanced(by: 2)) == false, "it has been sent")
        #expect(munger.forward(base.advanced(by: 1)) == .drop(.compacted))
        #expect(munger.peek(base.advanced(by: 2)) == .forward(number(11)))
    }

    @Test func `what is older than the memory is dropped as such`() {
        var munger = SequenceMunger(first: number(1))
        let base = extended(0)
        munger.switchSource(at: base)
        for step in 0..<200 as Range<Int64> {
            _ = munger.forward(base.advanced(by: 2 * step))
            munger.leaveOut(base.advanced(by: 2 * step + 1))
        }
        #expect(munger.forward(base) == .drop(.tooOld))
    }

    /// What SRTP relies on: under one outgoing number only one packet is ever sent.
    @Test(arguments: Array(100...115) as [UInt64])
    func `no number is given to two packets, whatever happens`(seed: UInt64) {
        struct Packet: Hashable {
            var source: Int
            var number: UInt64
        }
        var generator = SeededGenerator(seed: seed)
        var munger = SequenceMunger(using: &generator)
        var owners: [UInt64: Packet] = [:]
        var source = 0
        var position = extended(UInt16.random(in: 0...65_535, using: &generator))
        munger.switchSource(at: position)
        for step in 0..<5000 {
            switch Int.random(in: 0..<100, using: &generator) {
            case 0:
                source += 1
                position = extended(UInt16.random(in: 0...65_535, using: &generator))
                munger.switchSource(at: position, leavingGap: Bool.random(using: &generator))
            case 1..<20:
                munger.leaveOut(position.advanced(by: Int64.random(in: -5...2, using: &generator)))
            case let choice:
                let step64 = choice < 60 ? 1 : Int64.random(in: -30...4, using: &generator)
                let packet = position.advanced(by: step64)
                position = max(position, packet)
                guard case .forward(let outgoing) = munger.forward(packet) else { continue }
                let owner = Packet(source: source, number: packet.rawValue)
                let previous = owners.updateValue(owner, forKey: outgoing.rawValue)
                #expect(previous == nil || previous == owner, "seed \(seed), step \(step)")
            }
        }
        #expect(owners.count > 1000)
    }
}

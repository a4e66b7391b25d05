import Testing
import Wire

@Suite struct SequenceExtenderTests {
    static let starts: [UInt16] = [
        0, 1, 127, 128, 255, 256, 16_383, 16_384, 32_766, 32_767, 32_768, 32_769, 49_151, 65_533, 65_534, 65_535,
    ]

    @Test(arguments: starts)
    func numbersGoOnOverTheWrap(start: UInt16) {
        var extender = SequenceExtender()
        let first = extender.extend(SequenceNumber(start))
        for step in 1...70_000 {
            let number = extender.extend(SequenceNumber(start &+ UInt16(truncatingIfNeeded: step)))
            #expect(number.distance(from: first) == Int64(step))
        }
    }

    @Test(arguments: starts)
    func lateNumbersKeepTheirPlace(start: UInt16) {
        var extender = SequenceExtender()
        let first = extender.extend(SequenceNumber(start))
        _ = extender.extend(SequenceNumber(start &+ 100))
        #expect(extender.extend(SequenceNumber(start &- 5)).distance(from: first) == -5)
        #expect(extender.extend(SequenceNumber(start &+ 50)).distance(from: first) == 50)
        #expect(extender.highest?.distance(from: first) == 100)
    }

    @Test func whatComesBeforeTheFirstIsStillAboveZero() {
        var extender = SequenceExtender()
        _ = extender.extend(SequenceNumber(0))
        #expect(extender.extend(SequenceNumber(65_535)).rawValue == 65_535)
    }

    @Test func peekingRemembersNothing() {
        var extender = SequenceExtender()
        _ = extender.extend(SequenceNumber(10))
        _ = extender.peek(SequenceNumber(20))
        #expect(extender.highest?.wire == SequenceNumber(10))
    }
}

import Testing
import Wire

@testable import Forwarding

@Suite struct FrameNumberMungerTests {
    @Test func `numbers run on over a change of source, and what was added is remembered`() {
        var munger = FrameNumberMunger()
        munger.switchSource(4, at: ExtendedSequenceNumber(100), frame: 65_530)
        for number in [65_530, 65_535, 3] as [UInt16] { #expect(number &+ munger.forward(number) == number &+ 7) }
        munger.switchSource(5, at: ExtendedSequenceNumber(9), frame: 200)
        let offset = munger.forward(200)
        #expect(200 &+ offset == 11)
        // The same source again: its packets from before had another number added.
        munger.switchSource(4, at: ExtendedSequenceNumber(300), frame: 20)
        #expect(20 &+ munger.offset == 12)
        #expect(munger.offset(of: 4, packet: ExtendedSequenceNumber(300)) == munger.offset)
        #expect(munger.offset(of: 4, packet: ExtendedSequenceNumber(299)) == 7)
        #expect(munger.offset(of: 5, packet: ExtendedSequenceNumber(9)) == offset)
        #expect(munger.offset(of: 6, packet: ExtendedSequenceNumber(9)) == nil)
    }

    @Test func `no source's templates have the identifiers of the one before`() {
        var munger = FrameNumberMunger()
        munger.switchSource(1, at: ExtendedSequenceNumber(100), frame: 1, firstTemplate: 60)
        #expect(munger.templateOffset == 0)
        munger.note(firstTemplate: 60, templateCount: 6)
        munger.switchSource(2, at: ExtendedSequenceNumber(200), frame: 1, firstTemplate: 0)
        #expect(munger.templateOffset == 2)
        munger.note(firstTemplate: 0, templateCount: 3)
        // Within the source another structure has other identifiers already.
        munger.note(firstTemplate: 3, templateCount: 9)
        munger.switchSource(1, at: ExtendedSequenceNumber(300), frame: 9, firstTemplate: 40)
        #expect((40 + munger.templateOffset) & 63 == 14)
        #expect(munger.templateOffset(of: 1, packet: ExtendedSequenceNumber(150)) == 0)
        #expect(munger.templateOffset(of: 2, packet: ExtendedSequenceNumber(250)) == 2)
        #expect(munger.templateOffset(of: 3, packet: ExtendedSequenceNumber(250)) == nil)
    }

    @Test func `numbers that do not follow are told from a long loss`() {
        var munger = FrameNumberMunger()
        munger.switchSource(1, at: ExtendedSequenceNumber(100), frame: 65_000)
        _ = munger.forward(65_000)
        let cases: [(number: UInt16, isRestart: Bool, isFar: Bool)] = [
            (65_000, false, false), (65_001, false, false), (488, false, false), (489, true, true),
            (64_999, true, false),
            (63_976, true, false), (63_975, true, true), (30_000, true, true),
        ]
        for (number, isRestart, isFar) in cases {
            #expect(munger.isRestart(number) == isRestart && munger.isFar(number) == isFar, "\(number)")
        }
    }
}

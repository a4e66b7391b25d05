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
}

import RTP
import Testing
import Wire

@testable import Forwarding

@Suite struct RoundTripTimeTests {
    @Test func `the example of RFC 3550 figure 2 gives 6125 ms`() {
        var roundTrip = RoundTripTime()
        let block = ReportBlock(
            source: SSRC(1), lastSenderReport: 0xB705_2000, delaySinceLastSenderReport: NTPDelay(0x0005_4000))
        #expect(roundTrip.receive(block, at: NTPTime(0xB44D_B710_8000_0000)) == .milliseconds(6125))
    }

    @Test func `a receiver without a sender report says nothing`() {
        var roundTrip = RoundTripTime()
        #expect(roundTrip.receive(ReportBlock(source: SSRC(1)), at: NTPTime(0x1234_5678_9ABC_DEF0)) == nil)
        #expect(roundTrip.latest == nil)
        #expect(roundTrip.smoothed == nil)
    }

    @Test func `measurements are smoothed and the shortest is kept`() {
        var roundTrip = RoundTripTime()
        roundTrip.receive(.milliseconds(80))
        #expect(roundTrip.smoothed == .milliseconds(80))
        roundTrip.receive(.milliseconds(160))
        #expect(roundTrip.smoothed == .milliseconds(90))
        #expect(roundTrip.latest == .milliseconds(160))
        #expect(roundTrip.minimum == .milliseconds(80))
    }

    @Test func `nonsense is refused and less than a millisecond counts as one`() {
        var roundTrip = RoundTripTime()
        #expect(roundTrip.receive(.seconds(31)) == nil)
        #expect(roundTrip.latest == nil)
        #expect(roundTrip.receive(.zero) == .milliseconds(1))
        #expect(roundTrip.receive(.milliseconds(-3)) == .milliseconds(1))
    }
}

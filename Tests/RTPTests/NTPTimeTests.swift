import RTP
import Testing
import Wire

@Suite struct NTPTimeTests {
    /// RFC 3550 §6.4.1, figure 2.
    private let sent = NTPTime(seconds: 0xB44D_B705, fraction: 0x2000_0000)

    @Test func theExampleOfRFC3550HasItsRoundTrip() {
        let block = ReportBlock(
            source: SSRC(1), lastSenderReport: sent.middle32,
            delaySinceLastSenderReport: NTPDelay(0x0005_4000))
        #expect(sent.middle32 == 0xB705_2000)
        let received = NTPTime(seconds: 0xB44D_B710, fraction: 0x8000_0000)
        #expect(block.roundTrip(received: received) == .milliseconds(6_125))
    }

    @Test func unixTimeBeginsSeventyYearsLater() {
        #expect(NTPTime(unixNanoseconds: 0) == NTPTime(seconds: 2_208_988_800, fraction: 0))
        #expect(NTPTime(unixNanoseconds: 816_003_205_125_000_000) == sent)
        #expect(NTPTime(unixNanoseconds: -500_000_000) == NTPTime(seconds: 2_208_988_799, fraction: 1 << 31))
    }

    /// 7 February 2036, 06:28:16 UTC: the seconds begin again.
    @Test func theEraWraps() {
        let after = NTPTime(unixNanoseconds: 2_085_978_496_000_000_000)
        #expect(after.rawValue == 0)
        #expect(after - NTPTime(unixNanoseconds: 2_085_978_495_000_000_000) == .seconds(1))
    }

    @Test(arguments: 0..<200)
    func timestampsComeBackToANanosecond(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let start = NTPTime(random.next())
        let timestamp = Timestamp(nanoseconds: .random(in: 0...1_000_000_000_000_000, using: &random))
        let back = NTPTime(timestamp, clockStart: start).timestamp(clockStart: start)
        #expect(abs((back - timestamp).nanoseconds) <= 1, "seed \(seed)")
    }

    @Test func addingAnIntervalAndTakingTheDifferenceAgree() {
        for interval in [Interval.milliseconds(1_500), .milliseconds(-1_500), .zero, .seconds(100_000)] {
            #expect(sent + interval - sent == interval)
        }
    }

    @Test func withoutASenderReportThereIsNoRoundTrip() {
        #expect(NTPDelay.roundTrip(sent: 0, delay: NTPDelay(0), received: sent) == nil)
    }

    @Test func aDelayLongerThanTheTripIsNoTrip() {
        #expect(NTPDelay.roundTrip(sent: sent.middle32, delay: NTPDelay(1), received: sent) == .zero)
    }

    @Test func roundTripsCrossTheWrapOfTheMiddleBits() {
        let before = NTPTime(seconds: 0x1_FFFF, fraction: 0xC000_0000)
        let after = NTPTime(seconds: 0x2_0000, fraction: 0x4000_0000)
        let trip = NTPDelay.roundTrip(sent: before.middle32, delay: NTPDelay(0x4000), received: after)
        #expect(trip == .milliseconds(250))
    }

    @Test func delaysAreClamped() {
        #expect(NTPDelay(.milliseconds(1_500)).rawValue == 0x1_8000)
        #expect(NTPDelay(.milliseconds(-1)).rawValue == 0)
        #expect(NTPDelay(.seconds(65_535)).rawValue == 0xFFFF_0000)
        #expect(NTPDelay(.seconds(65_536)).rawValue == .max)
        #expect(NTPDelay(Interval(nanoseconds: .max)).rawValue == .max)
        #expect(NTPDelay(0x1_8000).interval == .milliseconds(1_500))
    }
}

import RTP
import Testing
import Wire

@testable import Forwarding

@Suite struct SenderClockTests {
    /// The publisher's wall clock at the server's time zero.
    private let publisherStart = NTPTime(seconds: 3_900_000_000, fraction: 0x8000_0000)

    private func ntp(_ milliseconds: Int64) -> NTPTime { publisherStart + .milliseconds(milliseconds) }

    @Test func `the shortest delay among the reports counts`() {
        var clock = SenderClock()
        #expect(clock.serverTime(of: ntp(0)) == nil)
        for (sent, delay) in [(0, 80), (1000, 30), (2000, 200), (3000, 45)] as [(Int64, Int64)] {
            _ = clock.receive(ntp: ntp(sent), rtp: RTPTimestamp(0), at: at(sent + delay))
        }
        let error = (clock.serverTime(of: ntp(3000)) ?? .zero) - at(3030)
        #expect(abs(error.nanoseconds) < 1000)
    }

    @Test func `a sender without a wall clock gives no reference`() {
        var clock = SenderClock()
        #expect(clock.receive(ntp: NTPTime(0), rtp: RTPTimestamp(1), at: at(0)) == nil)
        #expect(clock.serverTime(of: ntp(0)) == nil)
    }

    @Test func `audio and video captured together get the same server time over any jitter`() {
        var generator = SeededGenerator(seed: 42)
        var clock = SenderClock()
        var audio: ReportReference?
        var video: ReportReference?
        // Both streams were captured from the publisher's time 0 on, each with an RTP start of its own.
        let audioStart = RTPTimestamp(0xFFFF_F000)
        let videoStart = RTPTimestamp(77)
        for second in 1...120 as ClosedRange<Int64> {
            let sentAudio = second * 1000 + Int64.random(in: 0...300, using: &generator)
            let sentVideo = second * 1000 + Int64.random(in: 300...600, using: &generator)
            audio = clock.receive(
                ntp: ntp(sentAudio), rtp: audioStart.advanced(by: UInt32(sentAudio * 48)),
                at: at(sentAudio + Int64.random(in: 20...150, using: &generator)))
            video = clock.receive(
                ntp: ntp(sentVideo), rtp: videoStart.advanced(by: UInt32(sentVideo * 90)),
                at: at(sentVideo + Int64.random(in: 20...150, using: &generator)))
            guard let audio, let video else {
                Issue.record("no reference")
                return
            }
            let captured = second * 1000 + 700
            let heard = clock.captureTime(
                of: audioStart.advanced(by: UInt32(captured * 48)), by: audio, clockRate: 48_000)
            let seen = clock.captureTime(
                of: videoStart.advanced(by: UInt32(captured * 90)), by: video, clockRate: 90_000)
            guard let heard, let seen else {
                Issue.record("no capture time")
                return
            }
            #expect(abs((heard - seen).nanoseconds) < 50_000)
            #expect(abs((heard - at(captured)).milliseconds) <= 150)
        }
    }

    @Test func `the report of an outgoing stream lies on the line of its packets`() {
        var clock = SenderClock()
        guard let reference = clock.receive(ntp: ntp(0), rtp: RTPTimestamp(5_000), at: at(10)) else {
            Issue.record("no reference")
            return
        }
        var munger = TimestampMunger(clockRate: 90_000, first: RTPTimestamp(1_000_000))
        #expect(clock.reportTimestamp(at: at(10), by: reference, through: munger) == nil)
        munger.switchSource(at: RTPTimestamp(5_000), now: at(10))
        // The frame that was captured at the publisher's time 0 has outgoing timestamp 1 000 000 and belongs
        // to the server's time 10 ms; two seconds on are 180 000 ticks.
        #expect(clock.reportTimestamp(at: at(10), by: reference, through: munger) == RTPTimestamp(1_000_000))
        #expect(
            clock.reportTimestamp(at: at(2010), by: reference, through: munger) == RTPTimestamp(1_180_000))
        let time = clock.captureTime(of: RTPTimestamp(185_000), by: reference, clockRate: 90_000)
        #expect(time == at(2010))
    }

    @Test func `drift of the publisher's quartz is followed within a minute`() {
        var clock = SenderClock()
        // Fast by 200 ppm: after ten minutes the publisher is 120 ms ahead.
        for second in 0...600 as ClosedRange<Int64> {
            let publisher = publisherStart + .microseconds(second * 1_000_200)
            _ = clock.receive(ntp: publisher, rtp: RTPTimestamp(0), at: at(second * 1000 + 20))
        }
        let end = publisherStart + .microseconds(600 * 1_000_200)
        let error = (clock.serverTime(of: end) ?? .zero) - at(600_020)
        #expect(abs(error.milliseconds) <= 13)

        // Slow by 200 ppm: now the minimum has to rise, which the windows allow.
        var slow = SenderClock()
        for second in 0...600 as ClosedRange<Int64> {
            let publisher = publisherStart + .microseconds(second * 999_800)
            _ = slow.receive(ntp: publisher, rtp: RTPTimestamp(0), at: at(second * 1000 + 20))
        }
        let slowEnd = publisherStart + .microseconds(600 * 999_800)
        let slowError = (slow.serverTime(of: slowEnd) ?? .zero) - at(600_020)
        #expect(abs(slowError.milliseconds) <= 13)
    }

    @Test func `a publisher's clock that is set starts the estimate again and outdates references`() {
        var clock = SenderClock()
        let old = clock.receive(ntp: ntp(0), rtp: RTPTimestamp(0), at: at(20))
        // Set forward by an hour: believed at once.
        let hour: Int64 = 3_600_000
        let new = clock.receive(ntp: ntp(hour + 1000), rtp: RTPTimestamp(90_000), at: at(1020))
        guard let old, let new else {
            Issue.record("no reference")
            return
        }
        #expect(clock.captureTime(of: RTPTimestamp(0), by: old, clockRate: 90_000) == nil)
        #expect(clock.captureTime(of: RTPTimestamp(90_000), by: new, clockRate: 90_000) == at(1020))
        // Set back by an hour: believed after three reports, because a report can be late.
        for second in 2...4 as ClosedRange<Int64> {
            _ = clock.receive(ntp: ntp(second * 1000), rtp: RTPTimestamp(0), at: at(second * 1000 + 20))
        }
        let error = (clock.serverTime(of: ntp(4000)) ?? .zero) - at(4020)
        #expect(abs(error.nanoseconds) < 1000)
    }

    @Test func `one report that waited for seconds changes nothing`() {
        var clock = SenderClock()
        let reference = clock.receive(ntp: ntp(0), rtp: RTPTimestamp(0), at: at(20))
        _ = clock.receive(ntp: ntp(1000), rtp: RTPTimestamp(0), at: at(6000))
        guard let reference else { return }
        #expect(clock.captureTime(of: RTPTimestamp(0), by: reference, clockRate: 90_000) == at(20))
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `nonsense from the network does not trap`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var clock = SenderClock()
        for _ in 0..<2000 {
            let reference = clock.receive(
                ntp: NTPTime(generator.next()),
                rtp: RTPTimestamp(UInt32.random(in: 0 ... .max, using: &generator)),
                at: at(Int64.random(in: 0...1_000_000_000, using: &generator)))
            guard let reference else { continue }
            let stamp = RTPTimestamp(UInt32.random(in: 0 ... .max, using: &generator))
            #expect(clock.captureTime(of: stamp, by: reference, clockRate: 90_000) != nil)
            #expect(clock.rtpTimestamp(at: at(5), by: reference, clockRate: .max) != nil)
        }
    }
}

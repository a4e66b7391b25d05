import RTP
import Testing
import Wire

@testable import Forwarding

@Suite struct ReceptionStatisticsTests {
    private let source = SSRC(0xCAFE)

    private func receive(
        _ statistics: inout ReceptionStatistics, _ number: ExtendedSequenceNumber, isDuplicate: Bool = false
    ) {
        statistics.receive(
            number, timestamp: RTPTimestamp(0), byteCount: 100, isDuplicate: isDuplicate, at: at(0))
    }

    @Test func `before the first packet there is nothing to report`() {
        var statistics = ReceptionStatistics(clockRate: 90_000)
        #expect(statistics.makeReport(on: source, at: at(0)) == nil)
        #expect(statistics.expected == 0)
        #expect(statistics.lost == 0)
    }

    @Test(arguments: startPoints)
    func `losses are told as a share since the last report and as a sum`(start: UInt16) {
        var statistics = ReceptionStatistics(clockRate: 90_000)
        let base = extended(start)
        for offset in 0..<100 as Range<Int64> where offset % 4 != 1 {
            receive(&statistics, base.advanced(by: offset))
        }
        let first = statistics.makeReport(on: source, at: at(0))
        #expect(first?.source == source)
        #expect(first?.fractionLost == 64)
        #expect(first?.cumulativeLost == 25)
        // The cycles of A.1 begin at zero whatever the first number was.
        #expect(first?.highestSequenceNumber == UInt32(start) + 99)
        for offset in 100..<200 as Range<Int64> { receive(&statistics, base.advanced(by: offset)) }
        let second = statistics.makeReport(on: source, at: at(0))
        #expect(second?.fractionLost == 0)
        #expect(second?.cumulativeLost == 25)
        #expect(second?.highestSequenceNumber == UInt32(start) + 199)
        #expect(statistics.received == 175)
        #expect(statistics.receivedBytes == 17_500)
    }

    @Test func `late packets and duplicates count as received, so the sum can fall below zero`() {
        var statistics = ReceptionStatistics(clockRate: 90_000)
        for number in [10, 12, 11] as [UInt16] { receive(&statistics, extended(number)) }
        for _ in 0..<2 { receive(&statistics, extended(12), isDuplicate: true) }
        let report = statistics.makeReport(on: source, at: at(0))
        #expect(report?.fractionLost == 0)
        #expect(report?.cumulativeLost == -2)
        #expect(statistics.reordered == 1)
        #expect(statistics.duplicates == 2)
    }

    @Test func `everything lost but one is 255 of 256`() {
        var statistics = ReceptionStatistics(clockRate: 90_000)
        receive(&statistics, extended(0))
        _ = statistics.makeReport(on: source, at: at(0))
        receive(&statistics, extended(30_000))
        #expect(statistics.makeReport(on: source, at: at(0))?.fractionLost == 255)
        let silent = statistics.makeReport(on: source, at: at(0))
        #expect(silent?.fractionLost == 0, "nothing was expected, nothing is lost")
    }

    @Test func `the sum is clamped to 24 bits`() {
        var statistics = ReceptionStatistics(clockRate: 90_000)
        receive(&statistics, ExtendedSequenceNumber(0x1_0000))
        receive(&statistics, ExtendedSequenceNumber(0x1_0000 + 20_000_000))
        #expect(statistics.makeReport(on: source, at: at(0))?.cumulativeLost == 0x7F_FFFF)
    }

    @Test func `a first packet that was overtaken moves the beginning`() {
        var statistics = ReceptionStatistics(clockRate: 90_000)
        for number in [5, 4, 6] as [UInt16] { receive(&statistics, extended(number)) }
        #expect(statistics.lost == 0)
        #expect(statistics.expected == 3)
    }

    /// The recursion of RFC 3550 A.8 in floating point.
    @Test(arguments: Array(1...6) as [UInt64])
    func `the jitter follows the formula of the standard`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var statistics = ReceptionStatistics(clockRate: 90_000)
        var jitter = 0.0
        var lastTransit: Double?
        let start = UInt32.random(in: 0 ... .max, using: &generator)
        for step in 0..<2000 as Range<Int64> {
            let arrival = step * 33 + Int64.random(in: 0...20, using: &generator)
            let ticks = step * 2970
            statistics.receive(
                extended(1).advanced(by: step), timestamp: RTPTimestamp(start &+ UInt32(ticks)), byteCount: 1,
                at: at(arrival))
            let transit = Double(arrival * 90 - ticks)
            if let lastTransit { jitter += (abs(transit - lastTransit) - jitter) / 16 }
            lastTransit = transit
        }
        let reported = Double(statistics.makeReport(on: source, at: at(0))?.jitter ?? 0)
        #expect(abs(reported - jitter) <= 2)
        #expect(jitter > 200)
        #expect(abs(statistics.jitter.seconds - jitter / 90_000) < 0.0001)
    }

    @Test func `a sender report is echoed with its age`() {
        var statistics = ReceptionStatistics(clockRate: 90_000)
        receive(&statistics, extended(1))
        var report = statistics.makeReport(on: source, at: at(0))
        #expect(report?.lastSenderReport == 0)
        #expect(report?.delaySinceLastSenderReport == NTPDelay(0))
        // The example of RFC 3550 figure 2: 5.25 s of delay are 0x0005:4000.
        statistics.receiveSenderReport(ntp: NTPTime(0xB44D_B705_2000_0000), at: at(1000))
        report = statistics.makeReport(on: source, at: at(6250))
        #expect(report?.lastSenderReport == 0xB705_2000)
        #expect(report?.delaySinceLastSenderReport == NTPDelay(0x0005_4000))
    }

    @Test(arguments: [1, 2] as [UInt64])
    func `nonsense from the network does not trap`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var statistics = ReceptionStatistics(clockRate: .max)
        for _ in 0..<3000 {
            statistics.receive(
                ExtendedSequenceNumber(generator.next() >> 1),
                timestamp: RTPTimestamp(UInt32.random(in: 0 ... .max, using: &generator)), byteCount: .max,
                isDuplicate: Bool.random(using: &generator),
                at: Timestamp(nanoseconds: Int64.random(in: 0 ... .max, using: &generator)))
            #expect(statistics.makeReport(on: source, at: at(0)) != nil)
        }
    }
}

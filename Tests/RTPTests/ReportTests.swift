import RTP
import Testing
import Wire

@Suite struct ReportTests {
    @Test func readsASenderReport() throws {
        let report = try SenderReport(Golden.senderReport)
        #expect(report.sender == SSRC(0x1111_1111))
        #expect(report.ntpTime == NTPTime(seconds: 0xB44D_B705, fraction: 0x2000_0000))
        #expect(report.rtpTimestamp == RTPTimestamp(0x00AB_CDEF))
        #expect(report.packetCount == 100)
        #expect(report.octetCount == 12_345)
        let block = try #require(report.reports.first)
        #expect(report.reports.count == 1)
        #expect(block.source == SSRC(0x2222_2222))
        #expect(block.fractionLost == 64)
        #expect(block.cumulativeLost == -2)
        #expect(block.highestSequenceNumber == 0x1_0005)
        #expect(block.jitter == 7)
        #expect(block.lastSenderReport == 0xB705_2000)
        #expect(block.delaySinceLastSenderReport.interval == .milliseconds(5_250))
    }

    @Test func readsReceiverReports() throws {
        let report = try ReceiverReport(Golden.receiverReport)
        #expect(report.reports.map(\.cumulativeLost) == [0x7F_FFFF])
        #expect(report.reports.map(\.highestSequenceNumber) == [0xFFFF])
        #expect(try ReceiverReport(Golden.emptyReceiverReport) == ReceiverReport(sender: SSRC(1)))
    }

    @Test func writesWhatItRead() throws {
        #expect(try written(SenderReport(Golden.senderReport).write) == Golden.senderReport)
        #expect(try written(ReceiverReport(Golden.receiverReport).write) == Golden.receiverReport)
        #expect(try written(ReceiverReport(Golden.emptyReceiverReport).write) == Golden.emptyReceiverReport)
    }

    @Test(arguments: [
        (Int32(0), Int32(0)), (-1, -1), (0x7F_FFFF, 0x7F_FFFF), (0x80_0000, 0x7F_FFFF), (.max, 0x7F_FFFF),
        (-0x80_0000, -0x80_0000), (-0x80_0001, -0x80_0000), (.min, -0x80_0000),
    ])
    func cumulativeLossIsClampedToItsBits(_ lost: Int32, _ onTheWire: Int32) throws {
        let report = ReceiverReport(
            sender: SSRC(1), reports: [ReportBlock(source: SSRC(2), cumulativeLost: lost)])
        #expect(try ReceiverReport(written(report.write)).reports[0].cumulativeLost == onTheWire)
    }

    @Test(arguments: [(0, [0]), (31, [31]), (32, [31, 1]), (63, [31, 31, 1])])
    func moreBlocksThanFitTakeMorePackets(_ count: Int, _ split: [Int]) throws {
        let blocks = (0..<count).map { ReportBlock(source: SSRC(UInt32($0))) }
        let receiver = try packets(written(ReceiverReport(sender: SSRC(9), reports: blocks).write))
        #expect(receiver.map(\.count) == split)
        #expect(receiver.flatMap { $0 } == blocks)

        let report = SenderReport(
            sender: SSRC(9), ntpTime: NTPTime(0), rtpTimestamp: RTPTimestamp(0), packetCount: 0,
            octetCount: 0,
            reports: blocks)
        let sender = try packets(written(report.write))
        #expect(sender.map(\.count) == split)
        #expect(sender.flatMap { $0 } == blocks)
    }

    /// The blocks of each report in a compound.
    private func packets(_ compound: [UInt8]) throws -> [[ReportBlock]] {
        var found: [[ReportBlock]] = []
        var packets = RTCPPacketIterator()
        while let range = try packets.next(in: compound) {
            switch try RTCPPacket(Array(compound[range])) {
            case .senderReport(let report): found.append(report.reports)
            case .receiverReport(let report): found.append(report.reports)
            case let other: Issue.record("unexpected \(other)")
            }
        }
        return found
    }

    @Test func profileSpecificExtensionsArePassedOver() throws {
        let report = try ReceiverReport(hex("80 C9 0002 00000001 DEADBEEF"))
        #expect(report == ReceiverReport(sender: SSRC(1)))
    }

    @Test func moreBlocksThanThereAreAreRefused() {
        #expect(throws: RTCPParseError.truncated(needed: 52, have: 28)) {
            try ReceiverReport(hex("82") + Golden.receiverReport.dropFirst())
        }
    }
}

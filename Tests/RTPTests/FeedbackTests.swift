import RTP
import Testing
import Wire

@Suite struct GenericNACKTests {
    @Test func readsItemsAcrossTheWrap() throws {
        let nack = try GenericNACK(Golden.nack)
        #expect(nack.sender == SSRC(0x1111_1111))
        #expect(nack.media == SSRC(0x2222_2222))
        #expect(nack.items.count == 2)
        #expect(nack.lost.map(\.rawValue) == [0xFFFE, 0xFFFF, 1, 0x100, 0x110])
    }

    @Test func packsWhatIsWithinSixteen() {
        let numbers: [UInt16] = [10, 11, 26, 27, 43, 44]
        let nack = GenericNACK(sender: SSRC(1), media: SSRC(2), lost: numbers.map { SequenceNumber($0) })
        // 26 is the sixteenth after 10, the highest bit; 27 begins anew, and 43 is its sixteenth.
        #expect(
            nack.items == [
                .init(first: SequenceNumber(10), following: 0x8001),
                .init(first: SequenceNumber(27), following: 0x8000),
                .init(first: SequenceNumber(44), following: 0),
            ])
    }

    @Test func aNumberGivenTwiceIsAskedForOnce() {
        let numbers = [5, 5, 6, 6].map { SequenceNumber($0) }
        let nack = GenericNACK(sender: SSRC(1), media: SSRC(2), lost: numbers)
        #expect(nack.lost.map(\.rawValue) == [5, 6])
    }

    @Test(
        arguments: [UInt16](
            arrayLiteral: 0, 1, 15, 16, 17, 127, 255, 256, 32_767, 32_768, 65_503, 65_519, 65_520, 65_533,
            65_534, 65_535))
    func randomLossesComeBackFromAnyStart(_ start: UInt16) throws {
        var random = SeededGenerator(seed: UInt64(start))
        let lost = (0..<200).filter { _ in Bool.random(using: &random) }.map {
            SequenceNumber(start &+ UInt16($0))
        }
        let nack = GenericNACK(sender: SSRC(1), media: SSRC(2), lost: lost)
        let read = try GenericNACK(written(nack.write))
        #expect(read == nack)
        #expect(Array(read.lost) == lost)
    }

    @Test func oneThatAsksForNothingIsTaken() throws {
        #expect(try Array(GenericNACK(hex("81 CD 0002 00000001 00000002")).lost).isEmpty)
    }
}

@Suite struct KeyframeRequestTests {
    @Test func pictureLossHasItsBytes() throws {
        let indication = PictureLossIndication(sender: SSRC(0x1111_1111), media: SSRC(0x2222_2222))
        #expect(try PictureLossIndication(Golden.pictureLoss) == indication)
        #expect(written(indication.write) == Golden.pictureLoss)
    }

    @Test func fullIntraRequestHasItsBytes() throws {
        let request = FullIntraRequest(
            sender: SSRC(0x1111_1111), entries: [.init(media: SSRC(0x2222_2222), number: 42)])
        #expect(try FullIntraRequest(Golden.fullIntra) == request)
        #expect(written(request.write) == Golden.fullIntra)
    }

    @Test func halfAnEntryIsNone() throws {
        #expect(try FullIntraRequest(hex("84 CE 0003 00000001 00000000 00000002")).entries.isEmpty)
    }
}

@Suite struct ReceiverEstimatedMaximumBitrateTests {
    @Test func readsAndWrites() throws {
        let report = ReceiverEstimatedMaximumBitrate(
            sender: SSRC(0x1111_1111), bitrate: 1_000_000, sources: [SSRC(0x2222_2222)])
        #expect(try ReceiverEstimatedMaximumBitrate(Golden.remb) == report)
        #expect(written(report.write) == Golden.remb)
    }

    /// Eighteen bits are exact; above, what does not fit is cut off.
    @Test(arguments: [
        (UInt64(0), UInt64(0)), (1, 1), (0x3_FFFF, 0x3_FFFF), (0x4_0000, 0x4_0000), (0x4_0001, 0x4_0000),
        (.max, 0x3_FFFF << 46),
    ])
    func bitratesHaveEighteenBits(_ bitrate: UInt64, _ onTheWire: UInt64) throws {
        let report = ReceiverEstimatedMaximumBitrate(sender: SSRC(1), bitrate: bitrate, sources: [])
        #expect(try ReceiverEstimatedMaximumBitrate(written(report.write)).bitrate == onTheWire)
    }

    @Test func whatDoesNotFitIsNoLimit() throws {
        // Exponent 63, mantissa 2.
        let bytes = hex("8F CE 0004 11111111 00000000 52454D42 00 FC 0002")
        #expect(try ReceiverEstimatedMaximumBitrate(bytes).bitrate == .max)
        // A mantissa of zero is no bit rate, however far it is shifted.
        let zero = hex("8F CE 0004 11111111 00000000 52454D42 00 FC 0000")
        #expect(try ReceiverEstimatedMaximumBitrate(zero).bitrate == 0)
    }

    @Test func refusesAnotherNameAndMissingSources() {
        #expect(throws: RTCPParseError.unexpectedName(0x4E41_4D45)) {
            try ReceiverEstimatedMaximumBitrate(hex("8F CE 0004 00000001 00000000 4E414D45 00 000000"))
        }
        #expect(throws: RTCPParseError.truncated(needed: 20, have: 16)) {
            try ReceiverEstimatedMaximumBitrate(hex("8F CE 0004 00000001 00000000 52454D42 01 000000"))
        }
    }
}

@Suite struct ExtendedReportTests {
    private let report = ExtendedReport(
        sender: SSRC(0x1111_1111), referenceTime: NTPTime(seconds: 0xB44D_B705, fraction: 0x2000_0000),
        replies: [
            .init(receiver: SSRC(0x2222_2222), lastReferenceTime: 0xB705_2000, delay: NTPDelay(0x0005_4000))
        ])

    @Test func readsAndWritesBothBlocks() throws {
        #expect(try ExtendedReport(Golden.extendedReport) == report)
        #expect(written(report.write) == Golden.extendedReport)
    }

    @Test func passesOverBlocksOfOtherTypes() throws {
        let foreign =
            hex("80 CF 000B 11111111  01 00 0001 DEADBEEF") + Golden.extendedReport[8...] + hex("C8 00 0000")
        #expect(try ExtendedReport(foreign) == report)
    }

    @Test func eachPartMayBeMissing() throws {
        for part in [
            ExtendedReport(sender: SSRC(1)), ExtendedReport(sender: SSRC(1), referenceTime: NTPTime(5)),
        ] {
            #expect(try ExtendedReport(written(part.write)) == part)
        }
    }

    @Test func theReplyGivesTheRoundTrip() {
        let received = NTPTime(seconds: 0xB44D_B710, fraction: 0x8000_0000)
        #expect(report.replies[0].roundTrip(received: received) == .milliseconds(6_125))
    }

    @Test func refusesABlockBeyondTheEnd() {
        #expect(throws: RTCPParseError.self) { try ExtendedReport(hex("80 CF 0002 00000001 04 00 0002")) }
    }

    @Test func aReferenceTimeWithoutATimeIsPassedOver() throws {
        #expect(try ExtendedReport(hex("80 CF 0002 00000001 04 00 0000")) == ExtendedReport(sender: SSRC(1)))
    }
}

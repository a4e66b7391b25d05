import RTP
import Testing
import Wire

@Suite struct TransportFeedbackCursorTests {
    private func reports(_ bytes: [UInt8]) throws -> [TransportFeedbackCursor.Report] {
        var cursor = try TransportFeedbackCursor(bytes)
        var result: [TransportFeedbackCursor.Report] = []
        while let report = cursor.next(in: bytes) { result.append(report) }
        return result
    }

    /// Whether the cursor says what the parser with arrays says, errors included.
    private func expectTheSame(_ bytes: [UInt8], _ comment: Comment) {
        do {
            let whole = try TransportFeedback(bytes)
            let walked = try reports(bytes)
            #expect(walked.map(\.sequenceNumber) == whole.packets.map(\.sequenceNumber), comment)
            let ticks = whole.packets.map { $0.arrival.map { $0.nanoseconds / TransportFeedback.tick.nanoseconds } }
            #expect(walked.map(\.arrival) == ticks, comment)
        } catch {
            #expect(throws: RTCPParseError.self, comment) { try reports(bytes) }
        }
    }

    @Test func walksChunksAndDeltas() throws {
        let cursor = try TransportFeedbackCursor(Golden.transportFeedback)
        #expect(cursor.sender == SSRC(0x1111_1111))
        #expect(cursor.media == SSRC(0x2222_2222))
        #expect(cursor.base == SequenceNumber(0xFFFE))
        #expect(cursor.feedbackCount == 7)
        #expect(cursor.remaining == 10)
        let walked = try reports(Golden.transportFeedback)
        #expect(walked.map(\.sequenceNumber.rawValue) == [0xFFFE, 0xFFFF, 0, 1, 2, 3, 4, 5, 6, 7])
        // 3 × 256 ticks, and on from there.
        #expect(walked.map(\.arrival) == [772, nil, 768, 776, nil, nil, nil, 792, 792, 1_047])
        #expect(walked.map(\.isReceived) == [true, false, true, true, false, false, false, true, true, true])
    }

    @Test func isRecognised() {
        #expect(TransportFeedbackCursor.recognises(Golden.transportFeedback))
        for other in [Golden.nack, Golden.remb, Golden.pictureLoss, []] {
            #expect(!TransportFeedbackCursor.recognises(other))
        }
    }

    @Test(arguments: ["6001 00 00", "F000 00 00", "D840 01 80", "4002 0100", "2003 0102", "0000 0000"])
    func refusesWhatTheParserRefuses(_ body: String) {
        var bytes = hex("8F CD 0000 11111111 22222222 0000 0005 000000 00") + hex(body)
        while bytes.count % 4 != 0 { bytes.append(0) }
        bytes[3] = UInt8(bytes.count / 4 - 1)
        #expect(throws: RTCPParseError.self) { try TransportFeedback(bytes) }
        #expect(throws: RTCPParseError.self) { try reports(bytes) }
    }

    /// Every prefix, with the length field as it is and made to fit.
    @Test func everyTruncationIsRefusedOrWalked() {
        let whole = Golden.transportFeedback
        for length in 0...whole.count {
            var prefix = Array(whole[..<length])
            if length < whole.count { #expect(throws: RTCPParseError.self) { try reports(prefix) } }
            if length >= 4 { prefix[3] = UInt8(max(length / 4 - 1, 0)) }
            expectTheSame(prefix, "\(length) bytes")
        }
    }

    /// Bytes that go on behind the packet, as they do in a compound, are not read.
    @Test func staysInsideItsPacket() throws {
        let alone = try reports(Golden.transportFeedback)
        #expect(try reports(Golden.transportFeedback + Golden.nack) == alone)
    }

    @Test(arguments: 0..<400)
    func agreesWithTheParserOnAnyBytes(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var bytes = hex("8F CD 0000 11111111 22222222 FFF0 0000 800000 00")
        bytes[15] = UInt8.random(in: 0...200, using: &random)
        for _ in 0..<Int.random(in: 1...30, using: &random) {
            bytes += (0..<4).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        bytes[3] = UInt8(bytes.count / 4 - 1)
        expectTheSame(bytes, "seed \(seed)")
    }

    @Test(arguments: 0..<200)
    func agreesWithTheParserOnWhatIsWritten(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let steadiness = Double.random(in: 0...1, using: &random)
        var kind = 0
        let deltas = (0..<Int.random(in: 0...400, using: &random)).map { _ -> Int16? in
            if Double.random(in: 0...1, using: &random) > steadiness { kind = Int.random(in: 0...2, using: &random) }
            return switch kind {
            case 0: nil
            case 1: .random(in: 0...255, using: &random)
            default: .random(in: .min...(-1), using: &random)
            }
        }
        let feedback = TransportFeedback(
            sender: SSRC(1), media: SSRC(2), base: SequenceNumber(UInt16(truncatingIfNeeded: random.next())),
            referenceTime: .random(in: -0x80_0000...0x7F_FFFF, using: &random), feedbackCount: 9, deltas: deltas)
        expectTheSame(written(feedback.write), "seed \(seed)")
    }
}

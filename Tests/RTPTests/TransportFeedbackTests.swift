import RTP
import Testing
import Wire

@Suite struct TransportFeedbackTests {
    @Test func readsChunksAndDeltas() throws {
        let feedback = try TransportFeedback(Golden.transportFeedback)
        #expect(feedback.sender == SSRC(0x1111_1111))
        #expect(feedback.media == SSRC(0x2222_2222))
        #expect(feedback.base == SequenceNumber(0xFFFE))
        #expect(feedback.referenceTime == 3)
        #expect(feedback.feedbackCount == 7)
        #expect(feedback.deltas == [4, nil, -4, 8, nil, nil, nil, 16, 0, 255])
    }

    @Test func worksOutNumbersAndTimes() throws {
        let packets = try Array(TransportFeedback(Golden.transportFeedback).packets)
        #expect(packets.map(\.sequenceNumber.rawValue) == [0xFFFE, 0xFFFF, 0, 1, 2, 3, 4, 5, 6, 7])
        // 3 × 64 ms, and on from there in steps of 250 µs.
        let microseconds = packets.map { $0.arrival.map { $0.nanoseconds / 1_000 } }
        #expect(microseconds == [193_000, nil, 192_000, 194_000, nil, nil, nil, 198_000, 198_000, 261_750])
    }

    @Test func writesWhatItRead() throws {
        #expect(try written(TransportFeedback(Golden.transportFeedback).write) == Golden.transportFeedback)
    }

    /// One chunk each, after the base fields of the golden packet; `count` packets are reported on.
    private func deltas(count: UInt8, _ chunksAndDeltas: String) throws -> [Int16?] {
        var bytes =
            hex("8F CD 0000 11111111 22222222 0000 00") + [count] + hex("000000 00") + hex(chunksAndDeltas)
        while bytes.count % 4 != 0 { bytes.append(0) }
        bytes[3] = UInt8(bytes.count / 4 - 1)
        return try TransportFeedback(bytes).deltas
    }

    @Test func aRunOfEachStatus() throws {
        #expect(try deltas(count: 3, "0003") == [nil, nil, nil])
        #expect(try deltas(count: 2, "2002 0102") == [1, 2])
        #expect(try deltas(count: 2, "4002 0100 FF00") == [256, -256])
    }

    @Test func aVectorOfOneBit() throws {
        // 10 11000000000001
        let read = try deltas(count: 14, "B001 0A0B0C")
        #expect(read == [10, 11] + [Int16?](repeating: nil, count: 11) + [12])
    }

    @Test func aVectorOfTwoBits() throws {
        // 11 01 10 00 01 00 00 00
        #expect(try deltas(count: 4, "D840 01 8000 FF") == [1, -32768, nil, 255])
    }

    @Test func symbolsBeyondTheCountMeanNothing() throws {
        #expect(try deltas(count: 1, "BFFF 07") == [7])
        #expect(try deltas(count: 2, "3FFF 07 08") == [7, 8])
        // The reserved symbol as well, where it is beyond.
        #expect(try deltas(count: 1, "DFFF 07") == [7])
    }

    @Test(arguments: ["6001 00 00", "F000 00 00"])
    func refusesTheReservedSymbol(_ chunk: String) {
        #expect(throws: RTCPParseError.reservedSymbol(offset: 20)) { try deltas(count: 1, chunk) }
    }

    @Test func refusesMissingChunksAndDeltas() {
        #expect(throws: RTCPParseError.self) { try deltas(count: 20, "0001 0001") }
        #expect(throws: RTCPParseError.self) { try deltas(count: 3, "2003 0102") }
        #expect(throws: RTCPParseError.self) { try deltas(count: 2, "4002 0100") }
        // A run of nothing does not stop the reader for ever.
        #expect(throws: RTCPParseError.self) { try deltas(count: 1, "0000 0000 0000") }
    }

    @Test func refusesMorePacketsThanAnybodyHasInFlight() throws {
        // Two runs of the longest kind, and one of two packets.
        var bytes = hex("8F CD 0006 00000001 00000002 0000 4000 000000 00  1FFF 1FFF 0002 0000")
        #expect(try TransportFeedback(bytes).deltas.count == 0x4000)
        bytes[15] = 1
        #expect(throws: RTCPParseError.tooManyPackets(0x4001)) { try TransportFeedback(bytes) }
    }

    @Test func aNegativeReferenceTimeComesBack() throws {
        let feedback = TransportFeedback(
            sender: SSRC(1), media: SSRC(2), base: SequenceNumber(0), referenceTime: -2, feedbackCount: 255,
            deltas: [0])
        let read = try TransportFeedback(written(feedback.write))
        #expect(read == feedback)
        #expect(read.packets.map(\.arrival) == [Timestamp(nanoseconds: -128_000_000)])
    }

    /// Feedback on any pattern of losses and delays, at any length, says the same after writing and reading.
    @Test(arguments: 0..<300)
    func randomFeedbackComesBack(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        // Long runs, vectors, and what lies between: the chance that a packet is like the one before.
        let steadiness = Double.random(in: 0...1, using: &random)
        var kind = 0
        let deltas = (0..<Int.random(in: 0...400, using: &random)).map { _ -> Int16? in
            if Double.random(in: 0...1, using: &random) > steadiness {
                kind = Int.random(in: 0...2, using: &random)
            }
            return switch kind {
            case 0: nil
            case 1: .random(in: 0...255, using: &random)
            default: .random(in: .min...(-1), using: &random)
            }
        }
        let feedback = TransportFeedback(
            sender: SSRC(1), media: SSRC(2), base: SequenceNumber(UInt16(truncatingIfNeeded: random.next())),
            referenceTime: .random(in: -0x80_0000...0x7F_FFFF, using: &random), feedbackCount: 9,
            deltas: deltas)
        let bytes = written(feedback.write)
        #expect(bytes.count % 4 == 0)
        #expect(try TransportFeedback(bytes) == feedback, "seed \(seed)")
    }

    @Test func longRunsTakeOneChunk() throws {
        let deltas = [Int16?](repeating: nil, count: 8_191) + [1]
        let feedback = TransportFeedback(
            sender: SSRC(1), media: SSRC(2), base: SequenceNumber(0), referenceTime: 0, feedbackCount: 0,
            deltas: deltas)
        let bytes = written(feedback.write)
        #expect(bytes.count == 28)  // 20, two chunks, a delta, and padding
        #expect(try TransportFeedback(bytes) == feedback)
    }
}

import RTP
import Testing
import Wire

private typealias Arrival = TransportFeedbackBuilder.Arrival

private func arrival(_ number: UInt64, _ time: Interval) -> Arrival {
    Arrival(sequenceNumber: ExtendedSequenceNumber(number), time: .zero + time)
}

@Suite struct TransportFeedbackBuilderTests {
    private func makeBuilder() -> TransportFeedbackBuilder {
        TransportFeedbackBuilder(sender: SSRC(1), media: SSRC(2))
    }

    @Test func reportsLossesAndTimesFromTheBase() throws {
        var builder = makeBuilder()
        let feedback = builder.feedback(
            from: ExtendedSequenceNumber(0x1_FFFE),
            arrivals: [arrival(0x1_FFFF, .milliseconds(200)), arrival(0x2_0001, .milliseconds(201))])
        let only = try #require(feedback.first)
        #expect(feedback.count == 1)
        #expect(only.base == SequenceNumber(0xFFFE))
        #expect(only.referenceTime == 3)  // 192 ms
        #expect(only.deltas == [nil, 32, nil, 4])
        #expect(only.feedbackCount == 0)
    }

    @Test func packetsThatArrivedOutOfOrderHaveNegativeDeltas() throws {
        var builder = makeBuilder()
        let feedback = builder.feedback(
            from: ExtendedSequenceNumber(5),
            arrivals: [arrival(5, .milliseconds(70)), arrival(6, .milliseconds(65))])
        #expect(feedback.map(\.deltas) == [[24, -20]])
    }

    @Test func withoutArrivalsThereIsNothingToReport() {
        var builder = makeBuilder()
        #expect(builder.feedback(from: ExtendedSequenceNumber(5), arrivals: []).isEmpty)
    }

    @Test func aDeltaThatDoesNotFitBeginsAnotherPacket() throws {
        var builder = makeBuilder()
        // 32767 × 250 µs is the longest step.
        let longest = Interval.microseconds(32_767 * 250)
        let feedback = builder.feedback(
            from: ExtendedSequenceNumber(10),
            arrivals: [
                arrival(10, .zero), arrival(11, longest),
                arrival(13, longest + longest + TransportFeedback.tick),
            ])
        #expect(feedback.map(\.base.rawValue) == [10, 12])
        #expect(feedback.map(\.feedbackCount) == [0, 1])
        #expect(feedback.map { $0.deltas.count } == [2, 2])
        #expect(feedback[0].deltas == [0, 32_767])
        #expect(feedback[1].deltas.first == .some(nil), "the missing packet is reported once, by the second")
        let next = builder.feedback(from: ExtendedSequenceNumber(14), arrivals: [arrival(14, .zero)])
        #expect(next.map(\.feedbackCount) == [2])
    }

    @Test func anEndlessGapIsNotReported() throws {
        var builder = makeBuilder()
        let feedback = builder.feedback(
            from: ExtendedSequenceNumber(0),
            arrivals: [arrival(0, .zero), arrival(100_000, .milliseconds(1))])
        #expect(feedback.map(\.base) == [SequenceNumber(0), ExtendedSequenceNumber(100_000).wire])
        #expect(feedback.map { $0.deltas.count } == [1, 1])
    }

    @Test func whatIsOutOfOrderOrBeforeTheBaseIsPassedOver() {
        var builder = makeBuilder()
        let feedback = builder.feedback(
            from: ExtendedSequenceNumber(10),
            arrivals: [arrival(9, .zero), arrival(11, .zero), arrival(11, .zero), arrival(10, .zero)])
        #expect(feedback.map(\.deltas) == [[nil, 0]])
    }

    /// The clock behind the reference time wraps after 2²⁴ × 64 ms.
    @Test func theReferenceTimeWraps() {
        var builder = makeBuilder()
        let wrap = Interval.milliseconds(64) * 0x80_0000
        let feedback = builder.feedback(
            from: ExtendedSequenceNumber(0),
            arrivals: [arrival(0, wrap), arrival(1, wrap + .milliseconds(1))])
        #expect(feedback.map(\.referenceTime) == [-0x80_0000])
        #expect(feedback.map(\.deltas) == [[0, 4]])
    }

    /// What comes out on the other side of the wire is what arrived, to a tick, once for each packet, in
    /// datagrams.
    @Test(arguments: 0..<100)
    func everyArrivalIsReportedOnce(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let base = UInt64.random(in: 0x1_0000...0x3_0000, using: &random)
        var arrivals: [Arrival] = []
        var time = Interval.milliseconds(.random(in: 0...1_000_000_000, using: &random))
        var number = base
        for _ in 0..<Int.random(in: 1...2_000, using: &random) {
            number +=
                Int.random(in: 0...9, using: &random) == 0 ? UInt64.random(in: 1...40, using: &random) : 1
            let step =
                Int.random(in: 0...50, using: &random) == 0
                ? Int64.random(in: -5_000_000...20_000_000, using: &random)
                : .random(in: 0...3_000, using: &random)
            time = time + .microseconds(step)
            arrivals.append(Arrival(sequenceNumber: ExtendedSequenceNumber(number), time: .zero + time))
        }

        var builder = makeBuilder()
        var extender = SequenceExtender()
        extender.highest = ExtendedSequenceNumber(base)
        var next = ExtendedSequenceNumber(base)
        var reported: [Arrival] = []
        for feedback in builder.feedback(from: next, arrivals: arrivals) {
            let bytes = written(feedback.write)
            #expect(bytes.count <= 1_100, "seed \(seed)")
            let read = try TransportFeedback(bytes)
            for packet in read.packets {
                let sequenceNumber = extender.extend(packet.sequenceNumber)
                #expect(sequenceNumber == next, "seed \(seed)")
                next = next.advanced(by: 1)
                if let time = packet.arrival {
                    reported.append(Arrival(sequenceNumber: sequenceNumber, time: time))
                }
            }
        }
        try #require(reported.count == arrivals.count, "seed \(seed)")
        let wrap = Int64(64_000_000) << 24
        for (arrival, report) in zip(arrivals, reported) {
            #expect(report.sequenceNumber == arrival.sequenceNumber)
            let late = (arrival.time - report.time).nanoseconds
            #expect(
                (0..<TransportFeedback.tick.nanoseconds).contains((late % wrap + wrap) % wrap), "seed \(seed)"
            )
        }
    }
}

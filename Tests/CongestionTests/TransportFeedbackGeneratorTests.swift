import RTP
import Testing
import Wire

@testable import Congestion

@Suite struct TransportFeedbackGeneratorTests {
    private func fetch(_ generator: inout TransportFeedbackGenerator, at now: Timestamp)
        -> [TransportFeedback]
    {
        var result: [TransportFeedback] = []
        for _ in 0..<100 {
            var writer = ByteWriter()
            guard generator.makeFeedback(at: now, senderSSRC: SSRC(1), mediaSSRC: SSRC(2), into: &writer)
            else { break }
            guard let feedback = try? TransportFeedback(parsing: writer.bytes.span) else {
                Issue.record("what was written does not parse")
                break
            }
            #expect(writer.count <= 1200)
            result.append(feedback)
        }
        return result
    }

    @Test func `nothing arrived, nothing is due`() {
        var generator = TransportFeedbackGenerator()
        #expect(generator.nextTimeout == nil)
        #expect(fetch(&generator, at: at(1_000_000)).isEmpty)
    }

    @Test func `the first report comes after half an interval, the next a whole one later`() {
        var generator = TransportFeedbackGenerator()
        generator.record(SequenceNumber(7), at: at(1000))
        #expect(generator.nextTimeout == at(1050))
        #expect(fetch(&generator, at: at(1049)).isEmpty)
        #expect(fetch(&generator, at: at(1050)).count == 1)
        #expect(generator.nextTimeout == nil)
        generator.record(SequenceNumber(8), at: at(1060))
        #expect(generator.nextTimeout == at(1150))
        generator.record(SequenceNumber(9), at: at(1149))
        #expect(fetch(&generator, at: at(1150)).count == 1)
    }

    @Test func `many packets do not wait for the interval`() {
        var generator = TransportFeedbackGenerator(threshold: 10)
        for number in 0..<10 as Range<UInt16> { generator.record(SequenceNumber(number), at: at(1)) }
        let reports = fetch(&generator, at: at(1))
        #expect(reports.count == 1)
        #expect(reports.first?.deltas.count == 10)
    }

    @Test(arguments: startPoints)
    func `arrivals and losses can be read back`(start: UInt16) {
        var generator = TransportFeedbackGenerator()
        let arrivals: [Int64?] = [0, 1, nil, 3, 70, nil, nil, 71, 71, 60]
        for (index, arrival) in arrivals.enumerated() {
            guard let arrival else { continue }
            generator.record(SequenceNumber(start &+ UInt16(index)), at: at(5000 + arrival))
        }
        let reports = fetch(&generator, at: at(5100))
        #expect(reports.count == 1)
        guard let report = reports.first else { return }
        #expect(report.sender == SSRC(1))
        #expect(report.media == SSRC(2))
        #expect(report.base == SequenceNumber(start))
        let packets = Array(report.packets)
        #expect(packets.map(\.sequenceNumber.rawValue) == arrivals.indices.map { start &+ UInt16($0) })
        let first = packets.first?.arrival ?? .zero
        #expect(packets.map { packet in packet.arrival.map { ($0 - first).milliseconds } } == arrivals)
    }

    @Test func `losses between two reports are told in the second`() {
        var generator = TransportFeedbackGenerator()
        generator.record(SequenceNumber(65_534), at: at(0))
        _ = fetch(&generator, at: at(50))
        generator.record(SequenceNumber(1), at: at(60))
        let report = fetch(&generator, at: at(150)).first
        #expect(report?.base == SequenceNumber(65_535))
        #expect(report?.deltas.map { $0 != nil } == [false, false, true])
        #expect(report?.feedbackCount == 1)
    }

    @Test func `a report larger than a datagram comes in several, and none of them twice`() {
        var generator = TransportFeedbackGenerator(threshold: 5000)
        for number in 0..<1500 as Range<UInt16> {
            generator.record(SequenceNumber(number), at: at(Int64(number) * 70))
        }
        let reports = fetch(&generator, at: at(200_000))
        #expect(reports.count > 1)
        let numbers = reports.flatMap { $0.packets.map(\.sequenceNumber.rawValue) }
        #expect(numbers == Array(0..<1500))
        #expect(reports.enumerated().allSatisfy { Int($0.element.feedbackCount) == $0.offset })
        #expect(fetch(&generator, at: at(200_000)).isEmpty)
    }
}

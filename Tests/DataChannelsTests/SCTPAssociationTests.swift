import Testing
import Wire

@testable import DataChannels

@Suite("SCTP associations")
struct SCTPAssociationTests {
    @SCTPActor
    @Test("Two ends come up, and messages arrive whole, in order, whatever is lost", arguments: [0, 5, 15])
    func lossy(percent: Int) async throws {
        let pair = try AssociationPair(seed: 7, lossPercent: percent)
        defer { pair.close() }
        #expect(await pair.run { pair.isUp })
        #expect(pair.events[0].first == .up(streams: 512))
        let sizes = [1, 1_000, 20_000, 65_536, 3]
        for (number, size) in sizes.enumerated() {
            let message = SCTPMessage(
                stream: 2, payload: .binary, bytes: [UInt8](repeating: UInt8(number), count: size))
            #expect(pair.ends[0].send(message) == .accepted)
        }
        #expect(await pair.run { pair.messages(at: 1).count == sizes.count })
        #expect(pair.messages(at: 1).map(\.bytes.count) == sizes)
        #expect(pair.messages(at: 1).map { $0.bytes.first } == [0, 1, 2, 3, 4])
        #expect(pair.messages(at: 1).allSatisfy { $0.stream == 2 && $0.payload == .binary })
        #expect(pair.largest <= SCTPAssociation.maxPacketSize)
        #expect(pair.largest > 1_000)
        #expect((pair.lost > 0) == (percent > 0))
    }

    @SCTPActor
    @Test("What is not to be sent again may be missing, and nothing waits for it")
    func unreliable() async throws {
        let pair = try AssociationPair(seed: 3, lossPercent: 30)
        defer { pair.close() }
        #expect(await pair.run { pair.isUp })
        let unreliable = ChannelReliability(isOrdered: false, limit: .retransmissions(0))
        for number in 0..<100 {
            _ = pair.ends[0].send(
                SCTPMessage(stream: 1, payload: .string, bytes: [UInt8(number)], reliability: unreliable))
            pair.carry()
        }
        _ = pair.ends[0].send(SCTPMessage(stream: 3, payload: .string, bytes: [200]))
        #expect(await pair.run { pair.messages(at: 1).contains { $0.bytes == [200] } })
        let arrived = pair.messages(at: 1).filter { $0.stream == 1 }.count
        #expect(arrived > 20 && arrived < 100, "\(arrived) of 100")
    }

    @SCTPActor
    @Test("A reset of a stream is told to the other side")
    func reset() async throws {
        let pair = try AssociationPair()
        defer { pair.close() }
        #expect(await pair.run { pair.isUp })
        _ = pair.ends[0].send(SCTPMessage(stream: 4, payload: .string, bytes: [1]))
        pair.ends[0].reset(4)
        pair.ends[0].reset(6)
        #expect(await pair.run { pair.events[1].contains(.reset([6])) })
        #expect(pair.events[1].contains(.reset([4])))
        #expect(pair.messages(at: 1).count == 1)
    }

    @SCTPActor
    @Test("What the other side does not take waits up to a limit, unreliable messages up to a lower one")
    func slowReceiver() async throws {
        var limits = DataChannelLimits()
        limits.maxBuffered = 400_000
        limits.maxBufferedUnreliable = 100_000
        let pair = try AssociationPair(limits: limits)
        defer { pair.close() }
        #expect(await pair.run { pair.isUp })
        let unreliable = ChannelReliability(limit: .milliseconds(100))
        let block = [UInt8](repeating: 9, count: 50_000)
        // Nothing is carried meanwhile: usrsctp takes its share, the rest waits.
        var results: [SCTPAssociation.SendResult] = []
        for _ in 0..<20 { results.append(pair.ends[0].send(SCTPMessage(stream: 2, payload: .binary, bytes: block))) }
        #expect(results.contains(.full))
        #expect(results.first == .accepted)
        #expect(pair.ends[0].bufferedBytes <= limits.maxBuffered)
        #expect(
            pair.ends[0].send(SCTPMessage(stream: 2, payload: .binary, bytes: [1], reliability: unreliable)) == .full)
        let accepted = results.filter { $0 == .accepted }.count
        #expect(await pair.run { pair.messages(at: 1).count == accepted })
        #expect(pair.ends[0].bufferedBytes == 0)
    }

    @SCTPActor
    @Test("A message above the announced size ends the association")
    func tooLarge() async throws {
        var limits = DataChannelLimits()
        limits.maxMessageSize = 10_000
        let pair = try AssociationPair(limits: limits)
        defer { pair.close() }
        #expect(await pair.run { pair.isUp })
        _ = pair.ends[0].send(SCTPMessage(stream: 2, payload: .binary, bytes: [UInt8](repeating: 1, count: 10_001)))
        #expect(await pair.run { pair.events[1].contains(.lost("A message was larger than 10000 bytes.")) })
        #expect(pair.messages(at: 1).isEmpty)
        #expect(pair.ends[1].send(SCTPMessage(stream: 1, payload: .string, bytes: [1])) == .closed)
    }

    @SCTPActor
    @Test("Closing one end ends the other")
    func close() async throws {
        let pair = try AssociationPair()
        defer { pair.close() }
        #expect(await pair.run { pair.isUp })
        pair.ends[0].close()
        #expect(await pair.run { pair.events[1].contains { if case .lost = $0 { true } else { false } } })
    }

    @SCTPActor
    @Test("Wrong bytes are dropped: truncated packets, single flipped bytes, noise")
    func hostile() async throws {
        let pair = try AssociationPair()
        defer { pair.close() }
        #expect(await pair.run { pair.isUp })
        _ = pair.ends[0].send(SCTPMessage(stream: 2, payload: .string, bytes: Array("hello".utf8)))
        let packet = try #require(pair.ends[0].pollTransmit())
        for count in 0..<packet.count { pair.ends[1].handle(Array(packet.prefix(count))) }
        for index in packet.indices {
            var flipped = packet
            flipped[index] ^= 0x55
            pair.ends[1].handle(flipped)
        }
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<500 {
            let count = Int.random(in: 0..<200, using: &generator)
            pair.ends[1].handle((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        pair.ends[1].handle(packet)
        #expect(await pair.run { pair.messages(at: 1).count == 1 })
    }
}

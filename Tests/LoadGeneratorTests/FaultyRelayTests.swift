import DataChannels
import LoadMedia
import Testing
import Wire

@testable import LoadGenerator

/// A server's data plane that makes a mistake with one message in ten.
@SCTPActor
final class FaultyRelay {
    /// What becomes of the tenth message.
    enum Fault: Sendable, CaseIterable { case drops, repeats, swaps, damages, truncates, renames, misdelivers }

    private let fault: Fault
    private let exchange: DataExchange
    private var ends: [(number: Int, endpoint: DataEndpoint)] = []
    /// By receiver and sender: the channel that the server opened.
    private var channels: [[Int]: UInt16] = [:]
    private var count = 0
    private var isJudged = false
    private var kept: [ChannelMessage] = []
    private(set) var faults: UInt64 = 0

    init(_ fault: Fault) throws {
        self.fault = fault
        let shape = try #require(DataShape(try LoadSettings(arguments: ["--data-senders=100", "--data-rate=100"])))
        let packets = OutgoingPackets()
        exchange = DataExchange(shape, seed: 1, lanes: [{ packets.add($0) }])
        self.packets = packets
    }

    private let packets: OutgoingPackets

    /// Lets a member write to another, beside a third in a room of its own; then everything is judged.
    func run() async throws -> DataFigures {
        for (number, room) in [(1, 0), (2, 0), (3, 1)] {
            ends.append((number, try #require(DataEndpoint(isDTLSClient: false, remotePort: 5_000))))
            exchange.post(
                .expect(
                    DataExchange.Person(
                        number: number, room: room, name: "p-\(number)", lane: 0, isSender: number == 1, port: 5_000,
                        maxMessageSize: 65_536)))
            exchange.post(.begin(number, MonotonicClock.now()))
        }
        let judge = Task {
            for _ in 0..<2_000 where exchange.figures().sent < 60 { try? await Task.sleep(for: .milliseconds(5)) }
            await exchange.finish(patience: .seconds(3))
            isJudged = true
        }
        while !isJudged {
            carry()
            try? await Task.sleep(for: .milliseconds(2))
        }
        await judge.value
        let figures = exchange.figures()
        exchange.stop()
        for end in ends { end.endpoint.close() }
        return figures
    }

    private func carry() {
        for packet in packets.take() { ends.first { $0.number == packet.number }?.endpoint.handle(packet.bytes) }
        for (number, endpoint) in ends {
            endpoint.flush()
            while let event = endpoint.pollEvent() {
                if case .message(_, let message) = event { relay(message, from: number) }
            }
        }
        for (number, endpoint) in ends {
            while let bytes = endpoint.pollTransmit() {
                exchange.post(
                    .packet(DataExchange.Packet(number: number, bytes: bytes, arrival: MonotonicClock.now())))
            }
        }
    }

    private func relay(_ message: ChannelMessage, from sender: Int) {
        count += 1
        var message = message
        guard count % 10 == 0 else {
            pass(message, to: 2, as: sender)
            for held in kept { pass(held, to: 2, as: sender) }
            kept = []
            return
        }
        faults += 1
        switch fault {
        case .drops: break
        case .repeats: for _ in 0..<2 { pass(message, to: 2, as: sender) }
        case .swaps: kept.append(message)
        case .damages:
            message.bytes[message.bytes.count / 2] ^= 4
            pass(message, to: 2, as: sender)
        case .truncates:
            message.bytes.removeLast()
            pass(message, to: 2, as: sender)
        case .renames: pass(message, to: 2, as: 3)
        case .misdelivers:
            pass(message, to: 2, as: sender)
            pass(message, to: 3, as: sender)
        }
    }

    private func pass(_ message: ChannelMessage, to receiver: Int, as sender: Int) {
        guard let endpoint = ends.first(where: { $0.number == receiver })?.endpoint else { return }
        let stream =
            channels[[receiver, sender]]
            ?? endpoint.open(ChannelOpening(label: "load", protocolName: "from:p-\(sender)"))
        channels[[receiver, sender]] = stream
        if let stream { _ = endpoint.send(message, on: stream) }
    }
}

@Suite("Mistakes of a server with messages")
struct FaultyRelayTests {
    @SCTPActor
    @Test("are found, each for what it is", arguments: FaultyRelay.Fault.allCases)
    func faults(_ fault: FaultyRelay.Fault) async throws {
        let relay = try FaultyRelay(fault)
        let figures = try await relay.run()
        let ledgers = figures.ledgers
        try #require(relay.faults >= 5 && ledgers.received >= 50, "\(ledgers), \(relay.faults) faults")
        let lost: UInt64 =
            switch fault {
            case .drops, .damages, .truncates, .renames: relay.faults
            // The last may have been kept.
            case .swaps: figures.sent % 10 == 0 ? 1 : 0
            case .repeats, .misdelivers: 0
            }
        #expect(ledgers.lost == lost, "\(ledgers), \(figures.sent) sent, \(relay.faults) faults")
        #expect(ledgers.expected == figures.sent, "\(ledgers), \(figures.sent) sent")
        #expect(ledgers.duplicates == (fault == .repeats ? relay.faults : 0))
        #expect(ledgers.disordered == (fault == .swaps ? relay.faults - lost : 0))
        #expect(figures.corrupt == (fault == .damages || fault == .truncates ? relay.faults : 0))
        #expect(figures.misdirected == (fault == .renames || fault == .misdelivers ? relay.faults : 0))
    }
}

import DataChannels
import Engine
import Synchronization
import Testing
import Wire

@testable import LoadGenerator

/// The traffic of a load, and a real data plane behind a network that loses packets from a seed.
private final class DataRoom: Sendable {
    let exchange: DataExchange
    let plane: DataPlane
    private let generator: Mutex<SeededGenerator>
    private let lossPercent: Int

    init(_ arguments: [String], seed: UInt64 = 1, lossPercent: Int = 0) throws {
        let shape = try #require(DataShape(try LoadSettings(arguments: ["--data-senders=100"] + arguments)))
        plane = DataPlane(limits: DataChannelLimits(), wakes: [{}])
        generator = Mutex(SeededGenerator(seed: seed))
        self.lossPercent = lossPercent
        let queue = OutgoingPackets()
        exchange = DataExchange(shape, seed: seed, lanes: [{ queue.add($0) }])
        self.queue = queue
    }

    private let queue: OutgoingPackets

    func join(_ number: Int, room: Int = 0, isSender: Bool = true, now: Timestamp = MonotonicClock.now()) async {
        await plane.open(
            PeerID(UInt64(number)), named: "p-\(number)", in: RoomKey(UInt64(room)), worker: 0, isDTLSClient: false,
            port: 5_000, maxMessageSize: 65_536)
        exchange.post(
            .expect(
                DataExchange.Person(
                    number: number, room: room, name: "p-\(number)", lane: 0, isSender: isSender, port: 5_000,
                    maxMessageSize: 65_536)))
        exchange.post(.begin(number, now))
    }

    func leave(_ number: Int) async {
        exchange.post(.depart(number))
        await plane.remove(PeerID(UInt64(number)))
        exchange.post(.remove(number))
    }

    /// Carries packets both ways until it is cancelled.
    func carry() async {
        while !Task.isCancelled {
            let up = queue.take().filter { _ in passes() }
            if !up.isEmpty {
                plane.deliver(up.map { ApplicationPacket(peer: PeerID(UInt64($0.number)), bytes: $0.bytes) })
            }
            for packet in plane.takeOutgoing(worker: 0) where passes() {
                exchange.post(
                    .packet(
                        DataExchange.Packet(
                            number: Int(packet.peer.rawValue), bytes: packet.bytes, arrival: MonotonicClock.now())))
            }
            try? await Task.sleep(for: .milliseconds(1))
        }
    }

    private func passes() -> Bool {
        generator.withLock { Int.random(in: 0..<100, using: &$0) } >= lossPercent
    }

    /// Runs `body` while packets are carried, and returns the figures after everything was judged.
    func run(_ body: () async throws -> Void) async throws -> DataFigures {
        let carrier = Task { await carry() }
        try await body()
        await exchange.finish(patience: .seconds(20))
        carrier.cancel()
        await carrier.value
        let figures = await exchange.figures()
        await exchange.stop()
        await plane.stop()
        return figures
    }

    /// Waits until `condition` holds of the figures; false if it does not within twenty seconds.
    func wait(until condition: (DataFigures) -> Bool) async -> Bool {
        for _ in 0..<2_000 {
            if condition(await exchange.figures()) { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}

@Suite("Messages of a load through the server's data plane")
struct DataTrafficTests {
    @Test("everybody in the room gets everything, once, in order, whatever is lost on the way", arguments: [0, 10])
    func room(lossPercent: Int) async throws {
        let room = try DataRoom(["--data-rate=50", "--data-size=3000"], lossPercent: lossPercent)
        let figures = try await room.run {
            for number in 1...3 { await room.join(number) }
            // Somebody who only listens, and two in a room of their own.
            await room.join(4, isSender: false)
            for number in 5...6 { await room.join(number, room: 1) }
            #expect(await room.wait { $0.opened == 6 && $0.sent >= 100 })
        }
        #expect(figures.associations == 6 && figures.ended.isEmpty)
        // Three senders reach three others each, two reach one each.
        #expect(figures.ledgers.expected > figures.sent && figures.ledgers.expected <= figures.sent * 3)
        #expect(figures.ledgers.received >= figures.ledgers.expected)
        #expect(figures.ledgers.lost == 0 && figures.ledgers.disordered == 0 && figures.ledgers.duplicates == 0)
        #expect(figures.corrupt == 0 && figures.misdirected == 0 && figures.refused == 0)
        #expect(figures.latency.count == figures.ledgers.received && figures.opening.count == 6)
        let threads = ThreadTimes.all(of: CurrentProcess.identifier).values.map(\.name)
        #expect(threads.contains(LoadRun.dataThreadName), "\(threads)")
        #expect(figures.bytesOut == figures.sent * 3_000 && figures.bytesIn == figures.ledgers.received * 3_000)
    }

    @Test("a message to one member goes to that one alone")
    func member() async throws {
        let room = try DataRoom(["--data-rate=50", "--data-to=member", "--data-ordered=off"], lossPercent: 5)
        let figures = try await room.run {
            for number in 1...4 { await room.join(number) }
            #expect(await room.wait { $0.opened == 4 && $0.sent >= 60 })
        }
        #expect(figures.ledgers.expected == figures.sent && figures.ledgers.received == figures.sent)
        #expect(figures.ledgers.lost == 0 && figures.misdirected == 0 && figures.corrupt == 0)
    }

    @Test("who leaves takes with it what is on its way, and who comes again is somebody new")
    func churn() async throws {
        let room = try DataRoom(["--data-rate=100"], lossPercent: 5)
        let figures = try await room.run {
            for number in 1...3 { await room.join(number) }
            #expect(await room.wait { $0.opened == 3 && $0.ledgers.received >= 60 })
            await room.leave(2)
            await room.join(1_000_002)
            let before = await room.exchange.figures().ledgers.received
            #expect(await room.wait { $0.opened == 4 && $0.ledgers.received >= before + 100 })
        }
        #expect(figures.associations == 4 && figures.ended.isEmpty)
        #expect(figures.ledgers.lost == 0 && figures.ledgers.disordered == 0 && figures.misdirected == 0)
    }

    @Test("what is not repeated is lost, and said to be")
    func unreliable() async throws {
        let room = try DataRoom(["--data-rate=100", "--data-retransmits=0", "--data-ordered=off"], lossPercent: 20)
        let figures = try await room.run {
            for number in 1...3 { await room.join(number) }
            #expect(await room.wait { $0.opened == 3 && $0.sent >= 300 })
        }
        #expect(figures.ledgers.lost > 20)
        #expect(figures.ledgers.lost + figures.ledgers.received >= figures.ledgers.expected)
        #expect(figures.ledgers.duplicates == 0 && figures.corrupt == 0)
    }

    @Test("an association that never comes up is told")
    func silent() async throws {
        let shape = try #require(DataShape(try LoadSettings(arguments: ["--data-senders=100"])))
        let exchange = DataExchange(shape, seed: 1, lanes: [{ _ in }])
        exchange.post(
            .expect(
                DataExchange.Person(
                    number: 1, room: 0, name: "p-1", lane: 0, isSender: true, port: 5_000, maxMessageSize: 65_536)))
        exchange.post(.begin(1, MonotonicClock.now()))
        await exchange.finish(patience: .milliseconds(300))
        let figures = await exchange.figures()
        #expect(figures.associations == 1 && figures.opened == 0 && figures.sent == 0)
        #expect(figures.ended == ["The association did not come up.": 1])
        await exchange.stop()
    }
}

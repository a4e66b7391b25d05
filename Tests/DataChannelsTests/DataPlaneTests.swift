import Engine
import Testing
import Wire

@testable import DataChannels

/// A browser's end, without DTLS: an association and its channels.
@SCTPActor
final class PlaneClient {
    let peer: PeerID
    let association: SCTPAssociation
    var session: ChannelSession
    var isUp = false
    var messages: [String] = []
    private var openings: [UInt16: ChannelOpening] = [:]
    var endReason: String?

    init(_ number: UInt64) throws {
        peer = PeerID(number)
        guard let association = SCTPAssociation(limits: DataChannelLimits()) else {
            throw AssociationPair.OutOfMemory()
        }
        self.association = association
        session = ChannelSession(limits: DataChannelLimits(), isDTLSClient: true)
    }

    func turn() {
        while let event = association.pollEvent() {
            switch event {
            case .up: isUp = true
            case .message(let message): session.handle(message)
            case .reset(let streams): for stream in streams { session.handleReset(stream) }
            case .lost(let reason): endReason = reason
            }
        }
        while let event = session.pollEvent() {
            switch event {
            case .opened(let stream, let opening): openings[stream] = opening
            case .message(let stream, let message):
                messages.append(
                    "\(openings[stream]?.protocolName ?? "-") \(String(decoding: message.bytes.prefix(20), as: UTF8.self))"
                )
            case .closed(let stream): messages.append("closed \(stream)")
            case .dropped(let reason): messages.append("dropped \(reason)")
            }
        }
        while let command = session.pollCommand() {
            switch command {
            case .send(let message): _ = association.send(message)
            case .reset(let stream): association.reset(stream)
            case .abort: association.close()
            }
        }
        association.flush()
    }
}

/// Clients and the plane, with what the workers do in between.
@SCTPActor
final class PlaneRoom {
    let plane: DataPlane
    var clients: [PlaneClient] = []
    /// Clients whose packets do not come through.
    var silent: Set<PeerID> = []
    var packets = 0

    init(limits: DataChannelLimits = DataChannelLimits()) {
        plane = DataPlane(limits: limits, wakes: [{}, {}])
    }

    func join(_ number: UInt64, _ name: String) async throws -> PlaneClient {
        let client = try PlaneClient(number)
        await plane.open(
            client.peer, named: name, in: RoomKey(1), worker: Int(number % 2), isDTLSClient: false, port: 5_000,
            maxMessageSize: 65_536)
        clients.append(client)
        return client
    }

    func run(until condition: () -> Bool) async -> Bool {
        for _ in 0..<4_000 {
            for client in clients {
                client.turn()
                var sent: [ApplicationPacket] = []
                while let packet = client.association.pollTransmit() {
                    if !silent.contains(client.peer) {
                        sent.append(ApplicationPacket(peer: client.peer, bytes: packet))
                    }
                }
                if !sent.isEmpty { plane.deliver(sent) }
            }
            for worker in 0..<2 {
                for packet in plane.takeOutgoing(worker: worker) where !silent.contains(packet.peer) {
                    packets += 1
                    #expect(packet.peer.rawValue % 2 == UInt64(worker))
                    clients.first { $0.peer == packet.peer }?.association.handle(packet.bytes)
                }
            }
            if condition() { return true }
            try? await Task.sleep(for: .milliseconds(2))
        }
        return false
    }

    func end() async {
        for client in clients { client.association.close() }
        await plane.stop()
    }
}

@Suite("The data plane")
struct DataPlaneTests {
    @SCTPActor
    @Test("From one participant's association through the router to another's, on another worker")
    func through() async throws {
        let room = PlaneRoom()
        let ada = try await room.join(1, "ada"), ben = try await room.join(2, "ben")
        #expect(await room.run { ada.isUp && ben.isUp })
        let chat = ada.session.open(ChannelOpening(label: "chat")) ?? .max
        for text in ["one", "two"] {
            _ = ada.session.send(ChannelMessage(isText: true, bytes: Array(text.utf8)), on: chat)
        }
        _ = ada.session.send(ChannelMessage(isText: false, bytes: [UInt8](repeating: 120, count: 65_536)), on: chat)
        #expect(await room.run { ben.messages.count == 3 })
        #expect(ben.messages == ["from:ada one", "from:ada two", "from:ada " + String(repeating: "x", count: 20)])
        let figures = await room.plane.statistics(of: ben.peer)
        #expect(figures?.isConnected == true && figures?.messagesOut == 3 && figures?.bytesOut == 65_542)
        // Ada leaves: the channel that carried her messages ends at Ben.
        await room.plane.remove(ada.peer)
        #expect(await room.run { ben.messages.last == "closed 1" })
        #expect(await room.plane.statistics(of: ada.peer) == nil)
        #expect(room.plane.packetsLost == 0)
        await room.end()
    }

    @SCTPActor
    @Test("A receiver that takes nothing is ended with a reason, and the sender does not notice")
    func slowReceiver() async throws {
        var limits = DataChannelLimits()
        limits.maxBuffered = 500_000
        limits.byteBurst = 10_000_000
        let room = PlaneRoom(limits: limits)
        let ada = try await room.join(1, "ada"), ben = try await room.join(2, "ben")
        #expect(await room.run { ada.isUp && ben.isUp })
        let chat = ada.session.open(ChannelOpening(label: "chat")) ?? .max
        room.silent = [ben.peer]
        var reason: String?
        for _ in 0..<40 where reason == nil {
            _ = ada.session.send(ChannelMessage(isText: false, bytes: [UInt8](repeating: 1, count: 50_000)), on: chat)
            _ = await room.run { ada.association.bufferedBytes == 0 }
            reason = await room.plane.statistics(of: ben.peer)?.endReason
        }
        #expect(reason == "The participant took its messages too slowly.")
        #expect(await room.plane.statistics(of: ben.peer)?.drops["slowReceiver"] == 1)
        #expect(await room.plane.statistics(of: ada.peer)?.isConnected == true)
        // What told Ben of the end did not get through either; he learns of it with the next that he sends.
        #expect(ben.endReason == nil)
        room.silent = []
        let answer = ben.session.open(ChannelOpening(label: "chat")) ?? .max
        _ = ben.session.send(ChannelMessage(isText: true, bytes: Array("hello?".utf8)), on: answer)
        #expect(await room.run { ben.endReason != nil })
        #expect(await room.plane.statistics(of: ben.peer)?.endReason == reason)
        await room.end()
    }

    @SCTPActor
    @Test("Packets of peers that have negotiated nothing make nothing")
    func unknown() async throws {
        let room = PlaneRoom()
        let client = try PlaneClient(7)
        room.clients = [client]
        _ = await room.run { room.packets > 0 || client.isUp || client.session.count > 0 || ranOnce(&client.messages) }
        #expect(room.packets == 0 && !client.isUp)
        #expect(await room.plane.statistics(of: client.peer) == nil)
        await room.end()
    }

    private func ranOnce(_ log: inout [String]) -> Bool {
        log.append("turn")
        return log.count > 50
    }
}

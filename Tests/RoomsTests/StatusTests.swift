import Engine
import Foundation
import Logging
import Testing
import Wire

@testable import Rooms

/// What an operator sees, and how the server ends.
struct StatusTests {
    private func json(_ value: some Encodable) throws -> JSONValue {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return try JSONParser.parse(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    @Test func roomsAreListed() async throws {
        let conference = Conference()
        _ = try await conference.join("Ada", room: "b")
        _ = try await conference.join("Bob", room: "b")
        _ = try await conference.join("Cyd", room: "a")
        let rooms = try json(await conference.registry.rooms()).array
        #expect(rooms.map { $0["name"]?.string } == ["a", "b"])
        #expect(rooms.map { $0["participantCount"]?.integer } == [1, 2])
        #expect(rooms[0]["createdAt"]?.string == "2026-01-01T00:00:00.000Z")
        #expect(rooms[0]["participants"] == nil)
    }

    @Test func aRoomIsShownWithLiveFigures() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada", identity: "ada@example")
        let bob = try await conference.join("Bob")
        try await conference.connectMedia(of: ada)
        let room = try json(await conference.registry.room(named: "standup"))
        let shown = try #require(room["participants"]?[0])
        #expect(shown["id"]?.string == ada.id)
        #expect(shown["identity"]?.string == "ada@example")
        #expect(shown["state"]?.string == "connected")
        #expect(shown["address"]?.string == "198.51.100.7")
        #expect(shown["userAgent"]?.string == "test")
        #expect(shown["tracks"]?[0]?["source"]?.string == "microphone")
        #expect(shown["tracks"]?[0]?["flowing"]?.bool == false)
        #expect(shown["slots"]?["assigned"]?[0]?["participant"]?.string == bob.id)
        #expect(shown["media"]?["ice"]?.string == "connected")
        #expect(shown["media"]?["drops"]?["no-subscriber"]?.integer == 3)
        // Tracks have the names that clients know, not the media plane's numbers.
        #expect(shown["media"]?["uplinks"]?[0]?["track"] == shown["tracks"]?[0]?["id"])
        #expect(shown["media"]?["downlinks"]?[0]?["track"] == shown["slots"]?["assigned"]?[0]?["track"])
        #expect(await conference.registry.room(named: "nowhere") == nil)

        let one = await conference.registry.participant(try #require(bob.id), inRoom: "standup")
        #expect(one?.name == "Bob")
        #expect(await conference.registry.participant("p-x", inRoom: "standup") == nil)
    }

    @Test func theServerIsCounted() async throws {
        let conference = Conference()
        _ = try await conference.join("Ada")
        let bob = try await conference.join("Bob", room: "other")
        _ = try await conference.connect()
        await bob.session.connectionLost()
        await conference.pass(.seconds(2))
        let server = try json(await conference.registry.server())
        #expect(server["rooms"]?.integer == 2)
        #expect(server["participants"]?.integer == 2)
        #expect(server["reconnecting"]?.integer == 1)
        #expect(server["connections"]?.integer == 2)
        #expect(server["roomsCreated"]?.integer == 2)
        #expect(server["uptimeSeconds"] == .number("2"))
        #expect(server["workers"]?[0]?["port"]?.integer == 40_000)
        #expect(server["draining"]?.bool == false)
    }

    @Test func mediaThatArrivesIsShown() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let peer = try await conference.peer(of: ada)
        let publication = try #require(
            conference.plane.snapshot.peers[peer]?.configuration?.publications["1"])
        try await conference.media(.publicationStarted(publication), of: ada)
        let shown = await conference.registry.participant(try #require(ada.id), inRoom: "standup")
        #expect(shown?.tracks.map(\.flowing) == [false, true])
    }

    @Test func shutdownSaysGoodbyeAndRecords() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob", room: "other")
        await bob.session.connectionLost()
        let idle = try await conference.connect()
        await conference.registry.shutdown(reason: "test")
        for client in [ada, idle] {
            #expect(client.events("goodbye").map { $0["reason"]?.string } == ["server-shutdown"])
            #expect(client.events("goodbye").first?["reconnect"]?.bool == true)
            #expect(client.sink.closing == .init(code: 1001, reason: "server-shutdown"))
        }
        let record = conference.recorder.snapshot
        #expect(record.endings.count == 2)
        #expect(record.endings.values.allSatisfy { $0.reason == .serverShutdown })
        #expect(record.endedRooms.count == 2)
        #expect(record.endedTracks.count == record.tracks.count)
        #expect(conference.plane.snapshot.peers.isEmpty)
        await #expect(throws: ConnectionRefusal.stopping) { try await conference.connect() }
        // What still runs out finds nothing to break.
        await ada.session.connectionLost()
        await idle.session.connectionLost()
        await conference.pass(.seconds(30))
        #expect(await conference.registry.server().connections == 0)
        conference.expectNoComplaints()
    }

    @Test func shutdownDoesNotWaitForAMediaPlaneThatHangs() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.connect()
        conference.plane.gate.close()
        let joining = Task { await bob.join("Bob") }
        await conference.plane.gate.somebodyWaits()
        let ending = Task { await conference.registry.shutdown(reason: "test") }
        while ada.sink.closing == nil || conference.clock.sleepers == 0 { await Task.yield() }
        conference.clock.advance(by: .milliseconds(1500))
        await ending.value
        #expect(conference.recorder.snapshot.endings.count == 1)
        #expect(bob.sink.closing?.code == 1001)
        // The join that was under way ends without having happened.
        conference.plane.gate.open()
        _ = await joining.value
        await conference.settle()
        #expect(conference.plane.snapshot.peers.isEmpty)
        #expect(conference.recorder.snapshot.sessions.count == 1)
        conference.expectNoComplaints()
    }

    @Test func roomsAreRestored() async throws {
        let conference = Conference()
        let record = RoomRecord(
            id: "r-1", name: "plan", displayName: "The plan", createdAt: WallTime(millisecondsSinceEpoch: 5))
        await conference.registry.restore([record, record])
        let ada = try await conference.connect()
        #expect(await ada.join("Ada", room: "plan", create: false)["roomName"]?.string == "The plan")
        #expect(conference.recorder.snapshot.sessions.values.map(\.roomID) == ["r-1"])
        #expect(await conference.registry.rooms().map(\.id) == ["r-1"])
    }

    @Test func restoredRoomsThatNobodyUsesGo() async throws {
        let conference = Conference()
        conference.recorder.roomCreated(
            RoomRecord(
                id: "r-1", name: "plan", displayName: nil, createdAt: WallTime(millisecondsSinceEpoch: 5)))
        await conference.registry.restore(Array(conference.recorder.snapshot.rooms.values))
        await conference.pass(.seconds(61))
        #expect(conference.recorder.snapshot.endedRooms == ["r-1"])
    }

    /// The registry's own loop, with the real clock: events arrive, deadlines come, and it ends when it is
    /// told to.
    @Test func theLoopRuns() async throws {
        let conference = Conference()
        let plane = FakeMediaPlane()
        var configuration = RoomsConfiguration()
        configuration.resumeGrace = .milliseconds(50)
        let registry = RoomRegistry(
            configuration: configuration, plane: plane, recorder: NoRecorder(),
            logger: .init(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let loop = Task { await registry.run() }
        let sink = MemorySink()
        let ada = TestClient(
            session: try await registry.connect(sink: sink, client: ClientInfo(address: nil, userAgent: nil)),
            sink: sink)
        #expect(await ada.join("Ada").type == "room-joined")
        let peer = try #require(plane.snapshot.peers.keys.first)
        plane.emit(.transport(ice: .connected, dtls: .connected, selected: nil), for: peer)
        try await conference.eventually { !ada.events("media-state").isEmpty }
        await ada.session.connectionLost()
        try await conference.eventually { plane.snapshot.peers.isEmpty }
        loop.cancel()
        await loop.value
    }
}

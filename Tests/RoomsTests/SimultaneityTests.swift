import Testing

@testable import Rooms

/// Operations that come while another one of the same room waits for the media plane.
struct SimultaneityTests {
    /// Starts joins while the media plane answers nobody, lets all of them come as far as they can, and then
    /// lets it answer.
    private func joinAtOnce(
        _ conference: Conference, _ requests: [(name: String, identity: String?)]
    ) async throws -> [(client: TestClient, reply: JSONValue)] {
        conference.plane.gate.close()
        return try await withThrowingTaskGroup(of: (TestClient, JSONValue).self) { group in
            for request in requests {
                group.addTask {
                    let client = try await conference.connect()
                    return (client, await client.join(request.name, identity: request.identity))
                }
            }
            await conference.plane.gate.somebodyWaits()
            await conference.settle()
            conference.plane.gate.open()
            return try await group.reduce(into: []) { $0.append((client: $1.0, reply: $1.1)) }
        }
    }

    @Test func oneIdentityIsInTheRoomOnce() async throws {
        let conference = Conference()
        let results = try await joinAtOnce(conference, (0..<5).map { ("Bob \($0)", "bob") })
        #expect(results.allSatisfy { $0.reply.type == "room-joined" })
        #expect(results.count { $0.client.sink.closing == nil } == 1)
        #expect(await conference.registry.server().participants == 1)
        #expect(conference.plane.snapshot.peers.count == 1)
        conference.expectNoComplaints()
    }

    @Test func theRoomHasItsLimitForAllOfThem() async throws {
        let conference = Conference { $0.maxParticipantsPerRoom = 2 }
        let results = try await joinAtOnce(conference, (0..<5).map { ("P\($0)", nil) })
        #expect(results.count { $0.reply.type == "room-joined" } == 2)
        #expect(results.count { $0.reply["code"]?.string == "room-full" } == 3)
        #expect(conference.plane.snapshot.peers.count == 2)
    }

    /// What an offer publishes is recorded at once, so that the end of the room in the middle of it ends it.
    @Test func theRoomIsClosedWhileSomebodyPublishes() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        ada.offer.sections.append(.sendVideo)
        ada.offer.sections[1] = .receiveVideo
        conference.plane.gate.close()
        let offering = Task { await ada.renegotiate() }
        await conference.plane.gate.somebodyWaits()
        let closing = Task { await conference.registry.close(room: "standup", message: nil) }
        try await conference.eventually { ada.sink.closing != nil }
        conference.plane.gate.open()
        _ = await offering.value
        #expect(await closing.value)
        let record = conference.recorder.snapshot
        #expect(record.tracks.count == 3)
        #expect(record.endedTracks == Set(record.tracks.keys))
        #expect(conference.plane.snapshot.peers.isEmpty)
        #expect(conference.counts == .init(sessions: 0, pending: 0))
        conference.expectNoComplaints()
    }

    @Test func theServerIsStoppedWhileSomebodyJoins() async throws {
        let conference = Conference()
        conference.plane.gate.close()
        let ada = try await conference.connect()
        let joining = Task { await ada.join("Ada") }
        await conference.plane.gate.somebodyWaits()
        await conference.registry.shutdown(reason: "test")
        #expect(ada.sink.closing?.code == 1001)
        conference.plane.gate.open()
        _ = await joining.value
        await ada.session.connectionLost()
        #expect(conference.plane.snapshot.peers.isEmpty)
        #expect(conference.recorder.snapshot.sessions.isEmpty)
        #expect(conference.counts == .init(sessions: 0, pending: 0))
        conference.expectNoComplaints()
    }

    /// A resume whose connection has gone while it waited does not take the place from a newer connection.
    @Test func aResumeThatCameTooLate() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let token = try #require(ada.token)
        await ada.session.connectionLost()
        let stale = try await conference.connect()
        let fresh = try await conference.connect()
        // Somebody else's join holds the room up.
        conference.plane.gate.close()
        let other = try await conference.connect()
        let joining = Task { await other.join("Bob") }
        await conference.plane.gate.somebodyWaits()
        let first = Task { await fresh.resume(token) }
        await conference.settle()
        let second = Task { await stale.resume(token) }
        await conference.settle()
        let losing = Task { await stale.session.connectionLost() }
        try await conference.eventually { stale.session.outlet.isClosed }
        conference.plane.gate.open()
        #expect(await first.value.type == "resumed")
        _ = await second.value
        await losing.value
        #expect(await joining.value.type == "room-joined")
        #expect(fresh.sink.closing == nil)
        #expect(await fresh.request("set-muted", ["mid": .string("0"), "muted": .bool(true)]).type == "ok")
        conference.expectNoComplaints()
    }

    /// A media plane that answers late and in any order finds the same mapping as the clients were told.
    @Test(arguments: 0..<6)
    func comingsAndGoingsAllAtOnce(round: Int) async throws {
        let conference = Conference()
        conference.plane.isSlow = true
        let clients = try await withThrowingTaskGroup(of: TestClient?.self) { group in
            for index in 0..<12 {
                group.addTask {
                    let client = try await conference.join("P\(index)", pairs: 3)
                    if index.isMultiple(of: 3) {
                        await client.request("leave-room")
                        return nil
                    }
                    if index.isMultiple(of: 2) {
                        client.offer.addPairs(1)
                        #expect(await client.renegotiate().type == "answer")
                    }
                    return client
                }
            }
            return try await group.reduce(into: [TestClient]()) { if let client = $1 { $0.append(client) } }
        }
        let snapshot = try #require(await conference.registry.room(named: "standup"))
        let participants = try #require(snapshot.participants)
        #expect(participants.count == 8)
        for participant in participants {
            let told = Dictionary(uniqueKeysWithValues: participant.slots.assigned.map { ($0.mid, $0.track) })
            let plane =
                participant.media?.downlinks.compactMap { slot in slot.track.map { (slot.mid, $0) } } ?? []
            #expect(told == Dictionary(uniqueKeysWithValues: plane))
            #expect(participant.slots.assigned.count + participant.slots.unassigned.count == 14)
            let client = try #require(clients.first { $0.id == participant.id })
            #expect(client.view.count == told.count)
            #expect(client.slots?["version"]?.integer == participant.slots.version)
        }
        conference.expectNoComplaints()
    }
}

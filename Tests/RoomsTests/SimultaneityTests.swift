import Engine
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

    /// A media plane that takes its time with one newcomer does not hold up the others, nor what else happens in the room.
    @Test func joinsDoNotWaitForEachOther() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        conference.plane.gate.close()
        let slow = try await conference.connect()
        let joining = Task { await slow.join("Slow") }
        await conference.plane.gate.somebodyWaits()
        #expect(await ada.request("set-muted", ["mid": .string("0"), "muted": .bool(true)]).type == "ok")
        let silent = try await conference.connect()
        silent.offer = OfferBuilder(pairs: 0, microphone: false, camera: false)
        #expect(await silent.join("Silent").type == "room-joined")
        #expect(await conference.registry.server().participants == 2)
        conference.plane.gate.open()
        #expect(await joining.value.type == "room-joined")
        #expect(slow.sink.messages.first?["participants"]?.array.count == 2)
        conference.expectNoComplaints()
    }

    /// Somebody publishes between a newcomer's slots being assigned and its coming in.
    @Test func whatIsPublishedWhileSomebodyComesIsInItsReply() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.connect()
        bob.offer = OfferBuilder(pairs: 4, microphone: false, camera: false)
        let door = try await conference.holdRoom()
        ada.offer.sections.append(.sendVideo)
        let offering = Task { await ada.renegotiate() }
        await conference.settle()
        let joining = Task { await bob.join("Bob") }
        try await conference.eventually { conference.listeningPeer?.value.slots.count == 2 }
        await conference.settle()
        door.open()
        #expect(await offering.value.type == "answer")
        #expect(await joining.value.type == "room-joined")
        let id = try #require(ada.id)
        #expect(bob.view.values.sorted() == ["\(id)/camera", "\(id)/microphone", "\(id)/screen"])
        #expect(bob.events("slots").isEmpty)
        conference.expectNoComplaints()
    }

    /// A room that nobody is in yet does not go while somebody is on the way into it.
    @Test func anEmptyRoomWaitsForWhoIsComing() async throws {
        let conference = Conference { $0.emptyRoomLifetime = .seconds(1) }
        conference.plane.gate.close()
        let ada = try await conference.connect()
        let joining = Task { await ada.join("Ada") }
        await conference.plane.gate.somebodyWaits()
        await conference.pass(.seconds(5))
        conference.plane.gate.open()
        #expect(await joining.value.type == "room-joined")
        #expect(await conference.registry.rooms().map(\.participantCount) == [1])
        #expect(conference.recorder.snapshot.endedRooms.isEmpty)
    }

    /// What the media plane says of a newcomer before it is in is not lost.
    @Test func whatIsReportedOfANewcomerIsHeardOnceItIsIn() async throws {
        let conference = Conference()
        _ = try await conference.join("Ada")
        let bob = try await conference.connect()
        bob.offer = OfferBuilder(pairs: 1, microphone: false, camera: false)
        let door = try await conference.holdRoom()
        let joining = Task { await bob.join("Bob") }
        try await conference.eventually { conference.listeningPeer?.value.slots.count == 2 }
        await conference.settle()
        let peer = try #require(conference.listeningPeer)
        let camera = try #require(peer.value.slots["1"])
        await conference.registry.handle(
            MediaEvent(peer: peer.key, kind: .withholding(mid: "1", publication: camera, reason: .bandwidth)))
        #expect(bob.sink.messages.isEmpty)
        door.open()
        #expect(await joining.value.type == "room-joined")
        #expect(bob.sink.messages.map(\.type) == ["room-joined", "track-paused"])
        conference.expectNoComplaints()
    }

    /// The format of what a newcomer could not decode changes before it is in: members alone are told of that.
    @Test func whatBecomesDecodableWhileSomebodyComesIsReceived() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let camera = try #require(conference.plane.snapshot.peers.values.first?.configuration?.publications["1"])
        conference.plane.change { $0.undecodable = [camera] }
        let door = try await conference.holdRoom()
        try await conference.media(.codecChanged(camera), of: ada)
        let ticking = Task { await conference.registry.tick() }
        await conference.settle()
        let bob = try await conference.connect()
        bob.offer = OfferBuilder(pairs: 1, microphone: false, camera: false)
        let joining = Task { await bob.join("Bob") }
        try await conference.eventually { conference.listeningPeer?.value.slots.count == 1 }
        await conference.settle()
        conference.plane.change { $0.undecodable = [] }
        door.open()
        await ticking.value
        #expect(await joining.value.type == "room-joined")
        let id = try #require(ada.id)
        #expect(bob.view == ["0": "\(id)/microphone", "1": "\(id)/camera"])
        conference.expectNoComplaints()
    }

    /// Somebody speaks before a newcomer is in: it gets to see who does all the same.
    @Test func whoSpeaksWhileSomebodyComesIsFollowed() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let cyd = try await conference.join("Cyd")
        let door = try await conference.holdRoom()
        let bob = try await conference.connect()
        bob.offer = OfferBuilder(pairs: 1, microphone: false, camera: false)
        let joining = Task { await bob.join("Bob") }
        try await conference.eventually { conference.listeningPeer?.value.slots.count == 2 }
        await conference.settle()
        try await conference.media(.audioLevel(level: -20, speaking: true), of: cyd)
        let ticking = Task { await conference.registry.tick() }
        await conference.settle()
        door.open()
        await ticking.value
        #expect(await joining.value.type == "room-joined")
        await conference.pass(.seconds(1))
        #expect(bob.view["1"] == "\(cyd.id ?? "?")/camera")
        #expect(ada.view.count == 2)
        conference.expectNoComplaints()
    }

    /// Two who come at the same time as the same one, while the room is busy: whoever enters last is the one.
    @Test func theSameIdentityPreparedTwiceIsInTheRoomOnce() async throws {
        let conference = Conference()
        _ = try await conference.join("Ada")
        let door = try await conference.holdRoom()
        let results = try await withThrowingTaskGroup(of: TestClient.self) { group in
            for number in 0..<3 {
                group.addTask {
                    let client = try await conference.connect()
                    #expect(await client.join("Bob \(number)", identity: "bob").type == "room-joined")
                    return client
                }
            }
            try await conference.eventually { conference.plane.snapshot.peers.count == 4 }
            await conference.settle()
            door.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count { $0.sink.closing == nil } == 1)
        #expect(conference.plane.snapshot.peers.count == 2)
        #expect(conference.counts == .init(sessions: 2, pending: 2))
        conference.expectNoComplaints()
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
        // Somebody else's offer holds the room up.
        let other = try await conference.join("Bob")
        conference.plane.gate.close()
        let offering = Task { await other.renegotiate() }
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
        #expect(await offering.value.type == "answer")
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

extension Conference {
    /// Keeps everything that is done one after the other in the room from happening, until the door is opened.
    fileprivate func holdRoom(_ name: String = "standup") async throws -> TestGate {
        let door = TestGate()
        door.close()
        let room = try await registry.room(forJoining: name, creating: false)
        Task { await room.wait(at: door) }
        await door.somebodyWaits()
        return door
    }

    /// The one peer that publishes nothing.
    fileprivate var listeningPeer: (key: PeerID, value: FakeMediaPlane.Peer)? {
        plane.snapshot.peers.first { $0.value.configuration?.publications.isEmpty ?? false }
    }
}

extension Room {
    fileprivate func wait(at door: TestGate) async { await exclusively { await door.pass() } }
}

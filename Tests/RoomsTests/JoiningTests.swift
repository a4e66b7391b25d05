import Testing

@testable import Rooms

/// Who comes in, what they are told, and what the others are told.
struct JoiningTests {
    @Test func theReplyHasEverything() async throws {
        let conference = Conference { $0.iceServers.stunURLs = ["stun:192.0.2.1:3478"] }
        let ada = try await conference.connect()
        let reply = await ada.join("Ada", identity: "ada@example")
        #expect(reply.type == "room-joined")
        #expect(reply["room"]?.string == "standup")
        #expect(reply["self"]?["name"]?.string == "Ada")
        #expect(reply["self"]?["identity"]?.string == "ada@example")
        #expect(reply["self"]?["state"]?.string == "connecting")
        #expect(reply["self"]?["joinedAt"]?.string == "2026-01-01T00:00:00.000Z")
        #expect(reply["self"]?["tracks"]?.array.map { $0["source"]?.string } == ["microphone", "camera"])
        #expect(reply["self"]?["tracks"]?.array.map { $0["mid"]?.string } == ["0", "1"])
        #expect(reply["participants"] == .array([]))
        #expect(reply["answer"]?["offerId"]?.integer == 1)
        #expect(
            reply["answer"]?["sdp"]?.string?.contains(
                "a=candidate:1 1 udp 2130706431 192.0.2.1 40000 typ host") == true)
        #expect(reply["slots"]?["version"]?.integer == 0)
        #expect(reply["slots"]?["assigned"] == .array([]))
        #expect(reply["iceServers"]?[0]?["urls"] == .array([.string("stun:192.0.2.1:3478")]))
        #expect(reply["resume"]?["graceSeconds"]?.integer == 20)
        #expect(reply["keepAlive"]?["intervalSeconds"]?.integer == 5)
        #expect(reply["keepAlive"]?["timeoutSeconds"]?.integer == 15)
        #expect(reply["limits"]?["maxAudioSlots"]?.integer == 16)
        #expect(reply["limits"]?["maxVideoSlots"]?.integer == 25)
        #expect(reply["limits"]?["maxParticipants"]?.integer == 100)
        #expect(reply["limits"]?["maxMessageBytes"]?.integer == 1_048_576)
        conference.expectNoComplaints()
    }

    @Test func twoSeeEachOther() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let adaID = try #require(ada.id)
        let bobID = try #require(bob.id)

        let joined = ada.events("user-joined")
        #expect(joined.map { $0["participant"]?["id"]?.string } == [bobID])
        #expect(joined.first?["participant"]?["tracks"]?[0]?["mid"] == nil)
        #expect(bob.events("user-joined").isEmpty)
        #expect(bob.sink.messages.first?["participants"]?.array.map { $0["id"]?.string } == [adaID])

        #expect(ada.view == ["2": "\(bobID)/microphone", "3": "\(bobID)/camera"])
        #expect(bob.view == ["2": "\(adaID)/microphone", "3": "\(adaID)/camera"])
        // Bob's slots are in the reply: no event is needed for them.
        #expect(bob.events("slots").isEmpty)
        #expect(ada.sink.messages.map(\.type) == ["room-joined", "user-joined", "slots"])
        conference.expectNoComplaints()
    }

    @Test func leavingIsToldAndRecorded() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let bobID = try #require(bob.id)
        #expect(await bob.request("leave-room").type == "ok")
        #expect(
            ada.events("user-left").map { [$0["participant"]?.string, $0["reason"]?.string] } == [
                [bobID, "left"]
            ])
        #expect(ada.view == [:])
        #expect(ada.unassigned.isEmpty)
        #expect(bob.sink.closing == nil)
        #expect(conference.plane.snapshot.peers.count == 1)
        #expect(conference.recorder.snapshot.endings[bobID] == .init(reason: .left, detail: nil))

        // The connection stays open; one may join again, as somebody new.
        bob.offerID = 0
        #expect(await bob.join("Bob").type == "room-joined")
        #expect(bob.id != bobID)
        conference.expectNoComplaints()
    }

    @Test func joiningWithoutAnOfferIsBeingThereWithoutMedia() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.connect()
        bob.offer = OfferBuilder(pairs: 0, microphone: false, camera: false)
        let reply = await bob.join("Bob")
        #expect(reply["answer"] == nil)
        #expect(reply["self"]?["state"]?.string == "connected")
        #expect(conference.plane.snapshot.peers.count == 1)

        // The peer connection comes with the first offer.
        bob.offer = OfferBuilder(pairs: 2)
        let answer = await bob.renegotiate()
        #expect(answer.type == "answer")
        #expect(bob.view.count == 2)
        #expect(ada.view.count == 2)
        #expect(ada.events("user-updated").last?["participant"]?["state"]?.string == "connecting")
        conference.expectNoComplaints()
    }

    @Test func theSameIdentityReplacesTheOlderSession() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let first = try await conference.join("Bob", identity: "bob")
        let firstID = try #require(first.id)
        let second = try await conference.join("Bob", identity: "bob")
        let secondID = try #require(second.id)

        #expect(first.events("goodbye").map { $0["reason"]?.string } == ["replaced"])
        #expect(first.events("goodbye").first?["reconnect"]?.bool == false)
        #expect(first.sink.closing == .init(code: 4000, reason: "replaced"))
        let told = ada.sink.messages.compactMap(\.type).filter { $0.hasPrefix("user-") }
        #expect(told == ["user-joined", "user-left", "user-joined"])
        #expect(ada.events("user-left").first?["reason"]?.string == "replaced")
        #expect(ada.view == ["2": "\(secondID)/microphone", "3": "\(secondID)/camera"])
        // The reply speaks of the older one nowhere, not even in the slots.
        #expect(second.sink.messages.first?["participants"]?.array.count == 1)
        #expect(second.sink.texts.first?.contains(firstID) == false)
        #expect(conference.recorder.snapshot.endings[firstID]?.reason == .replaced)
        #expect(conference.plane.snapshot.peers.count == 2)

        // Its end does not touch the new one.
        await first.session.connectionLost()
        await conference.pass(.seconds(30))
        #expect(conference.recorder.snapshot.endings[secondID] == nil)
        conference.expectNoComplaints()
    }

    @Test func aRefusedJoinReplacesNobody() async throws {
        let conference = Conference()
        let first = try await conference.join("Bob", identity: "bob")
        let second = try await conference.connect()
        let reply = await second.request(
            "join-room",
            [
                "room": .string("standup"), "name": .string("Bob"), "identity": .string("bob"),
                "offer": .object(["offerId": .integer(1), "sdp": .string("v=0\r\n")]),
            ])
        #expect(reply["code"]?.string == "bad-sdp")
        #expect(first.sink.closing == nil)
        #expect(conference.plane.snapshot.peers.count == 1)
    }

    @Test func oneIdentityMayBeInSeveralRooms() async throws {
        let conference = Conference()
        let first = try await conference.join("Bob", room: "one", identity: "bob")
        _ = try await conference.join("Bob", room: "two", identity: "bob")
        #expect(first.sink.closing == nil)
    }

    @Test func roomsDoNotHearOfEachOther() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada", room: "one")
        let bob = try await conference.join("Bob", room: "two")
        #expect(ada.events("user-joined").isEmpty)
        #expect(bob.view == [:])
        conference.expectNoComplaints()
    }

    @Test func createdRoomsAreJoinedByName() async throws {
        let conference = Conference()
        let ada = try await conference.connect()
        let created = await ada.request(
            "create-room", ["room": .string("plan"), "name": .string("The plan")])
        #expect(created.type == "room-created")
        #expect(created["name"]?.string == "The plan")
        #expect(await ada.request("create-room", ["room": .string("plan")])["code"]?.string == "room-exists")
        let reply = await ada.join("Ada", room: "plan", create: false)
        #expect(reply["roomName"]?.string == "The plan")

        let unnamed = await ada.request("create-room")
        let name = try #require(unnamed["room"]?.string)
        #expect(name.utf8.count == 14)
        #expect(unnamed["name"] == .null)
    }

    @Test func emptyRoomsGoAfterAWhileAndTheirNamesAreFreeAgain() async throws {
        let conference = Conference { $0.emptyRoomLifetime = .seconds(60) }
        let ada = try await conference.join("Ada")
        await ada.request("leave-room")
        await conference.pass(.seconds(59))
        #expect(await conference.registry.rooms().count == 1)
        await conference.pass(.seconds(2))
        #expect(await conference.registry.rooms().isEmpty)
        #expect(conference.recorder.snapshot.endedRooms.count == 1)
        let bob = try await conference.join("Bob")
        #expect(bob.room == "standup")
        #expect(conference.recorder.snapshot.rooms.count == 2)
        conference.expectNoComplaints()
    }

    @Test func aRoomThatIsUsedDoesNotGo() async throws {
        let conference = Conference { $0.emptyRoomLifetime = .seconds(1) }
        let ada = try await conference.join("Ada")
        try await conference.connectMedia(of: ada)
        await conference.pass(.seconds(50), pinging: ada)
        #expect(await conference.registry.rooms().count == 1)
    }

    @Test func joinsAtTheSameTimeAreAllSeen() async throws {
        let conference = Conference()
        let clients = try await withThrowingTaskGroup(of: TestClient.self) { group in
            for index in 0..<8 { group.addTask { try await conference.join("P\(index)", pairs: 8) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for client in clients {
            #expect(client.view.count == 14)
            let own = try #require(client.id)
            let others = Set(clients.compactMap(\.id)).subtracting([own])
            let known =
                client.sink.messages.first?["participants"]?.array.compactMap { $0["id"]?.string } ?? []
            let told = client.events("user-joined").compactMap { $0["participant"]?["id"]?.string }
            #expect((known + told).sorted() == others.sorted())
        }
        conference.expectNoComplaints()
    }
}

import Engine
import Testing
import Wire

@testable import Rooms

/// Every error code, and that an error harms nobody.
struct ErrorTests {
    @Test func everyCodeIsTestedOrExempt() {
        // `internal-error` is for the server's own mistakes, which nothing here makes on purpose.
        let tested: Set<String> = [
            "bad-json", "bad-message", "unknown-type", "message-too-large", "rate-limited", "bad-room-name",
            "bad-name",
            "room-exists", "room-not-found", "room-full", "too-many-rooms", "already-joined", "not-joined",
            "draining", "too-many-sessions", "not-allowed",
            "server-overloaded", "bad-sdp", "bad-offer", "stale-offer", "too-many-tracks",
            "unexpected-answer",
            "bad-candidate", "no-such-track", "no-such-participant", "participant-unreachable", "participant-busy",
            "resume-failed",
        ]
        #expect(Set(SignalingErrorCode.allCases.map(\.rawValue)).subtracting(tested) == ["internal-error"])
    }

    @Test func whatNeedsARoom() async throws {
        let conference = Conference()
        let ada = try await conference.connect()
        let offer: JSONObject = ["offerId": .integer(1), "sdp": .string(OfferBuilder(pairs: 1).sdp)]
        #expect(await ada.request("offer", offer)["code"]?.string == "not-joined")
        #expect(await ada.request("ice-candidate", ["candidate": .null])["code"]?.string == "not-joined")
        let mute: JSONObject = ["mid": .string("0"), "muted": .bool(true)]
        #expect(await ada.request("set-muted", mute)["code"]?.string == "not-joined")
        #expect(await ada.request("leave-room")["code"]?.string == "not-joined")
        #expect(conference.plane.snapshot.commands == 0)
    }

    @Test func aSecondJoin() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        #expect(await ada.join("Ada")["code"]?.string == "already-joined")
        #expect(await ada.join("Ada", room: "other")["code"]?.string == "already-joined")
        #expect(await conference.registry.rooms().map(\.name) == ["standup"])
    }

    @Test func aRoomThatIsNotThere() async throws {
        let conference = Conference()
        let ada = try await conference.connect()
        #expect(await ada.join("Ada", create: false)["code"]?.string == "room-not-found")
        let strict = Conference { $0.createsRoomsOnJoin = false }
        let bob = try await strict.connect()
        #expect(await bob.join("Bob")["code"]?.string == "room-not-found")
    }

    @Test(arguments: [
        "", " ", ".", "-a", "a b", "a/b", "ä", "a\u{0}", "a%20", String(repeating: "a", count: 65),
    ])
    func badRoomNames(name: String) async throws {
        let conference = Conference()
        let ada = try await conference.connect()
        #expect(await ada.join("Ada", room: name)["code"]?.string == "bad-room-name")
        #expect(await ada.request("create-room", ["room": .string(name)])["code"]?.string == "bad-room-name")
    }

    @Test(arguments: ["a", "A-1_b.c~d", "7", String(repeating: "a", count: 64)])
    func goodRoomNames(name: String) async throws {
        let conference = Conference()
        #expect(try await conference.join("Ada", room: name).room == name)
    }

    @Test(arguments: [
        "", "  \n", "a\u{7}b", "a\u{202E}b", "a\u{2028}b", String(repeating: "x", count: 65),
        "e" + String(repeating: "\u{301}", count: 300),
    ])
    func badNames(name: String) async throws {
        let conference = Conference()
        let ada = try await conference.connect()
        #expect(await ada.join(name)["code"]?.string == "bad-name")
        #expect(await ada.request("create-room", ["name": .string(name)])["code"]?.string == "bad-name")
        #expect(await conference.registry.rooms().isEmpty)
    }

    @Test func namesAreTrimmedAndOtherwiseKept() async throws {
        let conference = Conference()
        let ada = try await conference.connect()
        let reply = await ada.join(" Åsa 👩‍👩‍👧 O'Hara ")
        #expect(reply["self"]?["name"]?.string == "Åsa 👩‍👩‍👧 O'Hara")
    }

    @Test func badIdentities() async throws {
        let conference = Conference()
        let ada = try await conference.connect()
        #expect(await ada.join("Ada", identity: "")["code"]?.string == "bad-name")
        #expect(
            await ada.join("Ada", identity: String(repeating: "x", count: 129))["code"]?.string == "bad-name")
    }

    @Test func aFullRoom() async throws {
        let conference = Conference { $0.maxParticipantsPerRoom = 2 }
        _ = try await conference.join("Ada", identity: "ada")
        let bob = try await conference.join("Bob")
        let cyd = try await conference.connect()
        let reply = await cyd.join("Cyd")
        #expect(reply["code"]?.string == "room-full")
        #expect(reply["message"]?.string?.contains("at most 2 can be in it") == true)
        // Who is reconnecting keeps the place; who replaces takes none.
        await bob.session.connectionLost()
        #expect(await cyd.join("Cyd")["code"]?.string == "room-full")
        #expect(await cyd.join("Ada", identity: "ada").type == "room-joined")
        conference.expectNoComplaints()
    }

    @Test func tooManyRooms() async throws {
        let conference = Conference { $0.maxRooms = 1 }
        _ = try await conference.join("Ada", room: "one")
        let bob = try await conference.connect()
        #expect(await bob.join("Bob", room: "two")["code"]?.string == "too-many-rooms")
        #expect(await bob.request("create-room")["code"]?.string == "too-many-rooms")
        #expect(await bob.join("Bob", room: "one").type == "room-joined")
    }

    @Test func clientsMayNotMakeRooms() async throws {
        let conference = Conference { $0.clientsCreateRooms = false }
        let ada = try await conference.connect()
        #expect(await ada.request("create-room", ["room": .string("one")])["code"]?.string == "not-allowed")
        #expect(await conference.registry.rooms().isEmpty)
        // Joining has an option of its own, and the operator is no client.
        #expect(await ada.join("Ada", room: "two").type == "room-joined")
        #expect(try await conference.registry.createRoom(named: "three", displayName: nil).name == "three")
    }

    @Test func draining() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada", room: "one")
        await conference.registry.setDraining(true)
        let bob = try await conference.connect()
        #expect(await bob.join("Bob", room: "two")["code"]?.string == "draining")
        #expect(await bob.request("create-room")["code"]?.string == "draining")
        // What is going on goes on.
        #expect(await bob.join("Bob", room: "one").type == "room-joined")
        await ada.session.connectionLost()
        let back = try await conference.connect()
        #expect(await back.resume(try #require(ada.token)).type == "resumed")
        await conference.registry.setDraining(false)
        #expect(try await conference.join("Cyd", room: "two").room == "two")
    }

    @Test func anOverloadedServer() async throws {
        let conference = Conference()
        conference.plane.change { $0.refusal = .overloaded }
        let ada = try await conference.connect()
        #expect(await ada.join("Ada")["code"]?.string == "server-overloaded")
        conference.plane.change { $0.refusal = .stopped }
        #expect(await ada.join("Ada")["code"]?.string == "draining")
        conference.plane.change { $0.refusal = nil }
        #expect(await ada.join("Ada").type == "room-joined")
    }

    @Test(arguments: ["", "v=0", "hello", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio\r\n"])
    func sdpThatDoesNotParse(sdp: String) async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let reply = await ada.request("offer", ["offerId": .integer(2), "sdp": .string(sdp)])
        #expect(reply["code"]?.string == "bad-sdp")
        let bob = try await conference.connect()
        let join = await bob.request(
            "join-room",
            [
                "room": .string("standup"), "name": .string("Bob"),
                "offer": .object(["offerId": .integer(1), "sdp": .string(sdp)]),
            ])
        #expect(join["code"]?.string == "bad-sdp")
        #expect(conference.plane.snapshot.peers.count == 1)
        // Nothing has changed for the one who is in.
        #expect(await ada.renegotiate()["type"]?.string == "answer")
        conference.expectNoComplaints()
    }

    @Test func offersThatCannotBeAnswered() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada", pairs: 2)
        let before = ada.offer
        ada.offer.sections.removeLast()
        #expect(await ada.renegotiate()["code"]?.string == "bad-offer")
        ada.offer = before
        let noBundle = before.sdp.replacing("a=group:BUNDLE 0 1 2 3 4 5\r\n", with: "")
        let reply = await ada.request("offer", ["offerId": .integer(9), "sdp": .string(noBundle)])
        #expect(reply["code"]?.string == "bad-offer")
        let answer = await ada.renegotiate()
        #expect(answer.type == "answer", "\(answer.text)")
    }

    @Test func tracksThatDoNotMatchTheOffer() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        func offer(_ tracks: [(String, String)]) async -> JSONValue {
            ada.offerID += 1
            let list = tracks.map { JSONValue.object(["mid": .string($0.0), "source": .string($0.1)]) }
            return await ada.request(
                "offer",
                ["offerId": .integer(ada.offerID), "sdp": .string(ada.offer.sdp), "tracks": .array(list)])
        }
        #expect(await offer([("99", "camera")])["code"]?.string == "bad-offer")
        #expect(await offer([("2", "microphone")])["code"]?.string == "bad-offer")
        #expect(await offer([("0", "camera")])["code"]?.string == "bad-offer")
        #expect(await offer([("0", "microphone"), ("0", "microphone")])["code"]?.string == "bad-message")
        #expect(await offer([("0", "harmonica")])["code"]?.string == "bad-message")
        #expect(await offer([("0", "screen-audio"), ("1", "screen")]).type == "answer")
        conference.expectNoComplaints()
    }

    @Test func staleOffers() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        ada.offerID = 0
        #expect(await ada.renegotiate()["code"]?.string == "stale-offer")
        #expect(await ada.renegotiate().type == "answer")
        ada.offerID -= 1
        #expect(await ada.renegotiate()["code"]?.string == "stale-offer")
    }

    @Test func tooManyTracks() async throws {
        let conference = Conference { $0.maxTracksPerParticipant = 2 }
        let ada = try await conference.connect()
        ada.offer = OfferBuilder(pairs: 1)
        ada.offer.sections += [.sendVideo]
        #expect(await ada.join("Ada")["code"]?.string == "too-many-tracks")
        ada.offer.sections.removeLast()
        ada.offerID = 0
        #expect(await ada.join("Ada").type == "room-joined")
    }

    @Test func anAnswerForTheServer() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        #expect(await ada.request("answer", ["sdp": .string("v=0")])["code"]?.string == "unexpected-answer")
    }

    @Test func candidates() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        func candidate(_ text: String) async -> JSONValue {
            await ada.request("ice-candidate", ["candidate": .object(["candidate": .string(text)])])
        }
        #expect(await candidate("candidate:1 1 udp 2122260223 192.0.2.7 51234 typ host").type == "ok")
        #expect(
            await candidate("candidate:1 1 udp 2122260223 0fb2a5b3.local 51234 typ host generation 0").type
                == "ok")
        #expect(await candidate("").type == "ok")
        #expect(await ada.request("ice-candidate", ["candidate": .null]).type == "ok")
        #expect(
            await candidate("candidate:1 1 udp x 192.0.2.7 51234 typ host")["code"]?.string == "bad-candidate"
        )
        #expect(await ada.request("ice-candidate")["code"]?.string == "bad-message")
    }

    @Test func anOfferForARoomThatIsGone() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        #expect(await conference.registry.close(room: "standup", message: "Over."))
        #expect(ada.events("goodbye").first?["message"]?.string == "Over.")
        #expect(ada.sink.closing == .init(code: 4006, reason: "room-closed"))
        // On another connection there is nothing to offer to, and nothing to resume.
        let back = try await conference.connect()
        #expect(await back.resume(try #require(ada.token))["code"]?.string == "resume-failed")
        #expect(await back.renegotiate()["code"]?.string == "not-joined")
        conference.expectNoComplaints()
    }

    @Test func aRemovedParticipant() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let bobID = try #require(bob.id)
        #expect(await conference.registry.remove(participant: bobID, fromRoom: "standup", message: "Enough."))
        #expect(await !conference.registry.remove(participant: bobID, fromRoom: "standup", message: nil))
        #expect(await !conference.registry.remove(participant: bobID, fromRoom: "nowhere", message: nil))
        #expect(bob.sink.closing == .init(code: 4004, reason: "removed"))
        #expect(bob.events("goodbye").first?["message"]?.string == "Enough.")
        #expect(ada.events("user-left").map { $0["reason"]?.string } == ["removed"])
        #expect(conference.recorder.snapshot.endings[bobID] == .init(reason: .removed, detail: "Enough."))
        #expect(ada.view.isEmpty)
        conference.expectNoComplaints()
    }
}

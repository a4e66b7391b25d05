import Engine
import Testing

@testable import Rooms

/// Slots as the clients of a room experience them.
struct ConferenceSlotsTests {
    /// Everybody receives everybody, as far as the pairs go; the rest is said.
    @Test(arguments: [1, 2, 3, 5, 8, 12, 16, 17, 25, 26, 30])
    func everybodySeesEverybodyOrIsTold(count: Int) async throws {
        let conference = Conference()
        var clients: [TestClient] = []
        for index in 0..<count { clients.append(try await conference.join("P\(index)", pairs: 16)) }
        for client in clients {
            let own = try #require(client.id)
            #expect(client.view.count == min(count - 1, 16) * 2)
            #expect(client.unassigned.count == max(0, count - 17) * 2)
            #expect(!client.view.values.contains { $0.hasPrefix(own) })
            let audio = client.unassigned.filter { $0["kind"]?.string == "audio" }
            #expect(audio.allSatisfy { $0["reason"]?.string == "slot-limit" })
            let video = client.unassigned.filter { $0["kind"]?.string == "video" }
            #expect(video.allSatisfy { $0["reason"]?.string == "no-free-slot" })
            // A pair is one participant's: the audio m-line stands before its video m-line.
            for (mid, who) in client.view where who.hasSuffix("/microphone") {
                let next = String((Int(mid) ?? 0) + 1)
                #expect(client.view[next] == who.replacing("/microphone", with: "/camera"))
            }
        }
        conference.expectNoComplaints()
    }

    @Test func moreVideoThanAudio() async throws {
        let conference = Conference()
        let watcher = try await conference.connect()
        watcher.offer = OfferBuilder(pairs: 16, microphone: false, camera: false)
        watcher.offer.sections += [OfferBuilder.Section](repeating: .receiveVideo, count: 9)
        #expect(await watcher.join("Watcher").type == "room-joined")
        for index in 0..<26 { _ = try await conference.join("P\(index)", pairs: 0) }
        #expect(watcher.view.values.count { $0.hasSuffix("/microphone") } == 16)
        #expect(watcher.view.values.count { $0.hasSuffix("/camera") } == 25)
        let video = watcher.unassigned.filter { $0["kind"]?.string == "video" }
        #expect(video.map { $0["reason"]?.string } == ["slot-limit"])
    }

    @Test func sixteenJoinsAndLeavesWithoutOneRenegotiation() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada", pairs: 2)
        let peer = try await conference.peer(of: ada)
        var version = 0
        for round in 0..<16 {
            let guest = try await conference.join("Guest \(round)")
            let guestID = try #require(guest.id)
            #expect(ada.view == ["2": "\(guestID)/microphone", "3": "\(guestID)/camera"])
            let next = try #require(ada.slots?["version"]?.integer)
            #expect(next == version + 1)
            #expect(await guest.request("leave-room").type == "ok")
            #expect(ada.view == [:])
            version = try #require(ada.slots?["version"]?.integer)
            #expect(version == next + 1)
        }
        #expect(conference.plane.snapshot.peers[peer]?.applied == 1)
        #expect(conference.plane.snapshot.peers[peer]?.slots.isEmpty == true)
        #expect(ada.events("answer").isEmpty)
        conference.expectNoComplaints()
    }

    @Test func aFreedPairGoesToTheOneWhoWaitedLongest() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada", pairs: 1)
        let bob = try await conference.join("Bob")
        let cyd = try await conference.join("Cyd")
        _ = try await conference.join("Dan")
        let cydID = try #require(cyd.id)
        #expect(ada.unassigned.count == 4)
        await bob.request("leave-room")
        #expect(ada.view == ["2": "\(cydID)/microphone", "3": "\(cydID)/camera"])
        #expect(ada.unassigned.count == 2)
    }

    @Test func morePairsAreOfferedAndFilled() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada", pairs: 1)
        _ = try await conference.join("Bob")
        _ = try await conference.join("Cyd")
        #expect(ada.unassigned.map { $0["reason"]?.string } == ["no-free-slot", "no-free-slot"])
        let before = ada.view
        ada.offer.addPairs(1)
        let answer = await ada.renegotiate()
        #expect(answer.type == "answer")
        #expect(answer["offerId"]?.integer == 2)
        #expect(answer["slots"]?["unassigned"] == .array([]))
        #expect(ada.view.count == 4)
        #expect(before.allSatisfy { ada.view[$0.key] == $0.value })
        conference.expectNoComplaints()
    }

    @Test func aScreenIsPublishedAndTakenBack() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let bobID = try #require(bob.id)
        let before = bob.sink.messages.first?["self"]?["tracks"]
        bob.offer.sections += [.sendVideo, .sendAudio]
        let answer = await bob.renegotiate()
        #expect(answer["tracks"]?.array.count == 4)
        // What was published before goes on under the same names.
        #expect(before?.array.allSatisfy { answer["tracks"]?.array.contains($0) == true } == true)
        #expect(ada.view["5"] == "\(bobID)/screen")
        #expect(ada.view["4"] == "\(bobID)/screen-audio")
        let told = ada.events("user-updated").last?["participant"]?["tracks"]?.array
        #expect(
            told?.compactMap { $0["source"]?.string }.sorted() == [
                "camera", "microphone", "screen", "screen-audio",
            ])

        let screen = try #require(
            answer["tracks"]?.array.first { $0["source"]?.string == "screen" }?["id"]?.string)
        bob.offer.sections.replaceSubrange(10...11, with: [.receiveVideo, .receiveAudio])
        #expect(await bob.renegotiate().type == "answer")
        #expect(ada.view.count == 2)
        #expect(conference.recorder.snapshot.endedTracks.contains(screen))
        #expect(conference.recorder.snapshot.endedTracks.count == 2)
        conference.expectNoComplaints()
    }

    /// A camera that moves to another m-line in one offer is still the first one, and stays with its voice.
    @Test func aCameraOnAnotherMLineStaysOnItsPair() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada", pairs: 3)
        let bob = try await conference.join("Bob", pairs: 1)
        let bobID = try #require(bob.id)
        let before = ada.view
        bob.offer.sections[1] = .receiveVideo
        bob.offer.sections.append(.sendVideo)
        #expect(await bob.renegotiate().type == "answer")
        #expect(ada.view == before)
        #expect(ada.view == ["2": "\(bobID)/microphone", "3": "\(bobID)/camera"])
        conference.expectNoComplaints()
    }

    @Test func aLongQueueIsToldInParts() async throws {
        let conference = Conference { $0.maxPendingPerAddress = 100 }
        let ada = try await conference.join("Ada", pairs: 1)
        for index in 0..<26 { _ = try await conference.join("P\(index)", pairs: 0) }
        #expect(ada.unassigned.count == 50)
        #expect(ada.slots?["unassignedCount"]?.integer == 50)
        let told = ada.events("slots").count
        let last = try await conference.join("Last", pairs: 0)
        #expect(ada.events("slots").count == told)
        // The next mapping has the number right; the operator sees all of them.
        ada.offer.addPairs(1)
        let answer = await ada.renegotiate()
        #expect(answer["slots"]?["unassigned"]?.array.count == 50)
        #expect(answer["slots"]?["unassignedCount"]?.integer == 50)
        let id = try #require(ada.id)
        let snapshot = await conference.registry.participant(id, inRoom: "standup")
        #expect(snapshot?.slots.unassigned.count == 50)
        #expect(await last.request("leave-room").type == "ok")
        #expect(ada.unassigned.count == 48)
    }

    @Test func withoutTracksInTheOfferWhatWasPublishedStays() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        bob.offer.version = 2
        let answer = await bob.request("offer", ["offerId": .integer(2), "sdp": .string(bob.offer.sdp)])
        #expect(answer["tracks"]?.array.count == 2)
        #expect(ada.events("user-updated").isEmpty)
        // With an empty list nothing is published any more.
        let silent = await bob.request(
            "offer", ["offerId": .integer(3), "sdp": .string(bob.offer.sdp), "tracks": .array([])])
        #expect(silent["tracks"] == .array([]))
        #expect(ada.view == [:])
        #expect(conference.recorder.snapshot.endedTracks.count == 2)
    }

    @Test func whatCannotBeDecodedIsSaid() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let adaPeer = try await conference.peer(of: ada)
        let snapshot = conference.plane.snapshot
        let camera = try #require(snapshot.peers[adaPeer]?.configuration?.publications["1"])
        conference.plane.change { $0.undecodable = [camera] }
        let bob = try await conference.join("Bob")
        #expect(bob.unassigned.map { $0["reason"]?.string } == ["codec-not-supported"])
        #expect(bob.view.count == 1)
        // Nothing of it is left on the slot.
        let bobPeer = try await conference.peer(of: bob)
        #expect(conference.plane.snapshot.peers[bobPeer]?.slots["3"] == nil)
        conference.expectNoComplaints()
    }

    @Test func aRefusedMLineIsNotPublishedAndTheRestIs() async throws {
        let conference = Conference()
        let ada = try await conference.connect()
        ada.offer = OfferBuilder(pairs: 1, camera: false)
        ada.offer.sections += [.unknownCodec, .dataChannel]
        let reply = await ada.join("Ada")
        #expect(reply.type == "room-joined")
        #expect(reply["self"]?["tracks"]?.array.map { $0["source"]?.string } == ["microphone"])
        conference.expectNoComplaints()
    }

    @Test func anICERestartIsAnsweredWithFreshCredentials() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let peer = try await conference.peer(of: ada)
        let first = try #require(conference.plane.snapshot.peers[peer]?.configuration)
        _ = await ada.renegotiate()
        let second = try #require(conference.plane.snapshot.peers[peer]?.configuration)
        #expect(second.localCredentials == first.localCredentials)
        #expect(!second.session.iceRestarted)
        ada.offer.ufrag = "efgh"
        let answer = await ada.renegotiate()
        let third = try #require(conference.plane.snapshot.peers[peer]?.configuration)
        #expect(third.session.iceRestarted)
        #expect(third.localCredentials != first.localCredentials)
        #expect(
            answer["sdp"]?.string?.contains("a=ice-ufrag:\(third.localCredentials.usernameFragment)") == true)
        #expect(third.publications == first.publications)
    }

    @Test func mutingIsTold() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let track = try #require(bob.sink.messages.first?["self"]?["tracks"]?[0]?["id"]?.string)
        #expect(await bob.request("set-muted", ["track": .string(track), "muted": .bool(true)]).type == "ok")
        #expect(ada.events("user-updated").last?["participant"]?["tracks"]?[0]?["muted"]?.bool == true)
        #expect(await bob.request("set-muted", ["mid": .string("1"), "muted": .bool(true)]).type == "ok")
        #expect(ada.events("user-updated").last?["participant"]?["tracks"]?[1]?["muted"]?.bool == true)
        // What changes nothing is not told.
        let count = ada.events("user-updated").count
        #expect(await bob.request("set-muted", ["mid": .string("1"), "muted": .bool(true)]).type == "ok")
        #expect(ada.events("user-updated").count == count)
        #expect(bob.events("user-updated").isEmpty)
        // Somebody else's track is none of yours.
        let foreign = await ada.request("set-muted", ["track": .string(track), "muted": .bool(false)])
        #expect(foreign["code"]?.string == "no-such-track")
        // A renegotiation says it anew.
        _ = await bob.renegotiate()
        #expect(ada.events("user-updated").last?["participant"]?["tracks"]?[0]?["muted"]?.bool == false)
    }
}

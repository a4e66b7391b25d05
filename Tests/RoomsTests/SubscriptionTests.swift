import Engine
import Testing
import Wire

@testable import Rooms

/// What members do with what they receive, and what the server withholds from them.
struct SubscriptionTests {
    private let conference = Conference()

    private func wishes(of client: TestClient) async throws -> [String: SlotWish] {
        let peer = try await conference.peer(of: client)
        return conference.plane.snapshot.peers[peer]?.wishes ?? [:]
    }

    private func assigned(_ client: TestClient, _ source: String) throws -> (mid: String, track: String) {
        let mappings = client.sink.messages.compactMap { $0.type == "slots" ? $0 : $0["slots"] }
        let entry = try #require(mappings.last?["assigned"]?.array.first { $0["source"]?.string == source })
        return (try #require(entry["mid"]?.string), try #require(entry["track"]?.string))
    }

    private func settings(_ track: String, _ fields: JSONObject) -> JSONObject {
        var entry: JSONObject = ["track": .string(track)]
        for member in fields.members { entry.append(member.name, member.value) }
        return ["tracks": .array([.object(entry)])]
    }

    @Test func settingsReachTheSlotOfTheirTrack() async throws {
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let camera = try assigned(ada, "camera")
        #expect(try await wishes(of: ada) == [:])
        #expect(
            await ada.request(
                "subscription-settings", settings(camera.track, ["maxHeight": .integer(360)])
            ).type == "ok")
        #expect(try await wishes(of: ada) == [camera.mid: SlotWish(maximumHeight: 360)])
        _ = await ada.request("subscription-settings", settings(camera.track, ["visible": .bool(false)]))
        #expect(try await wishes(of: ada) == [camera.mid: SlotWish(isVisible: false)])
        // The stage is somebody, not a track; what was said of the track stays.
        _ = await ada.request("subscription-settings", ["onStage": .array([.string(try #require(bob.id))])])
        let both = try await wishes(of: ada)
        #expect(both[camera.mid] == SlotWish(standing: .onStage, isVisible: false))
        #expect(both[try assigned(ada, "microphone").mid]?.standing == .onStage)
        _ = await ada.request("subscription-settings", ["onStage": .array([])])
        #expect(try await wishes(of: ada)[camera.mid] == SlotWish(isVisible: false))
        conference.expectNoComplaints()
    }

    @Test func settingsOfATrackFollowItToAnotherSlot() async throws {
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let camera = try assigned(ada, "camera")
        _ = await ada.request("subscription-settings", settings(camera.track, ["paused": .bool(true)]))
        #expect(try await wishes(of: ada)[camera.mid]?.isPaused == true)
        // Somebody else on the slot begins with the default.
        await bob.request("leave-room")
        #expect(try await wishes(of: ada) == [:])
        _ = try await conference.join("Cyd")
        #expect(try assigned(ada, "camera").mid == camera.mid)
        #expect(try await wishes(of: ada) == [:])
        conference.expectNoComplaints()
    }

    @Test func whoSpeaksIsServedBeforeTheRest() async throws {
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let camera = try assigned(ada, "camera")
        try await conference.media(.audioLevel(level: -20, speaking: true), of: bob)
        await conference.pass(.milliseconds(500))
        #expect(try await wishes(of: ada)[camera.mid] == SlotWish(standing: .speaker))
        conference.expectNoComplaints()
    }

    @Test func whatIsWithheldIsToldAndToldAgainAfterAResumption() async throws {
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let camera = try assigned(ada, "camera")
        let peer = try await conference.peer(of: ada)
        let publication = try #require(conference.plane.snapshot.peers[peer]?.slots[camera.mid])
        try await conference.media(
            .withholding(mid: camera.mid, publication: publication, reason: .bandwidth), of: ada)
        let paused = try #require(ada.events("track-paused").last)
        #expect(paused["track"]?.string == camera.track)
        #expect(paused["mid"]?.string == camera.mid)
        #expect(paused["participant"]?.string == bob.id)
        #expect(paused["reason"]?.string == "bandwidth")
        #expect(bob.events("track-paused").isEmpty)

        let again = try await conference.connect()
        #expect(await again.resume(try #require(ada.token)).type == "resumed")
        #expect(again.events("track-paused").map { $0["track"]?.string } == [camera.track])
        try await conference.media(.withholding(mid: camera.mid, publication: publication, reason: nil), of: again)
        #expect(again.events("track-resumed").map { $0["track"]?.string } == [camera.track])
        // A word on what is not there any more is nobody's news.
        try await conference.media(
            .withholding(mid: camera.mid, publication: PublicationID(1), reason: .serverLoad), of: again)
        #expect(again.events("track-paused").count == 1)
    }

    @Test func publishersHearWhichLayersAreNeeded() async throws {
        let ada = try await conference.join("Ada")
        let peer = try await conference.peer(of: ada)
        let configuration = try #require(conference.plane.snapshot.peers[peer]?.configuration)
        let (mid, publication) = try #require(configuration.publications.max { $0.value.rawValue < $1.value.rawValue })
        try await conference.media(.layersNeeded(publication, .encodings(rids: ["q"])), of: ada)
        let event = try #require(ada.events("publisher-layers").last)
        #expect(event["mid"]?.string == mid)
        #expect(event["rids"]?.array.map(\.string) == ["q"])
        let again = try await conference.connect()
        _ = await again.resume(try #require(ada.token))
        #expect(again.events("publisher-layers").count == 1)
    }

    @Test func publishersHearHowManyLayersWithinAStreamAreNeeded() async throws {
        let ada = try await conference.join("Ada")
        let peer = try await conference.peer(of: ada)
        let configuration = try #require(conference.plane.snapshot.peers[peer]?.configuration)
        let (mid, publication) = try #require(configuration.publications.max { $0.value.rawValue < $1.value.rawValue })
        try await conference.media(.layersNeeded(publication, .spatial(count: 1)), of: ada)
        let event = try #require(ada.events("publisher-layers").last)
        #expect(event["mid"]?.string == mid && event["spatialLayers"]?.integer == 1 && event["rids"] == nil)
        let again = try await conference.connect()
        _ = await again.resume(try #require(ada.token))
        #expect(again.events("publisher-layers").last?["spatialLayers"]?.integer == 1)
    }

    @Test(arguments: [
        ["tracks": .array([.object(["track": .integer(1)])])], [:], ["onStage": .string("Bob")],
        ["tracks": .array([.object(["track": .string("t"), "maxHeight": .string("x")])])],
        ["onStage": .array([.integer(1)])], ["lastN": .string("9")], ["lastN": .integer(-1)],
    ] as [JSONObject])
    func nonsenseIsRefused(fields: JSONObject) async throws {
        let ada = try await conference.join("Ada")
        #expect(await ada.request("subscription-settings", fields)["code"]?.string == "bad-message")
    }

    @Test func onlyMembersHaveSettings() async throws {
        let stranger = try await conference.connect()
        #expect(
            await stranger.request("subscription-settings", ["onStage": .array([])])["code"]?.string == "not-joined")
    }
}

import Engine
import Testing
import Wire

@testable import Rooms

/// What the media plane reports, and what the members hear of it.
struct MediaTests {
    @Test func theTransportsStateIsTold() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let address = SocketAddress(ip: try #require(IPAddress("203.0.113.5")), port: 50_000)
        try await conference.media(.transport(ice: .checking, dtls: .new, selected: nil), of: bob)
        try await conference.media(.transport(ice: .connected, dtls: .connecting, selected: address), of: bob)
        #expect(ada.events("user-updated").isEmpty)
        try await conference.media(.transport(ice: .connected, dtls: .connected, selected: address), of: bob)
        try await conference.media(.transport(ice: .connected, dtls: .connected, selected: address), of: bob)
        #expect(
            bob.events("media-state").map { "\($0["ice"]?.string ?? "")/\($0["dtls"]?.string ?? "")" } == [
                "checking/new", "connected/connecting", "connected/connected",
            ])
        #expect(ada.events("media-state").isEmpty)
        #expect(ada.events("user-updated").map { $0["participant"]?["state"]?.string } == ["connected"])
        #expect(
            conference.recorder.snapshot.updates[try #require(bob.id)] == [
                .connected(address: "203.0.113.5:50000")
            ])
        // A later one hears it in the list.
        let cyd = try await conference.join("Cyd")
        let states = cyd.sink.messages.first?["participants"]?.array.map { $0["state"]?.string }
        #expect(states == ["connecting", "connected"])
    }

    @Test func anInterruptionIsReconnecting() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        try await conference.connectMedia(of: bob)
        try await conference.media(.transport(ice: .disconnected, dtls: .connected, selected: nil), of: bob)
        #expect(ada.events("user-updated").last?["participant"]?["state"]?.string == "reconnecting")
        try await conference.connectMedia(of: bob)
        #expect(ada.events("user-updated").last?["participant"]?["state"]?.string == "connected")
    }

    @Test func failedMediaEndsTheSessionAfterTheGrace() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let bobID = try #require(bob.id)
        try await conference.media(.failed("No check arrived."), of: bob)
        #expect(ada.events("user-updated").last?["participant"]?["state"]?.string == "reconnecting")
        await conference.pass(.seconds(14), pinging: ada, bob)
        #expect(bob.sink.closing == nil)
        await conference.pass(.seconds(2), pinging: ada, bob)
        #expect(bob.events("goodbye").first?["reason"]?.string == "media-failed")
        #expect(bob.events("goodbye").first?["reconnect"]?.bool == true)
        #expect(bob.sink.closing?.code == 4005)
        #expect(ada.events("user-left").map { $0["reason"]?.string } == ["media-failed"])
        #expect(
            conference.recorder.snapshot.endings[bobID]
                == .init(reason: .mediaFailed, detail: "No check arrived."))
        let late = try await conference.connect()
        #expect(await late.resume(try #require(bob.token))["code"]?.string == "resume-failed")
        conference.expectNoComplaints()
    }

    @Test func anICERestartInTimeSavesTheSession() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        try await conference.connectMedia(of: ada)
        try await conference.media(.transport(ice: .failed, dtls: .connected, selected: nil), of: ada)
        try await conference.media(.failed("Consent ran out."), of: ada)
        await conference.pass(.seconds(10), pinging: ada)
        // The restart gets the whole grace again, for it takes time.
        ada.offer.ufrag = "efgh"
        #expect(await ada.renegotiate().type == "answer")
        await conference.pass(.seconds(10))
        #expect(ada.sink.closing == nil)
        await ada.request("ping")
        try await conference.connectMedia(of: ada)
        await conference.pass(.seconds(40), pinging: ada)
        #expect(ada.sink.closing == nil)
        #expect(conference.recorder.snapshot.endings.isEmpty)
    }

    @Test func whoLostBothHasTheResumeGraceAndThenTheOther() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        try await conference.connectMedia(of: bob)
        try await conference.media(.failed("Consent ran out."), of: bob)
        await bob.session.connectionLost()
        await conference.pass(.seconds(18), pinging: ada)
        let back = try await conference.connect()
        let reply = await back.resume(try #require(bob.token))
        #expect(reply["self"]?["state"]?.string == "reconnecting")
        // From here it has the whole time to restart ICE.
        await conference.pass(.seconds(14), pinging: ada, back)
        #expect(back.sink.closing == nil)
        await conference.pass(.seconds(1), pinging: ada, back)
        #expect(ada.events("user-left").map { $0["reason"]?.string } == ["media-failed"])
        conference.expectNoComplaints()
    }

    @Test func whoIsMutedDoesNotSpeak() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        try await conference.connectMedia(of: bob)
        try await conference.media(.audioLevel(level: -20, speaking: true), of: bob)
        await conference.pass(.milliseconds(200))
        #expect(ada.events("speakers").last?["levels"]?[0]?["speaking"]?.bool == true)
        await bob.request("set-muted", ["mid": .string("0"), "muted": .bool(true)])
        // Measured before, told after.
        try await conference.media(.audioLevel(level: -20, speaking: true), of: bob)
        await conference.pass(.milliseconds(200))
        #expect(ada.events("speakers").last?["levels"]?[0]?["speaking"]?.bool == false)
    }

    @Test func whoIsInterruptedDoesNotSpeak() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        try await conference.connectMedia(of: bob)
        try await conference.media(.audioLevel(level: -20, speaking: true), of: bob)
        try await conference.media(.transport(ice: .disconnected, dtls: .connected, selected: nil), of: bob)
        await conference.pass(.milliseconds(200))
        #expect(ada.events("speakers").last?["levels"]?[0]?["speaking"]?.bool == false)
    }

    @Test func speakersAreTold() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let bobID = try #require(bob.id)
        try await conference.media(.audioLevel(level: -20, speaking: true), of: bob)
        #expect(
            ada.events("speakers").map(\.text) == [
                #"{"type":"speakers","active":"\#(bobID)","levels":[{"participant":"\#(bobID)","level":-20,"speaking":true}]}"#
            ])
        #expect(bob.events("speakers").count == 1)
        // At most every 200 ms, and what came in between is not lost.
        try await conference.media(.audioLevel(level: -30, speaking: true), of: bob)
        #expect(ada.events("speakers").count == 1)
        await conference.pass(.milliseconds(200))
        #expect(ada.events("speakers").count == 2)
        #expect(ada.events("speakers").last?["levels"]?[0]?["level"]?.integer == -30)
        // Muting is silence at once.
        await bob.request("set-muted", ["mid": .string("0"), "muted": .bool(true)])
        await conference.pass(.milliseconds(200))
        #expect(ada.events("speakers").last?["levels"]?[0]?["speaking"]?.bool == false)
        await conference.pass(.seconds(1))
        #expect(ada.events("speakers").last?["active"] == .null)
    }

    @Test func whoHasLeftIsNotHeardOf() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let peer = try await conference.peer(of: bob)
        await bob.request("leave-room")
        let count = ada.sink.texts.count
        await conference.registry.handle(MediaEvent(peer: peer, kind: .audioLevel(level: -3, speaking: true)))
        await conference.registry.handle(MediaEvent(peer: peer, kind: .failed("late")))
        await conference.registry.handle(MediaEvent(peer: PeerID(0), kind: .failed("nobody")))
        await conference.registry.handle(MediaEvent(peer: PeerID(.max), kind: .failed("nobody")))
        await conference.pass(.seconds(1))
        #expect(ada.sink.texts.count == count)
        conference.expectNoComplaints()
    }
}

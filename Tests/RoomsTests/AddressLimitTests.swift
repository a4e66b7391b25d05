import Engine
import Testing
import Wire

@testable import Rooms

/// How many participants one address may have, and how many of them without a transport.
struct AddressLimitTests {
    private func join(
        _ conference: Conference, from address: String, room: String = "standup", identity: String? = nil,
        offering: Bool = true
    ) async throws -> (client: TestClient, code: String?) {
        let client = try await conference.connect(address: address)
        client.offer = OfferBuilder(pairs: offering ? 1 : 0, microphone: offering, camera: offering)
        let reply = await client.join("N", room: room, identity: identity)
        return (client, reply["code"]?.string)
    }

    @Test func participantsAreCountedOverAllRooms() async throws {
        let conference = Conference { $0.maxSessionsPerAddress = 2 }
        let first = try await join(conference, from: "198.51.100.1", room: "one")
        #expect(try await join(conference, from: "198.51.100.1", room: "two").code == nil)
        let third = try await join(conference, from: "198.51.100.1", room: "three")
        #expect(third.code == "too-many-sessions")
        #expect(third.client.sink.messages.last?["message"]?.string?.contains("at most 2 can be in calls") == true)
        #expect(try await join(conference, from: "198.51.100.2", room: "three").code == nil)
        // Who is reconnecting keeps the place; who leaves gives it back.
        await first.client.session.connectionLost()
        #expect(await third.client.join("N", room: "three")["code"]?.string == "too-many-sessions")
        await conference.pass(.seconds(20))
        await conference.registry.tick()
        let again = try await join(conference, from: "198.51.100.1", room: "three")
        #expect(again.code == nil)
        conference.expectNoComplaints()
    }

    @Test func anIPv6NetworkIsOneAddress() async throws {
        let conference = Conference { $0.maxSessionsPerAddress = 1 }
        #expect(try await join(conference, from: "2001:db8::1").code == nil)
        #expect(try await join(conference, from: "2001:db8::ffff:2").code == "too-many-sessions")
        #expect(try await join(conference, from: "2001:db8:0:1::1").code == nil)
    }

    @Test func whoReplacesItselfNeedsNoFurtherPlace() async throws {
        let conference = Conference {
            $0.maxSessionsPerAddress = 1
            $0.maxPendingPerAddress = 1
        }
        for _ in 0..<5 {
            #expect(try await join(conference, from: "198.51.100.1", identity: "ada").code == nil)
            #expect(conference.counts == .init(sessions: 1, pending: 1))
        }
        #expect(try await join(conference, from: "198.51.100.1").code == "too-many-sessions")
        // From elsewhere the place there counts.
        #expect(try await join(conference, from: "198.51.100.2", identity: "ada").code == nil)
        #expect(try await join(conference, from: "198.51.100.1").code == nil)
        #expect(conference.counts == .init(sessions: 2, pending: 2))
    }

    @Test func transportsThatAreNotUpAreCounted() async throws {
        let conference = Conference { $0.maxPendingPerAddress = 1 }
        let ada = try await join(conference, from: "198.51.100.1")
        let bob = try await join(conference, from: "198.51.100.1", room: "two")
        #expect(bob.code == "too-many-sessions")
        #expect(bob.client.sink.messages.last?["message"]?.string?.contains("connecting") == true)
        // Without an offer there is nothing to connect; the first offer is counted then.
        let cyd = try await join(conference, from: "198.51.100.1", offering: false)
        #expect(cyd.code == nil)
        cyd.client.offer = OfferBuilder(pairs: 1)
        #expect(await cyd.client.renegotiate()["code"]?.string == "too-many-sessions")
        #expect(conference.plane.snapshot.peers.count == 1)

        try await conference.connectMedia(of: ada.client)
        #expect(await cyd.client.renegotiate().type == "answer")
        // Who was up once is not counted again.
        try await conference.media(
            .transport(ice: .disconnected, dtls: .connected, selected: nil), of: ada.client)
        #expect(conference.counts == .init(sessions: 2, pending: 1))
        try await conference.connectMedia(of: cyd.client)
        #expect(conference.counts == .init(sessions: 2, pending: 0))
        conference.expectNoComplaints()
    }

    @Test func whatIsRefusedLeavesNothing() async throws {
        let conference = Conference {
            $0.maxPendingPerAddress = 1
            $0.maxParticipantsPerRoom = 1
        }
        conference.plane.change { $0.refusal = .overloaded }
        #expect(try await join(conference, from: "198.51.100.1").code == "server-overloaded")
        #expect(conference.counts == .init(sessions: 0, pending: 0))
        let silent = try await join(conference, from: "198.51.100.1", offering: false)
        silent.client.offer = OfferBuilder(pairs: 1)
        #expect(await silent.client.renegotiate()["code"]?.string == "server-overloaded")
        #expect(conference.counts == .init(sessions: 1, pending: 0))
        conference.plane.change { $0.refusal = nil }
        let broken = await silent.client.request("offer", ["offerId": .integer(9), "sdp": .string("v=0\r\n")])
        #expect(broken["code"]?.string == "bad-sdp")
        #expect(conference.counts == .init(sessions: 1, pending: 0))
        #expect(try await join(conference, from: "198.51.100.1").code == "room-full")
        #expect(conference.counts == .init(sessions: 1, pending: 0))
    }

    @Test func whoResumesElsewhereIsCountedThere() async throws {
        let conference = Conference { $0.maxSessionsPerAddress = 1 }
        let ada = try await join(conference, from: "198.51.100.1").client
        await ada.session.connectionLost()
        let back = try await conference.connect(address: "198.51.100.2")
        #expect(await back.resume(try #require(ada.token)).type == "resumed")
        #expect(try await join(conference, from: "198.51.100.2").code == "too-many-sessions")
        #expect(try await join(conference, from: "198.51.100.1").code == nil)
        #expect(conference.counts == .init(sessions: 2, pending: 2))
    }

    @Test func aTransportThatNeverComesUpEndsTheSession() async throws {
        let conference = Conference()
        let ada = try await join(conference, from: "198.51.100.1").client
        await conference.pass(.seconds(42), pinging: ada)
        #expect(ada.sink.closing == nil)
        await conference.pass(.seconds(4))
        #expect(ada.sink.closing?.reason == "media-failed")
        let ending = conference.recorder.snapshot.endings[try #require(ada.id)]
        #expect(ending?.reason == .mediaFailed)
        #expect(ending?.detail == "The media transport was not up within 30 seconds.")
        #expect(conference.counts == .init(sessions: 0, pending: 0))
    }

    @Test func aTransportThatIsUpInTimeStays() async throws {
        let conference = Conference()
        let ada = try await join(conference, from: "198.51.100.1").client
        // After the first grace, within the second one.
        await conference.pass(.seconds(42), pinging: ada)
        try await conference.connectMedia(of: ada)
        await conference.pass(.seconds(42), pinging: ada)
        #expect(ada.sink.closing == nil)
    }

    @Test func shutdownGivesEverythingBack() async throws {
        let conference = Conference()
        for index in 0..<6 {
            #expect(try await join(conference, from: "198.51.100.1", room: "r\(index % 3)").code == nil)
        }
        #expect(conference.counts == .init(sessions: 6, pending: 6))
        await conference.registry.shutdown(reason: "test")
        #expect(conference.counts == .init(sessions: 0, pending: 0))
    }
}

extension Conference {
    struct Counts: Equatable {
        var sessions: Int
        var pending: Int
    }

    /// What is claimed by all addresses together.
    var counts: Counts {
        Counts(sessions: registry.context.sessions.total, pending: registry.context.handshakes.total)
    }
}

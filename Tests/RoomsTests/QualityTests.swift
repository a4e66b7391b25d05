import Engine
import Foundation
import Testing
import Wire

@testable import Congestion
@testable import Rooms

/// How good everybody's connection is: judged by what the media plane measures, shown, and told when it changes.
struct QualityTests {
    /// Two members with media; Ada's microphone and camera flow.
    private func pair() async throws -> (Conference, TestClient, TestClient, PeerID) {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        try await conference.connectMedia(of: ada)
        try await conference.connectMedia(of: bob)
        let peer = try await conference.peer(of: ada)
        let publications = try #require(conference.plane.snapshot.peers[peer]?.configuration?.publications)
        for publication in publications.values {
            try await conference.media(.publicationStarted(publication), of: ada)
        }
        return (conference, ada, bob, peer)
    }

    /// Lets looks pass in which `arrived` packets come of each of a peer's tracks, and `lost` do not.
    private func look(
        _ conference: Conference, at peer: PeerID, times: Int = 1, arrived: UInt64 = 100, lost: Int64 = 0,
        pinging clients: [TestClient]
    ) async throws {
        for _ in 0..<times {
            conference.plane.change { state in
                for mid in state.peers[peer]?.configuration?.publications.keys.map({ $0 }) ?? [] {
                    state.received[peer, default: [:]][mid, default: LayerStatistics()].packets += arrived
                    state.received[peer, default: [:]][mid, default: LayerStatistics()].lost += lost
                }
            }
            for client in clients { await client.request("ping") }
            await conference.pass(.seconds(2))
        }
    }

    @Test func lossOnTheWayUpIsToldToEverybodyAndShown() async throws {
        let (conference, ada, bob, peer) = try await pair()
        try await look(conference, at: peer, times: 3, pinging: [ada, bob])
        #expect(bob.events("connection-quality").isEmpty)
        try await look(conference, at: peer, arrived: 70, lost: 30, pinging: [ada, bob])
        for client in [ada, bob] {
            let message = try #require(client.events("connection-quality").first)
            #expect(message["participant"]?.string == ada.id)
            #expect(message["quality"]?["level"]?.string == "poor")
            #expect(message["quality"]?["reasons"]?[0]?.string == "uplink-loss")
        }
        let shown = await conference.registry.participant(try #require(ada.id), inRoom: "standup")?.quality
        #expect(shown?.level == "poor")
        #expect(shown?.reasons == ["uplink-loss"])
        let score = try #require(shown?.score)
        #expect((1..<3).contains(score))
        // Whoever comes later is told with the room.
        let cyd = try await conference.connect()
        let reply = await cyd.join("Cyd", room: "standup")
        #expect(reply["participants"]?[0]?["quality"]?["level"]?.string == "poor")

        try await look(conference, at: peer, times: 2, pinging: [ada, bob])
        let told = bob.events("connection-quality")
        #expect(told.allSatisfy { $0["quality"]?["level"]?.string == "poor" })
        try await look(conference, at: peer, times: 6, pinging: [ada, bob])
        let last = try #require(bob.events("connection-quality").last)
        #expect(last["quality"]?["level"]?.string == "good")
        conference.expectNoComplaints()
    }

    @Test func aScoreThatMovesIsToldThoughTheLevelStays() async throws {
        let (conference, ada, bob, peer) = try await pair()
        try await look(conference, at: peer, times: 3, pinging: [ada, bob])
        #expect(bob.events("connection-quality").isEmpty)
        var told: [Double] {
            bob.events("connection-quality").compactMap { Double($0["quality"]?["score"]?.text ?? "") }
        }
        var shown: Double {
            get async throws {
                let id = try #require(ada.id)
                return try #require(await conference.registry.participant(id, inRoom: "standup")?.quality?.score)
            }
        }
        // Poor, then poorer: the level is the same.
        try await look(conference, at: peer, times: 3, arrived: 80, lost: 20, pinging: [ada, bob])
        #expect(told.count == 1)
        try await look(conference, at: peer, times: 3, arrived: 40, lost: 60, pinging: [ada, bob])
        #expect(told.count == 2)
        #expect(told.last == (try await shown))
        #expect(bob.events("connection-quality").allSatisfy { $0["quality"]?["level"]?.string == "poor" })
        // On the way up it is half a point each look, and told every other.
        let before = told.count
        try await look(conference, at: peer, times: 20, pinging: [ada, bob])
        #expect(told.count - before <= 10)
        #expect(abs(try #require(told.last) - (try await shown)) < 0.5)
        #expect(told.last ?? 0 > 4)
    }

    @Test func whatStopsComingIsLostUnlessItIsMuted() async throws {
        let (conference, ada, bob, peer) = try await pair()
        try await look(conference, at: peer, times: 3, pinging: [ada, bob])
        let id = try #require(ada.id)
        let tracks = try #require(await conference.registry.participant(id, inRoom: "standup")).tracks
        for track in tracks { await ada.request("set-muted", ["track": .string(track.id), "muted": .bool(true)]) }
        try await look(conference, at: peer, times: 3, arrived: 0, pinging: [ada, bob])
        #expect(bob.events("connection-quality").isEmpty)
        // Unmuted just before a look: nothing of it may have come yet.
        for track in tracks { await ada.request("set-muted", ["track": .string(track.id), "muted": .bool(false)]) }
        try await look(conference, at: peer, arrived: 0, pinging: [ada, bob])
        #expect(bob.events("connection-quality").isEmpty)
        try await look(conference, at: peer, arrived: 0, pinging: [ada, bob])
        #expect(bob.events("connection-quality").map { $0["quality"]?["level"]?.string } == ["lost"])
        #expect(bob.events("connection-quality").first?["quality"]?["reasons"]?[0]?.string == "no-media")
    }

    @Test func aTransportThatIsInterruptedIsLost() async throws {
        let (conference, ada, bob, peer) = try await pair()
        try await look(conference, at: peer, times: 3, pinging: [ada, bob])
        try await conference.media(.transport(ice: .disconnected, dtls: .connected, selected: nil), of: ada)
        try await look(conference, at: peer, pinging: [ada, bob])
        let told = try #require(bob.events("connection-quality").first)
        #expect(told["quality"]?.text == #"{"score":1.0,"level":"lost","reasons":["disconnected"]}"#)
    }

    @Test func nothingIsKnownBeforeTheTransportIsUp() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        await conference.pass(.seconds(5))
        let shown = await conference.registry.participant(try #require(ada.id), inRoom: "standup")
        #expect(shown != nil)
        #expect(shown?.quality == nil)
    }

    @Test func oneOnAPairOfSlotsThatIsWithheldIsLittleBandwidth() async throws {
        let (conference, ada, bob, peer) = try await pair()
        let bobsPeer = try await conference.peer(of: bob)
        try await look(conference, at: peer, times: 2, pinging: [ada, bob])
        let slots = conference.plane.snapshot.peers[bobsPeer]?.slots ?? [:]
        let slot = try #require(slots.max { $0.key < $1.key })
        try await conference.media(
            .withholding(mid: slot.key, publication: slot.value, reason: .bandwidth), of: bob)
        try await look(conference, at: peer, pinging: [ada, bob])
        let told = ada.events("connection-quality").filter { $0["participant"]?.string == bob.id }
        #expect(told.map { $0["quality"]?["reasons"]?[0]?.string } == ["low-bandwidth"])
        // With whoever was on the slot it is over: somebody else who comes onto it may well have room.
        await ada.request("leave-room")
        let cyd = try await conference.join("Cyd")
        try await conference.connectMedia(of: cyd)
        let cydsPeer = try await conference.peer(of: cyd)
        try await look(conference, at: cydsPeer, times: 12, pinging: [bob, cyd])
        let last = cyd.events("connection-quality").last { $0["participant"]?.string == bob.id }
        #expect(last?["quality"]?["level"]?.string == "good")
    }
}

import Testing
import Wire

@testable import Rooms

/// What everybody in a large room is told.
struct AnnouncementsTests {
    /// A room so large that what is announced waits for company.
    private func largeRoom() async throws -> (Conference, [TestClient]) {
        let conference = Conference { $0.maxParticipantsPerRoom = 200 }
        var clients: [TestClient] = []
        for number in 0...Announcements.smallRoom + 4 {
            clients.append(try await conference.join("guest \(number)", pairs: 0))
        }
        await conference.pass(.seconds(1))
        return (conference, clients)
    }

    private func joined(_ client: TestClient) -> [String] {
        client.events("user-joined").compactMap { $0["participant"]?["id"]?.string }
    }

    @Test func reachesEverybodyOnceAndInOrder() async throws {
        let (conference, clients) = try await largeRoom()
        for (place, client) in clients.enumerated() {
            let later = clients[(place + 1)...].compactMap(\.id)
            try await conference.eventually { self.joined(client).count == later.count }
            #expect(joined(client) == later)
        }
        conference.expectNoComplaints()
    }

    @Test func theFirstLeavesAtOnceAndThoseThatFollowTogether() async throws {
        let (conference, clients) = try await largeRoom()
        let before = joined(clients[0]).count
        _ = try await conference.join("first", pairs: 0)
        #expect(joined(clients[0]).count == before + 1)
        _ = try await conference.join("second", pairs: 0)
        _ = try await conference.join("third", pairs: 0)
        #expect(joined(clients[0]).count == before + 1)
        try await conference.eventually { conference.clock.sleepers > 0 }
        await conference.pass(.milliseconds(500))
        try await conference.eventually { self.joined(clients[0]).count == before + 3 }
    }

    @Test func nobodyHearsFromAMemberBeforeItHasHeardOfIt() async throws {
        let (conference, clients) = try await largeRoom()
        _ = try await conference.join("first", pairs: 0)
        let newcomer = try await conference.join("second", pairs: 0)
        let target = try #require(clients[0].id)
        await newcomer.request("offer", ["target": .string(target), "sdp": .string("v=0")])
        let types = clients[0].sink.messages.suffix(2).compactMap { $0["type"]?.string }
        #expect(types == ["user-joined", "offer"])
        // And nobody hears it twice.
        await conference.pass(.milliseconds(500))
        await conference.settle()
        #expect(Set(joined(clients[0])).count == joined(clients[0]).count)
    }

    @Test func whoResumesHasTheStateAndHearsOnlyWhatFollows() async throws {
        let (conference, clients) = try await largeRoom()
        _ = try await conference.join("first", pairs: 0)
        let waiting = try await conference.join("second", pairs: 0)
        let resumed = try await conference.connect()
        let reply = await resumed.request("resume", ["token": .string(try #require(clients[0].token))])
        #expect(reply.text.contains(try #require(waiting.id)))
        await conference.pass(.milliseconds(500))
        await conference.settle()
        #expect(joined(resumed).isEmpty)
    }
}

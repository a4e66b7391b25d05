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

    /// A room of people who publish nothing.
    private func audience() async throws -> (Conference, [TestClient]) {
        let conference = Conference { $0.maxParticipantsPerRoom = 200 }
        var clients: [TestClient] = []
        for number in 0...Announcements.smallRoom + 4 { clients.append(try await listener(number, in: conference)) }
        await conference.pass(.seconds(1))
        return (conference, clients)
    }

    private func listener(_ number: Int, in conference: Conference) async throws -> TestClient {
        let client = try await conference.connect()
        client.offer = OfferBuilder(pairs: 1, microphone: false, camera: false)
        try #require(await client.join("listener \(number)").type == "room-joined")
        return client
    }

    @Test func whoPublishesNothingIsToldOfLaterAndNotAlone() async throws {
        let (conference, clients) = try await audience()
        let before = joined(clients[0]).count
        _ = try await listener(100, in: conference)
        _ = try await listener(101, in: conference)
        #expect(joined(clients[0]).count == before + 1)
        try await conference.eventually { conference.clock.sleepers > 0 }
        // A publisher would have been told of after a quarter of that.
        conference.clock.advance(by: .milliseconds(Int64(clients.count) / 2))
        await conference.settle()
        #expect(joined(clients[0]).count == before + 1)
        // Whoever publishes takes along what waits.
        let publisher = try await conference.join("publisher", pairs: 0)
        #expect(joined(clients[0]).count == before + 3)
        #expect(joined(clients[0]).last == publisher.id)
        conference.expectNoComplaints()
    }

    @Test func whoComesAndIsConnectedSoonIsOneMessage() async throws {
        let (conference, clients) = try await audience()
        _ = try await listener(100, in: conference)
        let second = try await listener(101, in: conference)
        // One has heard of it alone, before it is connected.
        let sender = try await listener(102, in: conference)
        await sender.request("offer", ["target": .string(try #require(clients[1].id)), "sdp": .string("v=0")])
        try await conference.connectMedia(of: second)
        try await conference.eventually { conference.clock.sleepers > 0 }
        await conference.pass(.seconds(2))
        func told(_ client: TestClient) -> [[String?]] {
            client.sink.messages.filter { $0["participant"]?["id"]?.string == second.id }.map {
                [$0.type, $0["participant"]?["state"]?.string]
            }
        }
        try await conference.eventually { !told(clients[0]).isEmpty }
        #expect(told(clients[0]) == [["user-joined", "connected"]])
        #expect(told(clients[1]) == [["user-joined", "connecting"], ["user-updated", "connected"]])
        #expect(told(second).isEmpty)
        conference.expectNoComplaints()
    }

    // MARK: The lines alone

    private func view(_ member: String, _ state: String) -> Announcements.View {
        .init(member: member, joined: "joined \(member) \(state)", updated: "updated \(member) \(state)")
    }

    @Test func thoseWhoHaveHeardTheSameShareWhatFollows() {
        var announcements = Announcements()
        func unheard(from number: UInt64, by member: String = "bob") -> SharedMessages? {
            announcements.unheard(from: number, by: member)
        }
        announcements.append("one", except: nil)
        announcements.append("two", except: "ada")
        let (bob, cyd) = (unheard(from: 0), unheard(from: 0, by: "cyd"))
        #expect(bob === cyd)
        #expect(bob?.texts == ["one", "two"])
        #expect(unheard(from: 0, by: "ada")?.texts == ["one"])
        #expect(unheard(from: 1, by: "ada") == nil)
        #expect(unheard(from: 1)?.texts == ["two"])
        announcements.append("three", except: nil)
        #expect(unheard(from: 0)?.texts == ["one", "two", "three"])
        announcements.noteTold(at: .zero)
        #expect(unheard(from: 0) == nil)
        announcements.append("four", except: nil)
        #expect(unheard(from: 0)?.texts == ["four"])
    }

    @Test func aViewTakesThePlaceOfThoseNotHeard() {
        var announcements = Announcements()
        announcements.append(view("x", "1"), isJoin: true)
        announcements.append("between", except: nil)
        announcements.append(view("x", "2"), isJoin: false)
        announcements.append(view("y", "1"), isJoin: false)
        announcements.append(view("x", "3"), isJoin: false)
        func heard(from number: UInt64, by member: String = "bob") -> [String] {
            announcements.unheard(from: number, by: member)?.texts ?? []
        }
        #expect(heard(from: 0) == ["joined x 3", "between", "updated y 1"])
        #expect(heard(from: 1) == ["between", "updated x 3", "updated y 1"])
        #expect(heard(from: 3) == ["updated y 1", "updated x 3"])
        #expect(heard(from: 4) == ["updated x 3"])
        #expect(heard(from: 0, by: "x") == ["between", "updated y 1"])
        #expect(heard(from: 0, by: "y") == ["joined x 3", "between"])
        // What has been told is told no more, and replaced no more.
        announcements.noteTold(at: .zero)
        announcements.append(view("x", "4"), isJoin: false)
        #expect(heard(from: 5) == ["updated x 4"])
    }

    @Test func whatIsPromptDoesNotWaitForWhatIsCalm() {
        var announcements = Announcements()
        let start = Timestamp(nanoseconds: 1_000_000_000)
        func schedule(
            _ urgency: Announcements.Urgency, after interval: Interval = .zero, members: Int = 1_000
        ) -> Timestamp? { announcements.schedule(urgency, at: start + interval, members: members) }
        #expect(schedule(.calm) == start)
        announcements.noteTold(at: start)
        #expect(schedule(.calm) == start + .seconds(1))
        #expect(schedule(.calm) == nil)
        #expect(schedule(.prompt) == start + .milliseconds(250))
        #expect(announcements.due == start + .milliseconds(250))
        announcements.noteTold(at: start + .milliseconds(250))
        #expect(announcements.due == nil)
        #expect(schedule(.calm, after: .seconds(9), members: 5_000) == start + .seconds(9))
        announcements.noteTold(at: start + .seconds(9))
        #expect(schedule(.calm, after: .seconds(9), members: 5_000) == start + .seconds(11))
        #expect(schedule(.prompt, after: .seconds(9), members: 5_000) == start + .milliseconds(9_500))
    }
}

import Testing
import Wire

@testable import Rooms

/// Connections as such: keep-alive, rates, full outboxes, limits, frames that are refused.
struct ConnectionTests {
    @Test func silenceIsTakenForGone() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        await conference.pass(.seconds(15), pinging: ada)
        await conference.pass(.seconds(1))
        #expect(bob.events("goodbye").map { $0["reason"]?.string } == ["keep-alive-timeout"])
        #expect(bob.sink.closing == .init(code: 4002, reason: "keep-alive-timeout"))
        try await conference.eventually {
            ada.events("user-updated").last?["participant"]?["state"]?.string == "reconnecting"
        }
        #expect(ada.sink.closing == nil)
        // The place is kept.
        let back = try await conference.connect()
        #expect(await back.resume(try #require(bob.token)).type == "resumed")
    }

    @Test func pongsCountAsLife() async throws {
        let conference = Conference()
        let ada = try await conference.connect()
        for _ in 0..<10 {
            ada.session.noteActivity()
            await conference.pass(.seconds(10))
        }
        #expect(ada.sink.closing == nil)
    }

    @Test func pingsAreAnswered() async throws {
        let conference = Conference()
        let ada = try await conference.connect()
        await ada.session.receive(text: #"{"type":"ping","id":"x-1"}"#)
        #expect(ada.sink.texts == [#"{"type":"pong","id":"x-1"}"#])
    }

    @Test func aFloodIsRefusedThenCutOff() async throws {
        let conference = Conference {
            $0.messagesPerSecond = 10
            $0.messageBurst = 20
        }
        let ada = try await conference.connect()
        for _ in 0..<20 { #expect(await ada.request("ping").type == "pong") }
        #expect(await ada.request("ping")["code"]?.string == "rate-limited")
        // With patience it goes on.
        conference.clock.advance(by: .milliseconds(100))
        #expect(await ada.request("ping").type == "pong")
        #expect(await ada.request("ping")["code"]?.string == "rate-limited")
        for _ in 0..<20 { await ada.request("ping") }
        #expect(ada.sink.closing == .init(code: 4003, reason: "rate-limited"))
        #expect(ada.events("goodbye").count == 1)
        let count = ada.sink.texts.count
        for _ in 0..<20 { await ada.request("ping") }
        #expect(ada.sink.texts.count == count)
    }

    @Test func aFloodOfRubbishIsCutOffToo() async throws {
        let conference = Conference { $0.messageBurst = 20 }
        let ada = try await conference.connect()
        for _ in 0..<100 { await ada.session.receive(text: "][") }
        #expect(ada.sink.closing?.code == 4003)
        #expect(ada.sink.texts.count < 50)
    }

    @Test func whoDoesNotReadIsCutOffAndTheOthersAreNotHeldUp() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        bob.sink.stall()
        let cyd = try await conference.join("Cyd")
        #expect(bob.sink.closing == .init(code: 4001, reason: "slow-consumer"))
        #expect(ada.events("user-joined").count == 2)
        try await conference.eventually {
            ada.events("user-updated").last?["participant"]?["state"]?.string == "reconnecting"
        }
        #expect(cyd.view.count == 4)
        // The place is kept.
        let back = try await conference.connect()
        #expect(await back.resume(try #require(bob.token)).type == "resumed")
        #expect(back.view.count == 4)
        conference.expectNoComplaints()
    }

    @Test func whoDoesNotReadRepliesIsCutOff() async throws {
        let conference = Conference()
        let ada = try await conference.connect(sink: MemorySink(capacity: 3))
        for _ in 0..<3 { await ada.request("ping") }
        #expect(ada.sink.closing == nil)
        await ada.request("ping")
        #expect(ada.sink.closing?.code == 4001)
    }

    @Test func tooLargeMessagesAreRefusedAndClosed() async throws {
        let conference = Conference { $0.maxMessageBytes = 100 }
        let ada = try await conference.connect()
        let fitting = #"{"type":"ping","id":1,"x":""#
        await ada.session.receive(
            text: fitting + String(repeating: "x", count: 98 - fitting.utf8.count) + #""}"#)
        #expect(ada.sink.messages.last?.type == "pong")
        await ada.session.receive(
            text: fitting + String(repeating: "x", count: 99 - fitting.utf8.count) + #""}"#)
        #expect(ada.sink.messages.last?["code"]?.string == "message-too-large")
        #expect(ada.sink.messages.last?["id"] == .null)
        #expect(ada.sink.closing?.code == 1009)
    }

    @Test(
        arguments: [(FrameViolation.messageTooLarge, 1009), (.notUTF8, 1007), (.binary, 1003)]
            as [(FrameViolation, UInt16)])
    func framesThatAreNotPassedOn(violation: FrameViolation, code: UInt16) async throws {
        let conference = Conference()
        let ada = try await conference.connect()
        await ada.session.refuse(violation)
        #expect(ada.sink.messages.map(\.type) == ["error"])
        #expect(ada.sink.closing?.code == code)
        #expect(violation.closeCode == code)
    }

    @Test func nothingIsSentAfterTheClose() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada", identity: "ada")
        _ = try await conference.join("Ada", identity: "ada")
        let count = ada.sink.texts.count
        #expect(ada.sink.messages.last?.type == "goodbye")
        await ada.request("ping")
        _ = try await conference.join("Bob")
        #expect(ada.sink.texts.count == count)
    }

    @Test func connectionsFromOneNetworkAreCounted() async throws {
        let conference = Conference { $0.maxConnectionsPerAddress = 2 }
        let first = try await conference.connect(address: "2001:db8::1")
        _ = try await conference.connect(address: "2001:db8::2")
        await #expect(throws: ConnectionRefusal.tooManyFromAddress) {
            try await conference.connect(address: "2001:db8::ffff:3")
        }
        let neighbour = IPAddress("2001:db8:0:1::1")
        #expect(await conference.registry.refusal(for: neighbour) == nil)
        #expect(await conference.registry.refusal(for: IPAddress("2001:db8::4")) == .tooManyFromAddress)
        await first.session.connectionLost()
        await first.session.connectionLost()
        _ = try await conference.connect(address: "2001:db8::3")
        #expect(await conference.registry.refusal(for: IPAddress("2001:db8::4")) == .tooManyFromAddress)
    }

    @Test func connectionsAreCounted() async throws {
        let conference = Conference { $0.maxConnections = 2 }
        _ = try await conference.connect(address: "198.51.100.1")
        let second = try await conference.connect(address: "198.51.100.2")
        await #expect(throws: ConnectionRefusal.tooManyConnections) {
            try await conference.connect(address: "198.51.100.3")
        }
        await second.session.connectionLost()
        #expect(await conference.registry.refusal(for: nil) == nil)
    }

    @Test func messagesOfOneConnectionAreWorkedOffInOrder() async throws {
        let conference = Conference()
        let ada = try await conference.connect()
        conference.plane.gate.close()
        let joining = Task { await ada.join("Ada") }
        await conference.plane.gate.somebodyWaits()
        let pinging = Task { await ada.session.receive(text: #"{"type":"ping","id":"later"}"#) }
        await conference.settle()
        #expect(ada.sink.texts.isEmpty)
        conference.plane.gate.open()
        _ = await joining.value
        await pinging.value
        #expect(ada.sink.messages.map(\.type) == ["room-joined", "pong"])
    }

    @Test func oneRoomDoesNotHoldUpAnother() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada", room: "one")
        conference.plane.gate.close()
        let bob = try await conference.connect()
        let joining = Task { await bob.join("Bob", room: "two") }
        await conference.plane.gate.somebodyWaits()
        #expect(await ada.request("set-muted", ["mid": .string("0"), "muted": .bool(true)]).type == "ok")
        await conference.registry.tick()
        #expect(await conference.registry.rooms().count == 2)
        conference.plane.gate.open()
        #expect(await joining.value.type == "room-joined")
    }
}

import Testing

@testable import Rooms

/// Messages that one member sends to another.
struct RelayTests {
    @Test(arguments: ["offer", "answer", "ice-candidate"])
    func areUntouchedButForTheSender(type: String) async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let adaID = try #require(ada.id)
        let bobID = try #require(bob.id)
        await ada.session.receive(
            text: """
                {"unknown":[1.50,{"deep":null}],"type":"\(type)","id":"r1","sdp":"v=0\\r\\n\\u00e9","target":"\(bobID)",\
                "candidate":null,"tracks":"anything","from":"p-forged"}
                """)
        #expect(ada.sink.messages.last == .object(["type": .string("ok"), "id": .string("r1")]))
        #expect(
            bob.sink.texts.last == """
                {"unknown":[1.50,{"deep":null}],"type":"\(type)","sdp":"v=0\\r\\né","from":"\(adaID)","candidate":null,\
                "tracks":"anything"}
                """)
    }

    @Test func stayWithinTheRoom() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada", room: "one")
        let bob = try await conference.join("Bob", room: "two")
        let bobID = try #require(bob.id)
        let reply = await ada.request("offer", ["target": .string(bobID), "sdp": .string("v=0")])
        #expect(reply["code"]?.string == "no-such-participant")
        #expect(bob.events("offer").isEmpty)
        // Nor to oneself.
        let own = await ada.request("offer", ["target": .string(try #require(ada.id))])
        #expect(own["code"]?.string == "no-such-participant")
    }

    @Test func needARoom() async throws {
        let conference = Conference()
        let ada = try await conference.connect()
        #expect(await ada.request("offer", ["target": .string("p-x")])["code"]?.string == "not-joined")
    }

    @Test func whoIsAwayIsUnreachable() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        await bob.session.connectionLost()
        let reply = await ada.request("offer", ["target": .string(try #require(bob.id))])
        #expect(reply["code"]?.string == "participant-unreachable")
    }

    @Test func whoFloodsIsToldSoAndOthersGetThrough() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let cyd = try await conference.join("Cyd")
        bob.sink.limitRelays(to: 2)
        let target: JSONObject = ["target": .string(try #require(bob.id))]
        for _ in 0..<2 { #expect(await ada.request("offer", target).type == "ok") }
        for type in ["offer", "answer", "ice-candidate"] {
            #expect(await ada.request(type, target)["code"]?.string == "participant-busy")
        }
        #expect(await cyd.request("ice-candidate", target).type == "ok")
        #expect(bob.sink.closing == nil)
        #expect(bob.events("offer").count == 2)
    }

    @Test func nobodyIsCutOffByWhatOthersSendThem() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        bob.sink.stall(after: 1)
        let target: JSONObject = ["target": .string(try #require(bob.id))]
        #expect(await ada.request("offer", target).type == "ok")
        #expect(await ada.request("offer", target)["code"]?.string == "participant-unreachable")
        #expect(bob.sink.closing == nil)
    }
}

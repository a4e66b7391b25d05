import Engine
import Testing
import Wire

@testable import Rooms

/// Connections that are lost, and what becomes of the participants on them.
struct ResumeTests {
    @Test func othersSeeReconnectingThenLeft() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let bobID = try #require(bob.id)
        await bob.session.connectionLost()
        #expect(ada.events("user-updated").last?["participant"]?["state"]?.string == "reconnecting")
        #expect(ada.view.count == 2)

        await conference.pass(.seconds(19), pinging: ada)
        #expect(ada.events("user-left").isEmpty)
        #expect(conference.plane.snapshot.peers.count == 2)
        await conference.pass(.seconds(1))
        #expect(ada.events("user-left").map { $0["reason"]?.string } == ["connection-lost"])
        #expect(ada.view.isEmpty)
        #expect(conference.plane.snapshot.peers.count == 1)
        #expect(conference.recorder.snapshot.endings[bobID]?.reason == .connectionLost)

        let late = try await conference.connect()
        #expect(await late.resume(try #require(bob.token))["code"]?.string == "resume-failed")
        conference.expectNoComplaints()
    }

    @Test func manyGoAtOnce() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        var others: [TestClient] = []
        for index in 0..<6 { others.append(try await conference.join("P\(index)")) }
        for client in others { await client.session.connectionLost() }
        await conference.pass(.seconds(20), pinging: ada)
        #expect(ada.events("user-left").count == 6)
        #expect(ada.view.isEmpty)
        #expect(ada.unassigned.isEmpty)
        #expect(conference.plane.snapshot.peers.count == 1)
        conference.expectNoComplaints()
    }

    @Test func resumingBringsTheWholeStateAndMediaGoesOn() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let peer = try await conference.peer(of: bob)
        try await conference.connectMedia(of: bob)
        await bob.session.connectionLost()
        // Missed while away: somebody comes, somebody mutes.
        let cyd = try await conference.join("Cyd")
        await ada.request("set-muted", ["mid": .string("0"), "muted": .bool(true)])

        let back = try await conference.connect(address: "203.0.113.9")
        let reply = await back.resume(try #require(bob.token))
        #expect(reply.type == "resumed")
        #expect(reply["self"]?["id"]?.string == bob.id)
        #expect(reply["self"]?["state"]?.string == "connected")
        #expect(reply["answer"] == nil)
        #expect(reply["participants"]?.array.map { $0["name"]?.string } == ["Ada", "Cyd"])
        #expect(reply["participants"]?[0]?["tracks"]?[0]?["muted"]?.bool == true)
        #expect(back.view.count == 4)
        #expect(reply["resume"]?["token"]?.string != bob.token)
        #expect(ada.events("user-updated").last?["participant"]?["state"]?.string == "connected")
        #expect(cyd.events("user-updated").last?["participant"]?["id"]?.string == bob.id)
        #expect(conference.plane.snapshot.peers[peer]?.applied == 1)
        #expect(conference.plane.snapshot.removed.isEmpty)

        // The grace is over long since, and nobody minds.
        await conference.pass(.seconds(24), pinging: ada, back, cyd)
        #expect(ada.events("user-left").isEmpty)
        let updates = conference.recorder.snapshot.updates[try #require(bob.id)] ?? []
        #expect(updates.contains(.resumed(address: "203.0.113.9")))
        conference.expectNoComplaints()
    }

    @Test func aResumedConnectionTakesRequests() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        await bob.session.connectionLost()
        let back = try await conference.connect()
        _ = await back.resume(try #require(bob.token))
        #expect(await back.request("set-muted", ["mid": .string("0"), "muted": .bool(true)]).type == "ok")
        back.offer = bob.offer
        back.offerID = bob.offerID
        #expect(await back.renegotiate().type == "answer")
        #expect(await back.request("leave-room").type == "ok")
        #expect(ada.events("user-left").count == 1)
    }

    /// The server has taken an offer, and its answer is lost with the connection.
    @Test func anAnswerThatWasLostComesWithTheResumption() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        bob.offer.addPairs(2)
        bob.offer.sections.append(.sendVideo)
        let lost = await bob.renegotiate()
        await bob.session.connectionLost()

        let back = try await conference.connect()
        let reply = await back.resume(try #require(bob.token), unanswered: bob.offerID)
        #expect(reply["answer"]?["offerId"]?.integer == bob.offerID)
        #expect(reply["answer"]?["sdp"] == lost["sdp"])
        #expect(reply["self"]?["tracks"]?.array.map { $0["source"]?.string } == ["microphone", "camera", "screen"])
        #expect(ada.view.values.contains("\(try #require(bob.id))/screen"))
        // From there it goes on as if nothing had been.
        back.offer = bob.offer
        back.offerID = bob.offerID
        back.offer.addPairs(1)
        #expect(await back.renegotiate().type == "answer")
        conference.expectNoComplaints()
    }

    @Test func anAnswerThatIsNotWaitedForIsNotSentAgain() async throws {
        let conference = Conference()
        let bob = try await conference.join("Bob")
        for number in [nil, bob.offerID - 1, bob.offerID + 1] {
            let back = try await conference.connect()
            #expect(await back.resume(try #require(bob.token), unanswered: number)["answer"] == nil)
        }
    }

    /// The offer was lost, not the answer: there is nothing to give, and it can be sent again.
    @Test func anOfferThatNeverArrivedIsAnsweredWhenItComesAgain() async throws {
        let conference = Conference()
        let bob = try await conference.join("Bob")
        await bob.session.connectionLost()
        bob.offer.addPairs(1)
        let back = try await conference.connect()
        let reply = await back.resume(try #require(bob.token), unanswered: bob.offerID + 1)
        #expect(reply["answer"] == nil)
        back.offer = bob.offer
        back.offerID = bob.offerID + 1
        #expect(await back.renegotiate()["offerId"]?.integer == bob.offerID + 2)
    }

    /// A client that knows nothing of answers in resumptions sends the same offer again: that changes nothing.
    @Test func theSameOfferAgainIsAccepted() async throws {
        let conference = Conference()
        let bob = try await conference.join("Bob")
        bob.offer.addPairs(2)
        _ = await bob.renegotiate()
        await bob.session.connectionLost()
        let back = try await conference.connect()
        _ = await back.resume(try #require(bob.token))
        back.offer = bob.offer
        back.offerID = bob.offerID
        let reply = await back.renegotiate()
        #expect(reply.type == "answer")
        let mids = back.offer.sections.indices.map { "a=mid:\($0)\r\n" }
        #expect(mids.allSatisfy { reply["sdp"]?.string?.contains($0) == true })
        conference.expectNoComplaints()
    }

    /// The connection goes while the media plane is asked: the resumption waits for what comes of the offer.
    @Test func aResumptionWaitsForTheOfferUnderWay() async throws {
        let conference = Conference()
        let bob = try await conference.join("Bob")
        bob.offer.addPairs(1)
        conference.plane.gate.close()
        let offering = Task { await bob.renegotiate() }
        await conference.plane.gate.somebodyWaits()
        let back = try await conference.connect()
        let token = try #require(bob.token)
        let number = bob.offerID
        let resuming = Task { await back.resume(token, unanswered: number) }
        await conference.settle()
        #expect(back.sink.texts.isEmpty)
        conference.plane.gate.open()
        #expect(await resuming.value["answer"]?["offerId"]?.integer == number)
        _ = await offering.value
    }

    @Test func theOldConnectionIsClosedWhenTheServerHadNotNoticed() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let back = try await conference.connect()
        #expect(await back.resume(try #require(bob.token)).type == "resumed")
        #expect(bob.sink.closing == .init(code: 4000, reason: "replaced"))
        // Its end, when it is noticed at last, changes nothing.
        await bob.session.connectionLost()
        #expect(ada.events("user-updated").isEmpty)
        #expect(await back.request("leave-room").type == "ok")
    }

    @Test func aTokenIsGoodUntilTheClientWasHeardWithTheNext() async throws {
        let conference = Conference()
        let bob = try await conference.join("Bob")
        let first = try #require(bob.token)
        // The reply to this one is lost on the way, so the client comes again with the token it has.
        let lost = try await conference.connect()
        _ = await lost.resume(first)
        let again = try await conference.connect()
        #expect(await again.resume(first).type == "resumed")
        let second = try #require(again.token)
        await again.request("ping")
        let thief = try await conference.connect()
        #expect(await thief.resume(first)["code"]?.string == "resume-failed")
        #expect(again.sink.closing == nil)
        let third = try await conference.connect()
        #expect(await third.resume(second).type == "resumed")
    }

    @Test(arguments: [
        "", ".", "..", "1.2", "x.p-1.s", "99.p-1.s", "1.p-1.", "1..s", "18446744073709551616.a.b", "-1.a.b",
    ])
    func nonsenseTokensAreRefused(token: String) async throws {
        let conference = Conference()
        _ = try await conference.join("Ada")
        let bob = try await conference.connect()
        #expect(await bob.resume(token)["code"]?.string == "resume-failed")
    }

    @Test func aWrongSecretIsRefused() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let token = try #require(ada.token)
        await ada.session.connectionLost()
        let thief = try await conference.connect()
        #expect(await thief.resume(String(token.dropLast()))["code"]?.string == "resume-failed")
        #expect(await thief.resume(token + "2")["code"]?.string == "resume-failed")
    }

    @Test func whoIsInARoomCannotResume() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        #expect(await ada.resume(try #require(ada.token))["code"]?.string == "already-joined")
    }

    @Test func aConnectionLostInTheMiddleOfAJoinLeavesNobodyBehind() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.connect()
        conference.plane.gate.close()
        let joining = Task { await bob.join("Bob") }
        await conference.plane.gate.somebodyWaits()
        let losing = Task { await bob.session.connectionLost() }
        while !bob.session.outlet.isClosed { await Task.yield() }
        conference.plane.gate.open()
        _ = await joining.value
        await losing.value
        #expect(ada.events("user-joined").isEmpty)
        #expect(conference.plane.snapshot.peers.count == 1)
        #expect(await conference.registry.server().connections == 1)
        conference.expectNoComplaints()
    }
}

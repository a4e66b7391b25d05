import ICE
import STUN
import Testing
import Wire

@Suite("Connectivity checks")
struct ICEChecksTests {
    @Test("A good check is answered with the address it came from, sealed with our password")
    func success() throws {
        var agent = ICELiteAgent.fresh()
        let answer = try agent.answer(to: .plain(), on: home, at: 5)
        #expect(answer.message.messageClass == .success)
        #expect(answer.message.method == .binding)
        #expect(answer.message.transactionID == Check.transactionID)
        #expect(answer.message.xorMappedAddress == home.remote)
        #expect(answer.verifies(.server))
        #expect(answer.verifiesFingerprint)
        #expect(agent.isValidated(home))
        #expect(!agent.isValidated(relay))
        #expect(agent.state == .checking)
        #expect(agent.selectedPath == nil)
        #expect(agent.drainEvents() == [.validated(home)])
        #expect(agent.statistics.accepted == 1)
        #expect(agent.statistics.lastAccepted == .at(5))
    }

    @Test("RFC 8489 §9.1.3: without user name or integrity, 400 without integrity")
    func badRequest() throws {
        var agent = ICELiteAgent.fresh()
        for check in [Check(username: nil), Check(password: nil), Check(username: nil, password: nil)] {
            let answer = try agent.answer(to: check, on: home, at: 0)
            #expect(answer.message.messageClass == .error)
            #expect(answer.message.errorCode == .badRequest)
            #expect(!answer.message.hasIntegrity)
            #expect(answer.message.hasFingerprint)
        }
        #expect(agent.statistics[.badRequest] == 3)
        #expect(agent.state == .new)
        #expect(!agent.isValidated(home))
    }

    @Test(
        "RFC 8445 §7.3: a user name that does not begin with our fragment and a colon gets 401",
        arguments: [
            "", ":", "00serverAA", "00serverA:clnt", "00serverAAA:clnt", "clnt:00serverAA", ":00serverAA",
            "00SERVERAA:clnt",
        ]
    )
    func wrongUsername(username: String) throws {
        var agent = ICELiteAgent.fresh()
        let answer = try agent.answer(to: Check(username: username, useCandidate: true), on: home, at: 0)
        #expect(answer.message.errorCode == .unauthenticated)
        #expect(!answer.message.hasIntegrity)
        #expect(agent.statistics[.unknownUsername] == 1)
        #expect(agent.validatedPaths.isEmpty)
        #expect(agent.selectedPath == nil)
    }

    @Test("What stands behind the colon is the peer's own business")
    func foreignRemoteFragment() throws {
        var agent = ICELiteAgent.fresh()
        let answer = try agent.answer(to: Check(username: "00serverAA:other:one"), on: home, at: 0)
        #expect(answer.message.messageClass == .success)
    }

    @Test(
        "A wrong password gets 401 and moves nothing",
        arguments: [
            "", "serverpasswordserverpasS", ICECredentials.client.password,
        ]
    )
    func wrongPassword(password: String) throws {
        var agent = ICELiteAgent.connected()
        let answer = try agent.answer(to: Check(password: password, useCandidate: true), on: mobile, at: 9000)
        #expect(answer.message.errorCode == .unauthenticated)
        #expect(!answer.message.hasIntegrity)
        #expect(agent.statistics[.badIntegrity] == 1)
        #expect(agent.selectedPath == home)
        #expect(!agent.isValidated(mobile))
        #expect(agent.drainEvents().isEmpty)
    }

    @Test("RFC 8489 §6.3.1: an unknown required attribute gets 420 with its number, sealed")
    func unknownAttribute() throws {
        var agent = ICELiteAgent.fresh()
        let check = Check(useCandidate: true, extra: [(STUNAttributeType(0x7ABC), [1])])
        let answer = try agent.answer(to: check, on: home, at: 0)
        #expect(answer.message.errorCode == .unknownAttribute)
        #expect(answer.message.unknownAttributes == [0x7ABC])
        #expect(answer.verifies(.server))
        #expect(agent.statistics[.unknownAttribute] == 1)
        #expect(agent.validatedPaths.isEmpty)
    }

    @Test("RFC 8445 §7.3.1.1: a peer that wants to be controlled gets 487, sealed")
    func roleConflict() throws {
        var agent = ICELiteAgent.fresh()
        let check = Check(useCandidate: true, controlled: true, controlling: false)
        let answer = try agent.answer(to: check, on: home, at: 0)
        #expect(answer.message.errorCode == .roleConflict)
        #expect(answer.verifies(.server))
        #expect(agent.statistics[.roleConflict] == 1)
        #expect(agent.selectedPath == nil)
        // It switches roles and tries again.
        let again = try agent.answer(to: .nominating(), on: home, at: 50)
        #expect(again.message.messageClass == .success)
        #expect(agent.selectedPath == home)
    }

    @Test("A check that states no role is good")
    func noRole() throws {
        var agent = ICELiteAgent.fresh()
        #expect(agent.receive(Check(controlling: false), on: home, at: 0)?.message.messageClass == .success)
    }

    @Test("A check without PRIORITY or FINGERPRINT is good: its password says enough")
    func lenient() throws {
        var agent = ICELiteAgent.fresh()
        let check = Check(priority: nil, useCandidate: true, fingerprint: false)
        #expect(agent.receive(check, on: home, at: 0)?.message.messageClass == .success)
        #expect(agent.selectedPath == home)
    }

    @Test("RFC 8489 §14.6: a check under SHA-256 is answered under SHA-256")
    func sha256() throws {
        var agent = ICELiteAgent.fresh()
        let answer = try agent.answer(to: Check(algorithm: .sha256), on: home, at: 0)
        #expect(answer.message.integrityAlgorithm == .sha256)
        #expect(answer.verifies(.server))
    }

    @Test("What is no request of ours is dropped with its reason")
    func drops() throws {
        var agent = ICELiteAgent.connected()
        let cases: [(Check, ICEDropReason)] = [
            (Check(method: STUNMethod(3)), .notBinding),
            (Check(messageClass: .indication), .indication),
            (Check(messageClass: .success), .response),
            (Check(messageClass: .error), .response),
        ]
        for (check, reason) in cases {
            let bytes = check.bytes
            let message = try STUNMessage(parsing: bytes.span)
            #expect(agent.handle(message, bytes: bytes.span, on: relay, at: .at(9)) == .drop(reason))
        }
        var damaged = Check().bytes
        damaged[damaged.count - 1] ^= 1
        let message = try STUNMessage(parsing: damaged.span)
        #expect(agent.handle(message, bytes: damaged.span, on: relay, at: .at(9)) == .drop(.badFingerprint))
        #expect(ICEDropReason.allCases.map { agent.statistics[$0] } == [1, 1, 2, 1])
        #expect(agent.statistics.requests == 1)
        #expect(!agent.isValidated(relay))
    }

    @Test("An indication is no sign of life: nothing in it is authenticated")
    func indicationIsNoConsent() {
        var agent = ICELiteAgent.connected()
        for second: Int64 in 1...9 {
            agent.receive(Check(messageClass: .indication), on: home, at: second * 1000)
        }
        agent.advance(to: 10_000)
        #expect(agent.state == .disconnected)
    }

    @Test("The last eight sources are remembered, unauthenticated ones too, the latest last")
    func sources() {
        var agent = ICELiteAgent.fresh()
        for port: UInt16 in 1...10 {
            agent.receive(Check(password: "wrong"), on: .peer(port), at: 0)
        }
        agent.receive(.plain(), on: .peer(5), at: 1)
        #expect(agent.statistics.sources.map(\.port) == [3, 4, 6, 7, 8, 9, 10, 5])
    }
}

import ICE
import STUN
import Testing
import Wire

@Suite("Consent and time")
struct ICEConsentTests {
    @Test("Silence: disconnected after 10 s, failed after 30 s, and nothing is sent then")
    func silence() {
        var agent = ICELiteAgent.connected()
        agent.advance(to: 9_999)
        #expect(agent.state == .connected)
        agent.advance(to: 10_000)
        #expect(agent.state == .disconnected)
        #expect(agent.selectedPath == home)
        agent.advance(to: 29_999)
        #expect(agent.drainEvents() == [.disconnected])
        agent.advance(to: 30_000)
        #expect(agent.state == .failed)
        #expect(agent.selectedPath == nil)
        #expect(!agent.isValidated(home))
        #expect(agent.drainEvents() == [.forgotten(home), .failed(.consentExpired)])
        #expect(agent.nextTimeout == nil)
    }

    @Test("A timer that comes very late does everything at once")
    func lateTimer() {
        var agent = ICELiteAgent.connected()
        agent.handleTimeout(at: .at(100_000))
        #expect(agent.drainEvents() == [.disconnected, .forgotten(home), .failed(.consentExpired)])
    }

    @Test("Every authenticated packet is a sign of life, checks and media alike")
    func signsOfLife() {
        var agent = ICELiteAgent.connected()
        // Pion sends no checks while it sends media; Firefox leaves gaps of nearly 10 s.
        for second: Int64 in 1...100 {
            agent.advance(to: second * 1000)
            agent.receiveMedia(on: home, at: second * 1000)
        }
        for step: Int64 in 1...10 {
            agent.advance(to: 100_000 + step * 9_900)
            agent.receive(.plain(), on: home, at: 100_000 + step * 9_900)
        }
        #expect(agent.state == .connected)
        #expect(agent.drainEvents().isEmpty)
    }

    @Test("Checks that are refused are no sign of life")
    func refusedChecks() {
        var agent = ICELiteAgent.connected()
        for second: Int64 in 1...9 { agent.receive(Check(password: "x"), on: home, at: second * 1000) }
        agent.advance(to: 10_000)
        #expect(agent.state == .disconnected)
    }

    @Test("Consent is given path by path: being heard elsewhere does not help the selected one")
    func consentIsPerPath() {
        var agent = ICELiteAgent.connected()
        for second: Int64 in 1...29 {
            agent.advance(to: second * 1000)
            agent.receive(.plain(), on: relay, at: second * 1000)
        }
        #expect(agent.state == .disconnected)
        agent.advance(to: 30_000)
        #expect(agent.state == .failed)
        #expect(agent.isValidated(relay))
    }

    @Test("A sign of life after the disconnection: recovered", arguments: [true, false])
    func recovery(byMedia: Bool) {
        var agent = ICELiteAgent.connected()
        agent.advance(to: 15_000)
        if byMedia {
            agent.receiveMedia(on: home, at: 15_000)
        } else {
            agent.receive(.plain(), on: home, at: 15_000)
        }
        #expect(agent.state == .connected)
        #expect(agent.drainEvents() == [.disconnected, .recovered])
        agent.advance(to: 24_999)
        #expect(agent.state == .connected)
        agent.advance(to: 25_000)
        #expect(agent.state == .disconnected)
    }

    @Test("A nomination on another path ends a disconnection")
    func recoveryElsewhere() {
        var agent = ICELiteAgent.connected()
        agent.advance(to: 12_000)
        agent.receive(.nominating(), on: mobile, at: 12_000)
        #expect(agent.drainEvents() == [.disconnected, .validated(mobile), .selected(mobile), .recovered])
    }

    @Test("Even a failed agent answers, and a nomination brings it back")
    func afterFailure() {
        var agent = ICELiteAgent.connected()
        agent.advance(to: 40_000)
        _ = agent.drainEvents()
        #expect(agent.receive(.plain(), on: home, at: 40_000) != nil)
        #expect(agent.state == .failed)
        agent.receive(.nominating(), on: home, at: 40_100)
        #expect(agent.state == .connected)
        #expect(agent.drainEvents() == [.validated(home), .selected(home), .recovered])
    }

    @Test("A path that is not selected is forgotten after 30 s of silence")
    func unselectedPathExpires() {
        var agent = ICELiteAgent.connected()
        agent.receive(.plain(), on: relay, at: 2_000)
        _ = agent.drainEvents()
        for second: Int64 in 1...31 {
            agent.receiveMedia(on: home, at: second * 1000)
            agent.advance(to: second * 1000)
        }
        #expect(agent.isValidated(relay))
        agent.receiveMedia(on: home, at: 32_000)
        agent.advance(to: 32_000)
        #expect(!agent.isValidated(relay))
        #expect(agent.drainEvents() == [.forgotten(relay)])
    }

    @Test("No check at all: the failure says so")
    func noCheck() {
        var agent = ICELiteAgent.fresh()
        agent.advance(to: 29_999)
        #expect(agent.state == .new)
        agent.advance(to: 30_000)
        #expect(agent.drainEvents() == [.failed(.noCheckReceived)])
    }

    @Test("Only checks with a wrong password: the failure says so")
    func noGoodCheck() {
        var agent = ICELiteAgent.fresh()
        agent.receive(Check(password: "nonsense"), on: home, at: 100)
        agent.advance(to: 30_000)
        #expect(agent.drainEvents() == [.failed(.noCheckAccepted)])
    }

    @Test("Good checks and no nomination: the failure says so")
    func noNomination() {
        var agent = ICELiteAgent.fresh()
        for second: Int64 in 0...29 { agent.receive(.plain(), on: home, at: second * 1000) }
        agent.advance(to: 30_000)
        #expect(agent.drainEvents() == [.validated(home), .failed(.neverNominated)])
    }

    @Test("The times can be set")
    func configuration() {
        var configuration = ICEConfiguration()
        configuration.disconnectedAfter = .seconds(3)
        configuration.failedAfter = .seconds(7)
        configuration.connectTimeout = .seconds(2)
        var agent = ICELiteAgent.connected(configuration)
        #expect(agent.nextTimeout == .at(3_000))
        agent.advance(to: 3_000)
        #expect(agent.state == .disconnected)
        agent.advance(to: 7_000)
        #expect(agent.state == .failed)
        var fresh = ICELiteAgent.fresh(configuration)
        #expect(fresh.nextTimeout == .at(2_000))
    }

    @Test("Media moves the timer later, never earlier")
    func timerMovesLater() {
        var agent = ICELiteAgent.connected()
        agent.receive(.plain(), on: relay, at: 0)
        var last = Timestamp.zero
        for step: Int64 in 0...200 {
            agent.receiveMedia(on: step % 3 == 0 ? relay : home, at: step * 50)
            let next = agent.nextTimeout ?? .zero
            #expect(next >= last)
            last = next
        }
    }
}

import ICE
import STUN
import Testing
import Wire

@Suite("ICE restart")
struct ICERestartTests {
    private func restarted(at milliseconds: Int64 = 20_000) -> ICELiteAgent {
        var agent = ICELiteAgent.connected()
        agent.receiveMedia(on: home, at: milliseconds)
        agent.restart(local: .serverNew, remote: .client, at: .at(milliseconds))
        return agent
    }

    @Test("Until the new credentials nominate, the old ones are answered and the old path is kept")
    func oldPathIsKept() throws {
        var agent = restarted()
        #expect(agent.local == .serverNew)
        #expect(agent.previousLocal == .server)
        #expect(agent.selectedPath == home)
        #expect(agent.state == .connected)
        let old = try agent.answer(to: .plain(), on: home, at: 20_010)
        #expect(old.verifies(.server))
        let new = try agent.answer(to: .plain().with(.serverNew), on: mobile, at: 20_020)
        #expect(new.verifies(.serverNew))
        #expect(agent.selectedPath == home)
        #expect(agent.previousLocal == .server)
        #expect(agent.drainEvents() == [.validated(mobile)])
    }

    @Test("The first nomination under the new credentials ends the restart, whatever its priority")
    func completes() throws {
        var agent = restarted()
        agent.receive(.nominating(priority: 1).with(.serverNew), on: mobile, at: 20_100)
        #expect(agent.selectedPath == mobile)
        #expect(agent.previousLocal == nil)
        #expect(
            agent.drainEvents() == [
                .validated(mobile), .retired(usernameFragment: "00serverAA"), .selected(mobile),
            ]
        )
        let stale = try agent.answer(to: .nominating(), on: home, at: 20_200)
        #expect(stale.message.errorCode == .unauthenticated)
        #expect(agent.selectedPath == mobile)
    }

    @Test("A restart on the same path changes no path")
    func samePath() {
        var agent = restarted()
        agent.receive(.nominating().with(.serverNew), on: home, at: 20_100)
        #expect(agent.selectedPath == home)
        #expect(agent.drainEvents() == [.retired(usernameFragment: "00serverAA")])
    }

    @Test("New credentials count nominations anew: window and values")
    func freshNominationState() {
        var agent = ICELiteAgent.fresh()
        agent.receive(.renominating(9), on: home, at: 0)
        agent.restart(local: .serverNew, remote: .client, at: .at(20_000))
        agent.receive(Check.renominating(1).with(.serverNew), on: mobile, at: 20_100)
        #expect(agent.selectedPath == mobile)

        agent = restarted()
        agent.receive(.nominating(priority: 20).with(.serverNew), on: mobile, at: 20_100)
        agent.receive(.nominating(priority: 10).with(.serverNew), on: relay, at: 20_200)
        #expect(agent.selectedPath == mobile, "the window of the first seconds is open again")
    }

    @Test("While the restart is under way the old credentials still move the peer")
    func oldNominations() {
        var agent = restarted()
        agent.receive(.nominating(), on: relay, at: 20_100)
        #expect(agent.selectedPath == relay)
        #expect(agent.previousLocal == .server)
    }

    @Test("A second restart before the first is finished keeps what the path lives by")
    func overtakenRestart() throws {
        var agent = restarted()
        agent.restart(local: .serverNewest, remote: .client, at: .at(21_000))
        #expect(agent.previousLocal == .server)
        #expect(agent.drainEvents() == [.retired(usernameFragment: "00serverBB")])
        let old = try agent.answer(to: .plain(), on: home, at: 21_100)
        #expect(old.verifies(.server))
        let overtaken = try agent.answer(to: .plain().with(.serverNew), on: home, at: 21_200)
        #expect(overtaken.message.errorCode == .unauthenticated)
        agent.receive(.nominating().with(.serverNewest), on: home, at: 21_300)
        #expect(agent.previousLocal == nil)
        #expect(agent.drainEvents() == [.retired(usernameFragment: "00serverAA")])
    }

    @Test("A restart before anything was nominated keeps the credentials whose checks may be on their way")
    func restartWhileConnecting() {
        var agent = ICELiteAgent.fresh()
        agent.receive(.plain(), on: home, at: 0)
        agent.restart(local: .serverNew, remote: .client, at: .at(100))
        agent.receive(.nominating(), on: home, at: 200)
        #expect(agent.state == .connected)
        #expect(agent.previousLocal == .server)
        agent.restart(local: .serverNewest, remote: .client, at: .at(300))
        #expect(agent.previousLocal == .server)
    }

    @Test("The old path dies during a restart: nothing is sent, and the agent waits for the new one")
    func oldPathDies() {
        var agent = restarted()
        agent.advance(to: 40_000)
        agent.restart(local: .serverNewest, remote: .client, at: .at(40_000))
        _ = agent.drainEvents()
        agent.advance(to: 50_000)
        #expect(agent.selectedPath == nil)
        #expect(agent.state == .checking)
        #expect(agent.drainEvents() == [.forgotten(home)])
        agent.receive(.nominating().with(.serverNewest), on: mobile, at: 55_000)
        #expect(
            agent.drainEvents() == [
                .validated(mobile), .retired(usernameFragment: "00serverAA"), .selected(mobile), .recovered,
            ]
        )
    }

    @Test("A restart that leads nowhere fails, and the reason is its own")
    func restartFails() {
        var agent = restarted()
        agent.advance(to: 40_000)
        agent.restart(local: .serverNewest, remote: .client, at: .at(40_000))
        agent.advance(to: 69_999)
        #expect(agent.state == .checking)
        _ = agent.drainEvents()
        agent.advance(to: 70_000)
        #expect(agent.drainEvents() == [.failed(.noCheckReceived)])
    }

    @Test("A failed agent is brought back by a restart")
    func restartAfterFailure() {
        var agent = ICELiteAgent.connected()
        agent.advance(to: 40_000)
        #expect(agent.state == .failed)
        _ = agent.drainEvents()
        agent.restart(local: .serverNew, remote: .client, at: .at(41_000))
        #expect(agent.state == .checking)
        #expect(agent.nextTimeout == .at(71_000))
        agent.receive(.nominating().with(.serverNew), on: mobile, at: 42_000)
        #expect(agent.state == .connected)
        #expect(agent.drainEvents().last == .recovered)
    }

    @Test("Of restarts before anything was nominated the last two pairs of credentials are answered")
    func restartsWhileConnecting() {
        var agent = ICELiteAgent.fresh()
        agent.restart(local: .serverNew, remote: .client, at: .at(100))
        agent.restart(local: .serverNewest, remote: .client, at: .at(200))
        #expect(agent.previousLocal == .serverNew)
        #expect(agent.drainEvents() == [.retired(usernameFragment: "00serverAA")])
    }

    @Test("A restart that nobody followed up does not put off the failure of the old path")
    func abandonedRestart() {
        var agent = restarted()
        agent.advance(to: 29_000)
        agent.receiveMedia(on: home, at: 29_000)
        agent.advance(to: 59_000)
        #expect(agent.state == .failed)
        #expect(agent.drainEvents() == [.disconnected, .forgotten(home), .failed(.consentExpired)])
    }
}

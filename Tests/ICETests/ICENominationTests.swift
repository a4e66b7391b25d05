import ICE
import STUN
import Testing
import Wire

@Suite("Which path is selected")
struct ICENominationTests {
    @Test("A nomination selects its path")
    func first() {
        var agent = ICELiteAgent.fresh()
        agent.receive(.nominating(), on: home, at: 0)
        #expect(agent.selectedPath == home)
        #expect(agent.state == .connected)
        #expect(agent.drainEvents() == [.validated(home), .selected(home)])
    }

    @Test("A check without nomination selects nothing, before or after")
    func plainChecks() {
        var agent = ICELiteAgent.fresh()
        agent.receive(.plain(), on: home, at: 0)
        #expect(agent.selectedPath == nil)
        agent.receive(.nominating(), on: home, at: 100)
        agent.receive(.plain(priority: 999), on: relay, at: 200)
        #expect(agent.selectedPath == home)
        #expect(agent.isValidated(relay))
    }

    @Test("Pion: nomination comes at a tick of 200 ms, after the check that validated the path")
    func lateNomination() {
        var agent = ICELiteAgent.fresh()
        agent.receive(.plain(), on: home, at: 0)
        agent.receive(.plain(), on: relay, at: 10)
        agent.receive(.nominating(), on: home, at: 200)
        #expect(agent.selectedPath == home)
        #expect(agent.drainEvents() == [.validated(home), .validated(relay), .selected(home)])
    }

    @Test(
        "Firefox: every pair is nominated in whatever order, the best is selected",
        arguments: [
            [10, 20, 30], [10, 30, 20], [20, 10, 30], [20, 30, 10], [30, 10, 20], [30, 20, 10],
        ] as [[UInt32]]
    )
    func aggressive(order: [UInt32]) {
        var agent = ICELiteAgent.fresh()
        for (step, priority) in order.enumerated() {
            agent.receive(.nominating(priority: priority), on: .peer(UInt16(priority)), at: Int64(step) * 20)
        }
        #expect(agent.selectedPath == .peer(30))
        #expect(agent.validatedPaths.count == 3)
    }

    @Test("Priorities of pairs, not of the peer's candidates alone, are compared (RFC 8445 §6.1.2.3)")
    func pairPriorities() {
        var configuration = ICEConfiguration()
        configuration.localPriorities = [50, 5000]
        var agent = ICELiteAgent.fresh(configuration)
        let lowOwn = NetworkPath.peer(1, socket: 0)
        let highOwn = NetworkPath.peer(2, socket: 1)
        // min 50 against min 1000: the second pair wins although the peer's own priority is lower.
        agent.receive(.nominating(priority: 2000), on: lowOwn, at: 0)
        agent.receive(.nominating(priority: 1000), on: highOwn, at: 20)
        #expect(agent.selectedPath == highOwn)
    }

    @Test("A NAT that changes the port during the first seconds: equal priority, the latest wins")
    func equalPriority() {
        var agent = ICELiteAgent.fresh()
        agent.receive(.nominating(priority: 7), on: .peer(1), at: 0)
        agent.receive(.nominating(priority: 7), on: .peer(2), at: 100)
        #expect(agent.selectedPath == .peer(2))
    }

    @Test("Before 5 s a worse pair does not win, from 5 s on the latest does")
    func windowEnds() {
        var agent = ICELiteAgent.fresh()
        agent.receive(.nominating(priority: 30), on: home, at: 1000)
        agent.receive(.nominating(priority: 20), on: relay, at: 5999)
        #expect(agent.selectedPath == home)
        agent.receive(.nominating(priority: 20), on: relay, at: 6000)
        #expect(agent.selectedPath == relay)
        agent.receive(.nominating(priority: 10), on: mobile, at: 60_000)
        #expect(agent.selectedPath == mobile)
    }

    @Test("A peer on a new network: one check from there with USE-CANDIDATE moves it")
    func networkChange() {
        var agent = ICELiteAgent.connected()
        agent.receive(.nominating(priority: 1), on: mobile, at: 20_000)
        #expect(agent.selectedPath == mobile)
        #expect(agent.drainEvents() == [.validated(mobile), .selected(mobile)])
    }

    @Test("Renomination: the highest value wins, at any time and whatever the priority")
    func renomination() {
        var agent = ICELiteAgent.fresh()
        agent.receive(Check(priority: 100, nomination: 1), on: home, at: 0)
        #expect(agent.selectedPath == home)
        agent.receive(Check(priority: 1, nomination: 2), on: mobile, at: 100)
        #expect(agent.selectedPath == mobile)
        agent.receive(Check(priority: 100, nomination: 1), on: home, at: 200)
        #expect(agent.selectedPath == mobile, "a late packet with an older value")
        agent.receive(Check(priority: 100, nomination: 1), on: home, at: 20_000)
        #expect(agent.selectedPath == mobile)
        agent.receive(Check(priority: 100, nomination: 3), on: home, at: 20_100)
        #expect(agent.selectedPath == home)
    }

    @Test("Once there was a value, USE-CANDIDATE alone does not count; value 0 is none")
    func valuesOutrankFlags() {
        var agent = ICELiteAgent.fresh()
        agent.receive(.renominating(0), on: relay, at: 0)
        #expect(agent.selectedPath == nil)
        agent.receive(.nominating(), on: relay, at: 10)
        agent.receive(.renominating(1), on: home, at: 20)
        #expect(agent.selectedPath == home)
        agent.receive(.nominating(priority: 9999), on: relay, at: 30)
        agent.receive(.nominating(priority: 9999), on: relay, at: 30_000)
        #expect(agent.selectedPath == home)
    }

    @Test("Repeating a nomination tells nothing twice")
    func repetition() {
        var agent = ICELiteAgent.connected()
        for step: Int64 in 1...20 { agent.receive(.nominating(), on: home, at: step * 500) }
        #expect(agent.drainEvents().isEmpty)
        #expect(agent.statistics.selections == 1)
        #expect(agent.statistics.nominations == 21)
    }
}

@Suite("Media and paths")
struct ICEMediaTests {
    @Test("Media on a valid path selects it when nothing is selected")
    func selectsWhenNothingIs() {
        var agent = ICELiteAgent.fresh()
        agent.receive(.plain(), on: home, at: 0)
        agent.receiveMedia(on: home, at: 10)
        #expect(agent.selectedPath == home)
        #expect(agent.state == .connected)
        #expect(agent.statistics.selectionsByMedia == 1)
        // A nomination says more than media: the other path wins whatever its priority.
        agent.receive(.nominating(priority: 1), on: relay, at: 20)
        #expect(agent.selectedPath == relay)
    }

    @Test("Media never makes a path valid")
    func unknownPath() {
        var agent = ICELiteAgent.connected()
        for step: Int64 in 0...1000 { agent.receiveMedia(on: mobile, at: step * 20) }
        #expect(!agent.isValidated(mobile))
        #expect(agent.selectedPath == home)
        #expect(agent.statistics.packetsOnUnknownPath == 1001)
        agent.advance(to: 20_000)
        #expect(agent.state == .disconnected, "and it is no sign of life")
    }

    @Test("Media moves to its path once the selected one had none for a second")
    func movesAfterSilence() {
        var agent = ICELiteAgent.fresh()
        agent.receive(.nominating(priority: 30), on: home, at: 0)
        agent.receive(.nominating(priority: 20), on: relay, at: 20)
        agent.receiveMedia(on: relay, at: 30)
        agent.receiveMedia(on: relay, at: 999)
        #expect(agent.selectedPath == home)
        agent.receiveMedia(on: relay, at: 1000)
        #expect(agent.selectedPath == relay)
        #expect(agent.statistics.selectionsByMedia == 1)
    }

    @Test("Packets that arrive late on the old path do not move back")
    func reordering() {
        var agent = ICELiteAgent.connected()
        for step: Int64 in 0...500 { agent.receiveMedia(on: home, at: step * 20) }
        agent.receive(.nominating(), on: mobile, at: 10_000)
        agent.receiveMedia(on: home, at: 10_050)
        agent.receiveMedia(on: mobile, at: 10_060)
        agent.receiveMedia(on: home, at: 10_900)
        agent.receiveMedia(on: mobile, at: 11_000)
        agent.receiveMedia(on: home, at: 11_900)
        #expect(agent.selectedPath == mobile)
    }

    @Test("A check overheard and sent again from elsewhere moves the path for a second, not for good")
    func replay() {
        var agent = ICELiteAgent.connected()
        agent.receiveMedia(on: home, at: 19_980)
        agent.receive(.nominating(), on: mobile, at: 20_000)
        #expect(agent.selectedPath == mobile, "a lite agent cannot know better")
        for step: Int64 in 1...50 { agent.receiveMedia(on: home, at: 20_000 + step * 20) }
        #expect(agent.selectedPath == home)
    }

    @Test("Media on a path from an earlier time does not count against a fresh nomination")
    func staleMedia() {
        var agent = ICELiteAgent.connected()
        agent.receiveMedia(on: home, at: 1_000)
        agent.receive(.nominating(), on: mobile, at: 9_000)
        agent.receiveMedia(on: mobile, at: 19_990)
        agent.receive(.nominating(), on: home, at: 20_000)
        agent.receiveMedia(on: mobile, at: 20_050)
        #expect(agent.selectedPath == home)
    }

    @Test("A path that only media selected gives way to any nomination, within the first seconds, too")
    func nominationOutranksMedia() {
        var agent = ICELiteAgent.fresh()
        agent.receive(.nominating(priority: 30), on: home, at: 0)
        agent.receive(.plain(priority: 40), on: relay, at: 20)
        agent.receiveMedia(on: relay, at: 1_200)
        #expect(agent.selectedPath == relay)
        agent.receive(.nominating(priority: 30), on: home, at: 2_000)
        #expect(agent.selectedPath == home)
    }
}

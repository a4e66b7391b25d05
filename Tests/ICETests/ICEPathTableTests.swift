import ICE
import STUN
import Testing
import Wire

@Suite("Bounded memory")
struct ICEPathTableTests {
    @Test("A peer that checks from everywhere: 16 paths, the selected one among them, the rest told of")
    func flood() {
        var agent = ICELiteAgent.connected()
        var known: Set<NetworkPath> = [home]
        for port: UInt16 in 2000..<12_000 {
            agent.receive(.plain(), on: .peer(port), at: Int64(port))
            for event in agent.drainEvents() {
                switch event {
                case .validated(let path): known.insert(path)
                case .forgotten(let path): known.remove(path)
                default: Issue.record("unexpected \(event)")
                }
            }
            #expect(known.count <= 16)
        }
        #expect(Set(agent.validatedPaths) == known)
        #expect(known.count == 16)
        #expect(agent.selectedPath == home)
        #expect(agent.isValidated(home))
        #expect(agent.isValidated(.peer(11_999)) && agent.isValidated(.peer(11_985)))
        #expect(!agent.isValidated(.peer(11_984)))
    }

    @Test("Who was heard last stays")
    func evictsTheQuietest() {
        var agent = ICELiteAgent.connected()
        for port: UInt16 in 1...15 { agent.receive(.plain(), on: .peer(port), at: Int64(port)) }
        agent.receive(.plain(), on: .peer(1), at: 100)
        agent.receive(.plain(), on: .peer(16), at: 101)
        #expect(agent.isValidated(.peer(1)))
        #expect(!agent.isValidated(.peer(2)))
    }

    @Test("A flood of nominations is bounded, too, and leaves the latest selected")
    func nominationFlood() {
        var agent = ICELiteAgent.connected()
        for port: UInt16 in 2000..<3000 {
            agent.receive(.nominating(), on: .peer(port), at: 6_000 + Int64(port))
            _ = agent.drainEvents()
        }
        #expect(agent.validatedPaths.count == 16)
        #expect(agent.selectedPath == .peer(2999))
    }

    @Test("Even a limit of nothing leaves room to move")
    func tinyLimit() {
        var configuration = ICEConfiguration()
        configuration.maximumPaths = 0
        var agent = ICELiteAgent.connected(configuration)
        agent.receive(.nominating(), on: mobile, at: 9_000)
        agent.receive(.nominating(), on: relay, at: 9_100)
        #expect(agent.selectedPath == relay)
        #expect(agent.validatedPaths.count == 2)
    }
}

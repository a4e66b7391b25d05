import ICE
import STUN
import Testing
import Wire

@Suite("Hostile checks")
struct ICEHostileInputTests {
    @Test("No damage to a check gets it accepted, from the first bit to the last of its hash")
    func damagedChecks() {
        let good = Check(useCandidate: true, fingerprint: false).bytes
        var agent = ICELiteAgent.fresh()
        for bit in 0..<good.count * 8 {
            var bytes = good
            bytes[bit / 8] ^= 1 << (bit % 8)
            guard let message = try? STUNMessage(parsing: bytes.span) else { continue }
            _ = agent.handle(message, bytes: bytes.span, on: home, at: .zero)
        }
        #expect(agent.statistics.accepted == 0)
        #expect(agent.selectedPath == nil)
        #expect(agent.statistics.requests > 0)
    }

    /// Any sequence of inputs whatever: what the agent promises holds after each of them.
    @Test("Random lives keep the promises", arguments: 0..<24 as Range<UInt64>)
    func randomLives(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var agent = ICELiteAgent.fresh()
        let all: [ICECredentials] = [.server, .serverNew, .serverNewest]
        var mirror = Mirror(fragments: [agent.local.usernameFragment])
        var now: Int64 = 0
        for step in 0..<1_500 {
            now += Int64([0, 5, 20, 300, 4_000, 12_000].randomElement(using: &generator) ?? 0)
            let path = NetworkPath.peer(UInt16.random(in: 1...20, using: &generator))
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<9:
                let check = Check(
                    password: Int.random(in: 0..<5, using: &generator) == 0
                        ? "wrong" : ICECredentials.server.password,
                    priority: UInt32.random(in: 0...3, using: &generator),
                    useCandidate: Bool.random(using: &generator),
                    nomination: seed % 2 == 0 ? UInt32.random(in: 0...9, using: &generator) : nil
                )
                let credentials = all.randomElement(using: &generator) ?? .server
                agent.receive(check.password == "wrong" ? check : check.with(credentials), on: path, at: now)
            case 9..<16:
                agent.receiveMedia(on: path, at: now)
            case 16:
                let next = all.filter { $0 != agent.local && $0 != agent.previousLocal }.first ?? .server
                agent.restart(local: next, remote: .client, at: .at(now))
                mirror.fragments.insert(next.usernameFragment)
            default:
                break
            }
            agent.advance(to: now)
            for event in agent.drainEvents() { mirror.apply(event) }
            mirror.check(&agent, at: .at(now), "seed \(seed), step \(step)")
        }
        #expect(agent.statistics.accepted > 50)
    }

    /// What somebody knows who only listens to events.
    struct Mirror {
        var fragments: Set<String>
        var paths: Set<NetworkPath> = []
        var selected: NetworkPath?
        var isDown = false

        init(fragments: Set<String>) { self.fragments = fragments }

        mutating func apply(_ event: ICEEvent) {
            switch event {
            case .validated(let path): paths.insert(path)
            case .forgotten(let path):
                paths.remove(path)
                if selected == path { selected = nil }
            case .selected(let path): selected = path
            case .disconnected, .failed: isDown = true
            case .recovered: isDown = false
            case .retired(let fragment): fragments.remove(fragment)
            }
        }

        func check(_ agent: inout ICELiteAgent, at now: Timestamp, _ note: Comment) {
            #expect(paths == Set(agent.validatedPaths), note)
            #expect(selected == agent.selectedPath, note)
            #expect(agent.validatedPaths.count <= 16, note)
            #expect(
                fragments == Set([agent.local, agent.previousLocal].compactMap { $0?.usernameFragment }),
                note
            )
            if let path = agent.selectedPath { #expect(agent.isValidated(path), note) }
            switch agent.state {
            case .connected: #expect(agent.selectedPath != nil && !isDown, note)
            case .disconnected: #expect(agent.selectedPath != nil && isDown, note)
            case .failed: #expect(agent.selectedPath == nil && isDown, note)
            case .new: #expect(agent.selectedPath == nil && agent.statistics.accepted == 0, note)
            case .checking: #expect(agent.selectedPath == nil, note)
            }
            if let next = agent.nextTimeout { #expect(next > now, note) }
        }
    }
}

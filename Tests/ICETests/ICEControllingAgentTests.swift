import ICE
import STUN
import Testing
import Wire

@Suite("The controlling agent")
struct ICEControllingAgentTests {
    private let local = ICECredentials(usernameFragment: "clnt", password: "clientpasswordclientpass")
    private let remote = ICECredentials(usernameFragment: "00serverAA", password: "serverpasswordserverpass")
    private static let near = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 40_000)
    private static let far = SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 40_000)

    private func agent(_ addresses: [SocketAddress]) -> ICEControllingAgent {
        ICEControllingAgent(
            local: local, remote: remote, candidates: ICECandidate.hostCandidates(for: addresses), tieBreaker: 7,
            at: .zero)
    }

    /// The lite agent's answer to a check.
    private func answer(_ check: [UInt8], password: String? = nil) throws -> [UInt8] {
        let request = try STUNMessage(parsing: check.span)
        var response = STUNBuilder(respondingTo: request, with: .success)
        response.add(xorMappedAddress: SocketAddress(ip: IPAddress(v4: 0xC633_6401), port: 5_000))
        return response.finish(integrityKey: Array((password ?? remote.password).utf8), fingerprint: true)
    }

    private func next(_ agent: inout ICEControllingAgent) throws -> ICEControllingAgent.Transmit {
        let check = agent.pollTransmit()
        return try #require(check)
    }

    private func hand(
        _ bytes: [UInt8], to agent: inout ICEControllingAgent, from source: SocketAddress, at now: Timestamp,
        using generator: inout SeededGenerator
    ) throws {
        agent.handle(try STUNMessage(parsing: bytes.span), bytes: bytes.span, from: source, at: now, using: &generator)
    }

    @Test("with one candidate the first check nominates, and its answer connects")
    func one() throws {
        var generator = SeededGenerator(seed: 1)
        var agent = agent([Self.near])
        agent.handleTimeout(at: .zero, using: &generator)
        let check = try next(&agent)
        let request = try STUNMessage(parsing: check.bytes.span)
        #expect(request.username == "00serverAA:clnt")
        #expect(request.useCandidate && request.iceControlling == 7 && request.priority != nil)
        let isGenuine = request.verifiesIntegrity(of: check.bytes.span, key: Array(remote.password.utf8))
        let isWhole = request.verifiesFingerprint(of: check.bytes.span)
        #expect(isGenuine && isWhole)
        try hand(try answer(check.bytes), to: &agent, from: Self.near, at: .zero + .milliseconds(3), using: &generator)
        #expect(agent.state == .connected)
        #expect(agent.selectedRemote == Self.near)
        #expect(agent.roundTripTime == .milliseconds(3))
    }

    @Test("with two candidates the first that answers is checked again with the nomination")
    func two() throws {
        var generator = SeededGenerator(seed: 2)
        var agent = agent([Self.near, Self.far])
        agent.handleTimeout(at: .zero, using: &generator)
        let first = try next(&agent)
        let isFirstNominating = try STUNMessage(parsing: first.bytes.span).useCandidate
        #expect(!isFirstNominating)
        let isDrained = agent.pollTransmit() == nil
        #expect(isDrained)
        let later = Timestamp.zero + .milliseconds(20)
        agent.handleTimeout(at: later, using: &generator)
        let second = try next(&agent)
        #expect(second.remote != first.remote)
        try hand(try answer(second.bytes), to: &agent, from: second.remote, at: later, using: &generator)
        #expect(agent.state == .checking)
        agent.handleTimeout(at: later, using: &generator)
        let nomination = try next(&agent)
        let isNominating = try STUNMessage(parsing: nomination.bytes.span).useCandidate
        #expect(isNominating)
        try hand(try answer(nomination.bytes), to: &agent, from: second.remote, at: later, using: &generator)
        #expect(agent.selectedRemote == second.remote)
    }

    @Test("an answer by somebody without the password, or from another address, counts for nothing")
    func forged() throws {
        var generator = SeededGenerator(seed: 3)
        var agent = agent([Self.near])
        agent.handleTimeout(at: .zero, using: &generator)
        let check = try next(&agent)
        let forged = try answer(check.bytes, password: "somebodyelsespassword00")
        try hand(forged, to: &agent, from: Self.near, at: .zero, using: &generator)
        #expect(agent.state == .checking)
        try hand(try answer(check.bytes), to: &agent, from: Self.far, at: .zero, using: &generator)
        #expect(agent.state == .checking)
    }

    @Test("checks are repeated at growing distances, and given up after seven")
    func silence() throws {
        var generator = SeededGenerator(seed: 4)
        var agent = agent([Self.near])
        var times: [Int64] = []
        while let due = agent.nextTimeout {
            agent.handleTimeout(at: due, using: &generator)
            while agent.pollTransmit() != nil { times.append((due - .zero).milliseconds) }
        }
        #expect(times == [0, 100, 300, 700, 1_500, 3_100, 4_700])
        #expect(agent.state == .failed)
    }

    @Test("consent is asked for about every five seconds, and lasts thirty")
    func consent() throws {
        var generator = SeededGenerator(seed: 5)
        var agent = agent([Self.near])
        agent.handleTimeout(at: .zero, using: &generator)
        let check = try next(&agent)
        try hand(try answer(check.bytes), to: &agent, from: Self.near, at: .zero, using: &generator)
        var last = Timestamp.zero
        for _ in 0..<20 {
            let due = try #require(agent.nextTimeout)
            #expect((4_000...6_000).contains((due - last).milliseconds))
            last = due
            agent.handleTimeout(at: due, using: &generator)
            let check = try next(&agent)
            try hand(try answer(check.bytes), to: &agent, from: Self.near, at: due, using: &generator)
        }
        while agent.state == .connected, let due = agent.nextTimeout {
            agent.handleTimeout(at: due, using: &generator)
            if agent.state == .failed { #expect((due - last).milliseconds == 30_000) }
        }
        #expect(agent.state == .failed)
        #expect(agent.selectedRemote == nil)
    }

    @Test("without a usable candidate it has failed at once")
    func nothing() {
        #expect(agent([]).state == .failed)
    }
}

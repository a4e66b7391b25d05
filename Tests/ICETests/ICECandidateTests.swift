import ICE
import Testing
import Wire

@Suite("Candidates")
struct ICECandidateTests {
    static let lines = [
        "candidate:843318523 1 udp 2122260223 127.0.0.1 33215 typ host generation 0 network-id 1 network-cost 50",
        "candidate:1284236899 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0 network-id 1",
        "candidate:0 1 udp 2122187007 192.0.2.4 43254 typ host",
        "candidate:1 1 udp 2122252543 2001:db8::7 38333 typ host",
        "candidate:4 2 udp 1686052607 203.0.113.9 50000 typ srflx raddr 10.0.0.5 rport 50000 generation 0 ufrag Ab+/ network-cost 999",
        "candidate:7 1 udp 41885695 198.51.100.2 3478 typ relay raddr 203.0.113.9 rport 50000",
        "candidate:2 1 udp 2113937151 4f0a1e9c-59a7-4a34-9d3f-0c3b9d1b6c11.local 51234 typ host generation 0",
        "candidate:a 1 sctp 1 192.0.2.1 0 typ token",
        "candidate:b 256 udp 4294967295 192.0.2.1 65535 typ prflx empty  next 1",
    ]

    @Test("What browsers write is read and written back the same", arguments: lines)
    func roundTrip(line: String) throws {
        let candidate = try ICECandidate(parsing: line)
        #expect(candidate.description == line)
        #expect(try ICECandidate(parsing: candidate.value) == candidate)
    }

    @Test("The fields of a reflexive candidate")
    func fields() throws {
        let candidate = try ICECandidate(parsing: Self.lines[4])
        #expect(candidate.foundation == "4")
        #expect(candidate.component == 2)
        #expect(candidate.transport == .udp)
        #expect(candidate.priority == 1_686_052_607)
        let ip = try #require(IPAddress("203.0.113.9"))
        #expect(candidate.address == SocketAddress(ip: ip, port: 50000))
        #expect(candidate.kind == .serverReflexive)
        #expect(candidate.relatedHost == IPAddress("10.0.0.5").map(ICECandidate.Host.address))
        #expect(candidate.relatedPort == 50000)
        #expect(candidate.tcpType == nil)
        #expect(
            candidate.extensions == [
                .init(name: "generation", value: "0"), .init(name: "ufrag", value: "Ab+/"),
                .init(name: "network-cost", value: "999"),
            ]
        )
    }

    @Test("Firefox writes UDP and TCP in capitals (RFC 8839 §5.1 compares without case)")
    func capitals() throws {
        #expect(
            try ICECandidate(parsing: "candidate:0 1 UDP 2122187007 127.0.0.1 43254 typ host").transport
                == .udp
        )
        let tcp = try ICECandidate(
            parsing: "candidate:2 1 TCP 2105458943 127.0.0.1 9 typ host tcptype active"
        )
        #expect(tcp.transport == .tcp)
        #expect(tcp.tcpType == .active)
    }

    @Test("An mDNS name is kept and stands for no address")
    func mdns() throws {
        let candidate = try ICECandidate(parsing: Self.lines[6])
        #expect(candidate.host == .name("4f0a1e9c-59a7-4a34-9d3f-0c3b9d1b6c11.local"))
        #expect(candidate.address == nil)
    }

    @Test(
        "What does not obey the grammar is refused with its reason",
        arguments: [
            ("", ICECandidateError.malformed(.foundation)),
            ("candidate:", .malformed(.foundation)),
            ("candidate:0-1 1 udp 1 192.0.2.1 1 typ host", .malformed(.foundation)),
            ("123456789012345678901234567890123 1 udp 1 192.0.2.1 1 typ host", .malformed(.foundation)),
            ("0 0 udp 1 192.0.2.1 1 typ host", .malformed(.component)),
            ("0 257 udp 1 192.0.2.1 1 typ host", .malformed(.component)),
            ("0 +1 udp 1 192.0.2.1 1 typ host", .malformed(.component)),
            ("0 1 udp 4294967296 192.0.2.1 1 typ host", .malformed(.priority)),
            ("0 1 udp 99999999999999999999 192.0.2.1 1 typ host", .malformed(.priority)),
            ("0 1 udp -1 192.0.2.1 1 typ host", .malformed(.priority)),
            ("0 1 udp 1 192.0.2.256 1 typ host", .malformed(.address)),
            ("0 1 udp 1 fe80::1%eth0 1 typ host", .malformed(.address)),
            ("0 1 udp 1 a/b.local 1 typ host", .malformed(.address)),
            ("0 1 udp 1 192.0.2.1 65536 typ host", .malformed(.port)),
            ("0 1 udp 1 192.0.2.1 1 type host", .malformed(.kind)),
            ("0 1 udp 1 192.0.2.1 1 typ", .missing(.kind)),
            ("0 1 udp 1 192.0.2.1 1 typ ", .malformed(.kind)),
            ("0 1 udp 1 192.0.2.1 1", .missing(.kind)),
            ("0  1 udp 1 192.0.2.1 1 typ host", .malformed(.component)),
            ("0 1 udp 1 192.0.2.1 1 typ host generation", .extensionWithoutValue),
            ("0 1 udp 1 192.0.2.1 1 typ host ", .extensionWithoutValue),
            ("0 1 udp 1 192.0.2.1 1 typ srflx raddr ? rport 1", .malformed(.relatedAddress)),
            ("0 1 udp 1 192.0.2.1 1 typ srflx raddr 10.0.0.1 rport 70000", .malformed(.relatedPort)),
            ("0 1 tcp 1 192.0.2.1 1 typ host tcptype sideways", .malformed(.tcpType)),
            ("0 1 udp 1 192.0.2.1 1 typ host x y\r\na=ice-lite", .badCharacter),
            ("0 1 udp 1 192.0.2.1 1 typ host x ü", .badCharacter),
        ]
    )
    func refused(line: String, reason: ICECandidateError) {
        #expect(throws: reason) { try ICECandidate(parsing: line) }
    }

    @Test("A line without end is refused before it is looked at")
    func tooLong() {
        let line = Self.lines[0] + String(repeating: " a b", count: 1000)
        #expect(throws: ICECandidateError.tooLong(line.utf8.count)) { try ICECandidate(parsing: line) }
    }

    @Test("Every prefix is read or refused, and what is read is written back", arguments: lines)
    func truncation(line: String) throws {
        for length in 0...line.count {
            guard let candidate = try? ICECandidate(parsing: line.prefix(length)) else { continue }
            #expect(try ICECandidate(parsing: candidate.value) == candidate)
        }
    }

    @Test(
        "Damaged lines are read or refused, and what is read is written back",
        arguments: 0..<8 as Range<UInt64>
    )
    func damage(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var read = 0
        for _ in 0..<3_000 {
            var bytes = Array((Self.lines.randomElement(using: &generator) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(Array(" :.0a9".utf8).randomElement(using: &generator) ?? 0, at: place)
                }
            }
            guard let candidate = try? ICECandidate(parsing: String(decoding: bytes, as: UTF8.self)) else {
                continue
            }
            read += 1
            #expect(try ICECandidate(parsing: candidate.value) == candidate, "seed \(seed)")
        }
        #expect(read > 100)
    }
}

@Suite("Candidate priorities and foundations")
struct ICECandidatePriorityTests {
    @Test("RFC 8445 §5.1.2.1, checked against what browsers compute")
    func priorities() {
        // Chrome: first interface, IPv4, no network preference known.
        #expect(ICECandidate.priority(kind: .host, localPreference: 0x7EFF) == 126 << 24 | 0x7EFF << 8 | 255)
        #expect(ICECandidate.priority(kind: .host, localPreference: 65535) == 2_130_706_431)
        #expect(ICECandidate.priority(kind: .host, localPreference: 65535, component: 2) == 2_130_706_430)
        #expect(ICECandidate.priority(kind: .serverReflexive, localPreference: 65535) == 1_694_498_815)
        #expect(ICECandidate.priority(kind: .peerReflexive, localPreference: 65535) == 1_862_270_975)
        #expect(ICECandidate.priority(kind: .relayed, localPreference: 65535) == 16_777_215)
        #expect(ICECandidate.priority(kind: .host, localPreference: 0, component: 256) == 126 << 24)
    }

    @Test("RFC 8445 §6.1.2.3: both sides compute one priority for a pair")
    func pairs() {
        #expect(ICECandidate.pairPriority(controlling: 3, controlled: 2) == 2 << 32 + 2 * 3 + 1)
        #expect(ICECandidate.pairPriority(controlling: 2, controlled: 3) == 2 << 32 + 2 * 3)
        #expect(ICECandidate.pairPriority(controlling: 0, controlled: 0) == 0)
        #expect(ICECandidate.pairPriority(controlling: .max, controlled: 1) == 1 << 32 + 2 * 0xFFFF_FFFF + 1)
        // The highest that can be claimed on the wire does not fit in 64 bits, and must not trap.
        _ = ICECandidate.pairPriority(controlling: .max, controlled: .max)
    }

    @Test("RFC 8421 §4: families alternate, and priorities fall strictly")
    func hostCandidates() throws {
        let addresses = try ["192.0.2.1", "192.0.2.2", "2001:db8::1", "192.0.2.3", "2001:db8::2"].map {
            SocketAddress(ip: try #require(IPAddress($0)), port: 40000)
        }
        let candidates = ICECandidate.hostCandidates(for: addresses)
        #expect(
            candidates.map(\.host.description) == [
                "2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3",
            ]
        )
        #expect(zip(candidates, candidates.dropFirst()).allSatisfy { $0.priority > $1.priority })
        #expect(
            candidates.allSatisfy {
                $0.kind == .host && $0.transport == .udp && $0.component == 1 && $0.port == 40000
            }
        )
        #expect(candidates[0].priority == 2_130_706_431)
        #expect(Set(candidates.map(\.foundation)).count == 5)
        for candidate in candidates { #expect(try ICECandidate(parsing: candidate.description) == candidate) }
        #expect(ICECandidate.hostCandidates(for: []).isEmpty)
    }

    @Test("RFC 8445 §5.1.1.3: foundations depend on kind, base and protocol, and on nothing else")
    func foundations() throws {
        let one = IPAddress(v4: 1)
        let two = IPAddress(v4: 2)
        let base = ICECandidate.foundation(kind: .host, base: one, transport: .udp)
        #expect(base == ICECandidate.foundation(kind: .host, base: one, transport: .udp))
        #expect(base != ICECandidate.foundation(kind: .host, base: two, transport: .udp))
        #expect(base != ICECandidate.foundation(kind: .relayed, base: one, transport: .udp))
        #expect(base != ICECandidate.foundation(kind: .host, base: one, transport: .tcp))
        let ports: [UInt16] = [1, 2]
        let same = ICECandidate.hostCandidates(for: ports.map { SocketAddress(ip: one, port: $0) })
        #expect(same[0].foundation == same[1].foundation)
    }
}

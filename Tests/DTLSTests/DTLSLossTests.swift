import DTLS
import Testing
import Wire

/// These wait for OpenSSL's real timers.
@Suite("DTLS over a bad path")
struct DTLSLossTests {
    @Test("A third of all datagrams lost: the handshake gets through", arguments: [UInt64(1), 2, 3, 4])
    func loss(seed: UInt64) throws {
        let pair = try Pair()
        var generator = SeededGenerator(seed: seed)
        pair.wire = { _, datagram in Int.random(in: 0..<3, using: &generator) == 0 ? [] : [datagram] }
        pair.run(seconds: 25)
        #expect(pair.server.keys != nil, "seed \(seed)")
        #expect(pair.client.keys == pair.server.keys, "seed \(seed)")
    }

    @Test("The first retransmission comes within a fifth of a second")
    func firstRetransmission() throws {
        let pair = try Pair()
        var dropped = 0
        pair.wire = { direction, datagram in
            if direction == .toServer, dropped == 0 {
                dropped = 1
                return []
            }
            return [datagram]
        }
        let begin = Pair.now()
        pair.run()
        #expect(pair.server.keys != nil)
        #expect(Pair.now() - begin >= .milliseconds(100))
        #expect(Pair.now() - begin < .milliseconds(1_000))
    }

    @Test("A lost last flight is sent again when the client repeats its own, though the server is through")
    func lostLastFlight() throws {
        let pair = try Pair()
        var dropped = false
        pair.wire = { [server = pair.server] direction, datagram in
            if direction == .toClient, server.association.state == .connected, !dropped {
                dropped = true
                return []
            }
            return [datagram]
        }
        pair.run()
        #expect(dropped)
        #expect(pair.client.keys != nil)
        #expect(pair.client.keys == pair.server.keys)
    }

    @Test("Every datagram twice is the same as once")
    func duplicates() throws {
        let pair = try Pair()
        pair.wire = { _, datagram in [datagram, datagram] }
        pair.run()
        #expect(pair.server.keys != nil)
        #expect(pair.client.keys == pair.server.keys)
        #expect(pair.server.events.count == 1)
    }

    @Test("Small fragments, shuffled and lost")
    func everythingAtOnce() throws {
        let pair = try Pair(linkMTU: 256)
        var generator = SeededGenerator(seed: 9)
        var held: [Pair.Direction: [UInt8]] = [:]
        pair.wire = { direction, datagram in
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: return []
            case 1:
                let earlier = held.updateValue(datagram, forKey: direction)
                return earlier.map { [$0] } ?? []
            default: return [datagram]
            }
        }
        pair.run(seconds: 25)
        #expect(pair.server.keys != nil)
        #expect(pair.client.keys == pair.server.keys)
    }
}

import DTLS
import Testing
import Wire

@Suite("DTLS association")
struct DTLSAssociationTests {
    @Test("close_notify ends both sides, each with one event")
    func close() throws {
        let pair = try Pair()
        pair.run()
        pair.client.association.close()
        pair.exchange()
        #expect(pair.server.association.state == .closed)
        #expect(pair.server.events.last == .closed)
        #expect(pair.client.association.state == .closed)
        #expect(pair.client.events.count == 1, "whoever closes knows")
        pair.server.association.close()
        pair.client.association.close()
        pair.exchange()
        #expect(pair.server.events.count == 2)
    }

    @Test("Closing within the handshake is quiet")
    func closeEarly() throws {
        let pair = try Pair()
        pair.server.association.close()
        pair.run(seconds: 1)
        #expect(pair.server.association.state == .closed)
        #expect(pair.server.events.isEmpty)
    }

    @Test("Two servers say nothing, and give up after half a minute")
    func nobodyBegins() throws {
        let start = Timestamp(nanoseconds: 5)
        let association = try DTLSAssociation(
            context: Identity.server.context,
            role: .server,
            expectedFingerprints: [Identity.client.certificate.fingerprint],
            at: start
        )
        association.start(at: start)
        #expect(association.pollTransmit() == nil)
        let deadline = start + DTLSAssociation.patience
        #expect(association.nextTimeout(at: start) == deadline)
        association.handleTimeout(at: start + .seconds(29))
        #expect(association.pollEvent() == nil)
        association.handleTimeout(at: deadline)
        #expect(association.pollEvent() == .failed(.timedOut))
        #expect(association.state == .failed)
        #expect(association.nextTimeout(at: deadline) == nil)
        association.handleTimeout(at: deadline)
        #expect(association.pollEvent() == nil)
    }

    @Test("Two clients fail with OpenSSL's reason")
    func bothBegin() throws {
        let now = Pair.now()
        let ends = try [Identity.client, Identity.server].map { identity in
            try DTLSAssociation(
                context: identity.context,
                role: .client,
                expectedFingerprints: [Identity.stranger.certificate.fingerprint],
                at: now
            )
        }
        for end in ends { end.start(at: now) }
        let hello = try #require(ends[0].pollTransmit())
        ends[1].handle(hello.span, at: now)
        guard case .failed(.handshake(let reasons))? = ends[1].pollEvent() else {
            Issue.record("a hello for a client should fail")
            return
        }
        #expect(reasons.contains { $0.contains("unexpected message") })
        // The other side is told by an alert.
        _ = ends[1].pollTransmit()
        #expect(ends[1].pollTransmit() != nil)
    }

    @Test("Nothing is pending once connected")
    func timers() throws {
        let pair = try Pair()
        pair.client.association.start(at: Pair.now())
        let now = Pair.now()
        let timeout = try #require(pair.client.association.nextTimeout(at: now))
        #expect(timeout <= now + .milliseconds(200))
        pair.run()
        #expect(pair.client.association.nextTimeout(at: Pair.now()) == nil)
        #expect(pair.server.association.nextTimeout(at: Pair.now()) == nil)
    }

    @Test("Random datagrams change nothing, before, within and after the handshake")
    func garbage() throws {
        let pair = try Pair()
        var generator = SeededGenerator(seed: 31)
        func noise() -> [UInt8] {
            var bytes = (0..<Int.random(in: 1...300, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            // What the demultiplexer lets through as DTLS (RFC 7983 §7).
            bytes[0] = UInt8.random(in: 20...63, using: &generator)
            return bytes
        }
        pair.wire = { _, datagram in
            (0..<20).map { _ in noise() } + [datagram] + (0..<20).map { _ in noise() }
        }
        pair.run()
        #expect(pair.server.keys != nil)
        #expect(pair.client.keys == pair.server.keys)
        for _ in 0..<200 {
            let datagram = noise()
            pair.server.association.handle(datagram.span, at: Pair.now())
        }
        pair.exchange()
        #expect(pair.server.association.state == .connected)
        #expect(pair.server.events.count == 1)
    }

    @Test("Every prefix of every datagram, then the datagram: nothing traps and the handshake goes on")
    func truncation() throws {
        let pair = try Pair()
        pair.wire = { _, datagram in (1...datagram.count).map { Array(datagram[..<$0]) } }
        pair.run()
        #expect(pair.server.keys != nil)
        #expect(pair.client.keys == pair.server.keys)
    }

    @Test(
        "Damaged bytes in a first flight end in keys or in a failure",
        arguments: [Pair.Direction.toServer, .toClient]
    )
    func damage(towards: Pair.Direction) throws {
        var generator = SeededGenerator(seed: 32)
        for round in 0..<60 {
            let pair = try Pair()
            var isFirst = true
            pair.wire = { direction, datagram in
                guard direction == towards, isFirst else { return [datagram] }
                isFirst = false
                var damaged = datagram
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let place = Int.random(in: 0..<datagram.count, using: &generator)
                    damaged[place] = UInt8.random(in: 0...255, using: &generator)
                }
                return [damaged]
            }
            pair.run(seconds: 1)
            // Damage that goes unnoticed until the messages are put together ends when patience does.
            for end in [pair.client, pair.server] {
                end.association.handleTimeout(at: Pair.now() + DTLSAssociation.patience)
                #expect(end.association.state != .handshaking, "round \(round)")
            }
            if pair.client.keys != nil, pair.server.keys != nil {
                #expect(pair.client.keys == pair.server.keys)
            }
        }
    }

    @Test("Empty and huge datagrams are ignored")
    func sizes() throws {
        let pair = try Pair()
        pair.server.association.handle([UInt8]().span, at: Pair.now())
        pair.server.association.handle([UInt8](repeating: 22, count: 70_000).span, at: Pair.now())
        pair.run()
        #expect(pair.server.keys != nil)
    }

    @Test("Datagrams nobody fetches do not pile up")
    func boundedOutput() throws {
        let pair = try Pair()
        pair.client.association.start(at: Pair.now())
        let hello = try #require(pair.client.association.pollTransmit())
        for number in 0..<200 {
            // Each a new record, so that each is answered or ignored, as OpenSSL sees fit.
            let again = DTLSRecord.renumbered(hello, by: number)
            pair.server.association.handle(again.span, at: Pair.now())
        }
        var count = 0
        while pair.server.association.pollTransmit() != nil { count += 1 }
        #expect(count > 0)
        #expect(count <= 64)
    }
}

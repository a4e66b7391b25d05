import Ciphers
import DTLS
import ICE
import SRTP
import Testing
import Transport
import Wire

@Suite("A peer's transport")
struct PeerTransportTests {
    private let home = NetworkPath(
        socket: SocketIndex(0),
        remote: SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 1_000)
    )
    private let elsewhere = NetworkPath(
        socket: SocketIndex(0),
        remote: SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 2_000)
    )

    private func makeServer() throws -> (transport: PeerTransport, certificate: Certificate) {
        let certificate = try Certificate.selfSigned(
            commonName: "roost",
            validDays: 1,
            dnsNames: [],
            addresses: []
        )
        let context = try DTLSContext(certificate: certificate)
        return (PeerTransport(credentials: RemotePeer.server, dtlsContext: context, at: .zero), certificate)
    }

    private func configure(_ transport: PeerTransport, for remote: RemotePeer, role: DTLSRole = .server) {
        transport.configure(
            remote: remote.credentials,
            role: role,
            fingerprints: [remote.certificate.fingerprint],
            restart: nil,
            at: .zero
        )
    }

    @Test("a check and a handshake make keys that both sides share", arguments: [DTLSRole.server, .client])
    func connects(role: DTLSRole) throws {
        let (transport, certificate) = try makeServer()
        let remote = try RemotePeer(role == .server ? .client : .server, expecting: certificate)
        configure(transport, for: remote, role: role)
        #expect(transport.sender == nil)
        #expect(try transport.receiveSTUN(remote.check(), on: home) == .accepted)
        #expect(transport.selectedPath == home)
        if role == .server { remote.association.start(at: .zero) }
        remote.exchange(with: transport, on: home)
        let keys = try #require(remote.keys)
        #expect(transport.profile == keys.profile)
        #expect(transport.drainEvents().contains { if case .connected = $0 { true } else { false } })

        // What the browser sends under its half of the keys is understood, once.
        let (key, salt) =
            role == .server ? (keys.clientKey, keys.clientSalt) : (keys.serverKey, keys.serverSalt)
        let sender = try SRTPSender(profile: keys.profile, key: key, salt: salt)
        var stream = SRTPSendStream(ssrc: SSRC(9))
        var packet: [UInt8] = [0x80, 96, 0, 5, 0, 0, 0, 1, 0, 0, 0, 9, 1, 2, 3, 4]
        let plain = packet
        packet += [UInt8](repeating: 0, count: SRTPSender.overhead)
        let length = try #require(
            sender.protect(
                &packet,
                length: plain.count,
                headerLength: 12,
                index: ExtendedSequenceNumber(5),
                stream: &stream
            )
        )
        var copy = packet
        #expect(transport.unprotect(&packet, length: length, on: home, at: .zero) == .ok(plain.count))
        #expect(Array(packet[..<plain.count]) == plain)
        #expect(transport.unprotect(&copy, length: length, on: home, at: .zero) == .replay)
    }

    @Test("a check proves something only with the password")
    func outcomes() throws {
        let (transport, certificate) = try makeServer()
        let remote = try RemotePeer(expecting: certificate)
        configure(transport, for: remote)
        #expect(
            try transport.receiveSTUN(remote.check(password: "wrongwrongwrongwrongwrong"), on: home)
                == .refused
        )
        #expect(transport.selectedPath == nil)
        // It was answered all the same: a client with outdated credentials learns that it has them.
        #expect(transport.pollTransmit()?.path == home)
        var damaged = remote.check()
        damaged[damaged.count - 1] ^= 1
        #expect(try transport.receiveSTUN(damaged, on: home) == .dropped(.badFingerprint))
        #expect(transport.pollTransmit() == nil)
        #expect(try transport.receiveSTUN(remote.check(nominates: false), on: home) == .accepted)
        #expect(transport.selectedPath == nil)
        #expect(try transport.receiveSTUN(remote.check(), on: home) == .accepted)
        #expect(transport.selectedPath == home)
    }

    @Test("a handshake on a path that nobody proved is not answered")
    func unproved() throws {
        let (transport, certificate) = try makeServer()
        let remote = try RemotePeer(expecting: certificate)
        configure(transport, for: remote)
        _ = try transport.receiveSTUN(remote.check(), on: home)
        while transport.pollTransmit() != nil {}
        remote.association.start(at: .zero)
        let hello = try #require(remote.association.pollTransmit())
        let isTaken = transport.handleDTLS(hello.span, on: elsewhere, at: .zero)
        #expect(!isTaken)
        #expect(transport.pollTransmit() == nil)
    }

    @Test("a hello that overtakes the negotiation is kept, and answered when it is done")
    func earlyHello() throws {
        let (transport, certificate) = try makeServer()
        let remote = try RemotePeer(expecting: certificate)
        #expect(try transport.receiveSTUN(remote.check(), on: home) == .accepted)
        remote.association.start(at: .zero)
        remote.exchange(with: transport, on: home)
        #expect(transport.dtlsState == nil)
        configure(transport, for: remote)
        remote.exchange(with: transport, on: home)
        #expect(remote.keys != nil)
        #expect(transport.profile != nil)
    }

    @Test("only so many early datagrams are kept")
    func earlyLimit() throws {
        let (transport, certificate) = try makeServer()
        let remote = try RemotePeer(expecting: certificate)
        _ = try transport.receiveSTUN(remote.check(), on: home)
        let junk: [UInt8] = [22, 0xFE, 0xFD, 0, 0]
        let taken = (0..<20).count { _ in transport.handleDTLS(junk.span, on: home, at: .zero) }
        #expect(taken == 4)
    }

    @Test("a certificate that the offer did not name ends it, in words")
    func wrongCertificate() throws {
        let (transport, certificate) = try makeServer()
        let remote = try RemotePeer(expecting: certificate)
        let other = try Certificate.selfSigned(commonName: "other", validDays: 1, dnsNames: [], addresses: [])
        transport.configure(
            remote: remote.credentials,
            role: .server,
            fingerprints: [other.fingerprint],
            restart: nil,
            at: .zero
        )
        _ = try transport.receiveSTUN(remote.check(), on: home)
        remote.association.start(at: .zero)
        remote.exchange(with: transport, on: home)
        #expect(transport.sender == nil)
        let reasons = transport.drainEvents().compactMap { event -> String? in
            if case .failed(let reason) = event { reason } else { nil }
        }
        #expect(reasons.count == 1)
        #expect(reasons.first?.isEmpty == false)
    }

    @Test("either side can end it, and the other hears of it")
    func closing() throws {
        for serverCloses in [true, false] {
            let (transport, certificate) = try makeServer()
            let remote = try RemotePeer(expecting: certificate)
            configure(transport, for: remote)
            _ = try transport.receiveSTUN(remote.check(), on: home)
            remote.association.start(at: .zero)
            remote.exchange(with: transport, on: home)
            _ = transport.drainEvents()
            if serverCloses { transport.close() } else { remote.association.close() }
            remote.exchange(with: transport, on: home)
            if serverCloses {
                #expect(remote.isClosed)
            } else {
                #expect(
                    transport.drainEvents().contains { if case .closedByPeer = $0 { true } else { false } }
                )
            }
        }
    }

    @Test("a client that begins a new transport gets new keys, and its old one may close before or after", arguments: [false, true])
    func replacement(closesFirst: Bool) throws {
        let (transport, certificate) = try makeServer()
        let remote = try RemotePeer(expecting: certificate)
        configure(transport, for: remote)
        _ = try transport.receiveSTUN(remote.check(), on: home)
        remote.association.start(at: .zero)
        remote.exchange(with: transport, on: home)
        let sender = try #require(transport.sender)
        _ = transport.drainEvents()

        transport.expectReplacement()
        #expect(transport.sender === sender, "the keys are good until others are there")
        if closesFirst {
            remote.association.close()
            remote.exchange(with: transport, on: home)
            #expect(!transport.drainEvents().contains { if case .closedByPeer = $0 { true } else { false } })
        }
        let next = try remote.nextTransport(expecting: certificate)
        _ = try transport.receiveSTUN(next.check(), on: elsewhere)
        next.association.start(at: .zero)
        next.exchange(with: transport, on: elsewhere)
        #expect(next.keys != nil)
        #expect(next.keys?.serverKey != remote.keys?.serverKey)
        #expect(transport.sender !== sender)
        #expect(!transport.isHandshaking)
        let events = transport.drainEvents()
        #expect(events.contains { if case .rekeyed = $0 { true } else { false } })
        // The new association is the one that counts from now on.
        next.association.close()
        next.exchange(with: transport, on: elsewhere)
        #expect(transport.drainEvents().contains { if case .closedByPeer = $0 { true } else { false } })
    }

    @Test("a minute after the handshake nothing of OpenSSL is left, and all that mattered still works")
    func retirement() throws {
        let (transport, certificate) = try makeServer()
        let remote = try RemotePeer(expecting: certificate)
        configure(transport, for: remote)
        _ = try transport.receiveSTUN(remote.check(), on: home)
        remote.association.start(at: .zero)
        remote.exchange(with: transport, on: home)
        let sender = try #require(transport.sender)
        #expect(transport.holdsAssociation)
        transport.handleTimeout(at: .zero + .seconds(59))
        #expect(transport.holdsAssociation)
        _ = try transport.receiveSTUN(remote.check(), on: home, at: .zero + .seconds(60))
        transport.handleTimeout(at: .zero + .seconds(60))
        #expect(!transport.holdsAssociation)
        #expect(transport.dtlsState == .connected && !transport.isHandshaking)
        #expect(transport.sender === sender)
        while transport.pollTransmit() != nil {}

        // A repeated flight is answered, once a second; an alert is not, nor is rubbish.
        let repeated: [UInt8] = [22, 0xFE, 0xFD, 0, 1] + [UInt8](repeating: 7, count: 60)
        let now = Timestamp.zero + .seconds(61)
        for _ in 0..<3 { _ = transport.handleDTLS(repeated.span, on: home, at: now) }
        var answers: [PeerTransport.Transmit] = []
        while let answer = transport.pollTransmit() { answers.append(answer) }
        #expect(!answers.isEmpty && answers.allSatisfy { $0.path == home && (20...22).contains($0.bytes[0]) })
        let count = answers.count
        _ = transport.handleDTLS(repeated.span, on: home, at: now + .seconds(1))
        answers = []
        while let answer = transport.pollTransmit() { answers.append(answer) }
        #expect(answers.count == count, "the same flight, and only once a second")
        let alert: [UInt8] = [21, 0xFE, 0xFD, 0, 1] + [UInt8](repeating: 7, count: 30)
        _ = transport.handleDTLS(alert.span, on: home, at: now + .seconds(5))
        #expect(transport.pollTransmit() == nil)

        // The goodbye is understood.
        transport.close()
        remote.exchange(with: transport, on: home)
        #expect(remote.isClosed)
        #expect(transport.dtlsState == .closed)
    }

    @Test("a new transport can take the place of one whose association is gone")
    func replacementAfterRetirement() throws {
        let (transport, certificate) = try makeServer()
        let remote = try RemotePeer(expecting: certificate)
        configure(transport, for: remote)
        _ = try transport.receiveSTUN(remote.check(), on: home)
        remote.association.start(at: .zero)
        remote.exchange(with: transport, on: home)
        transport.handleTimeout(at: .zero + .seconds(60))
        #expect(!transport.holdsAssociation)
        transport.expectReplacement()
        #expect(transport.isHandshaking)
        let next = try remote.nextTransport(expecting: certificate)
        _ = try transport.receiveSTUN(next.check(), on: elsewhere)
        next.association.start(at: .zero)
        next.exchange(with: transport, on: elsewhere)
        #expect(next.keys != nil && !transport.isHandshaking && transport.holdsAssociation)
    }

    @Test("an ICE restart keeps the keys")
    func restart() throws {
        let (transport, certificate) = try makeServer()
        let remote = try RemotePeer(expecting: certificate)
        configure(transport, for: remote)
        _ = try transport.receiveSTUN(remote.check(), on: home)
        remote.association.start(at: .zero)
        remote.exchange(with: transport, on: home)
        let sender = try #require(transport.sender)
        let fresh = ICECredentials(usernameFragment: "00serverBB", password: "newserverpasswordserverp")
        transport.configure(
            remote: remote.credentials,
            role: .client,
            fingerprints: [],
            restart: fresh,
            at: .zero
        )
        #expect(transport.ice.local == fresh)
        #expect(transport.sender === sender)
        #expect(transport.selectedPath == home)
        #expect(try transport.receiveSTUN(remote.check(), on: elsewhere) == .accepted)
    }
}

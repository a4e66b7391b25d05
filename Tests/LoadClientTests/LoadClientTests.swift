import Engine
import LoadClient
import RTP
import Testing
import Wire

@Suite("A load client and a real engine")
struct LoadClientTests {
    private func publisher(slots: Int = 1) -> ClientOffer.Options {
        var options = ClientOffer.Options()
        options.audioSlots = slots
        options.videoSlots = slots
        return options
    }

    @Test("join, and media flows both ways")
    func bothWays() throws {
        let server = try SimulatedServer(seed: 1)
        let alice = try server.join(publisher())
        let bob = try server.join(publisher())
        server.run(for: .milliseconds(200))
        for client in [alice, bob] {
            #expect(client.events.first == .pathFound)
            #expect(client.events.last == .connected(profile: "SRTP_AEAD_AES_128_GCM"))
            #expect(client.client.slots.map(\.kind) == [.audio, .video])
        }
        server.connect(alice, to: bob)
        server.connect(bob, to: alice)
        server.run(for: .seconds(2))
        for client in [alice, bob] {
            #expect(client.wantedKeyframes > 0)
            #expect((client.received[0]?.count ?? 0) > 50)
            #expect((client.received[1]?.count ?? 0) > 150)
            #expect(client.payloads[1]?.suffix(900) == [UInt8](repeating: 2, count: 900)[...])
            #expect(client.client.figures.undecipherable == 0)
            #expect(client.client.slotFigures.allSatisfy { $0.lost == 0 })
        }
    }

    @Test("what is lost comes again over RTX, in both directions", arguments: UInt64(0)..<5)
    func repair(seed: UInt64) throws {
        let server = try SimulatedServer(seed: seed)
        let alice = try server.join(publisher(slots: 0))
        var listener = publisher()
        listener.sendsAudio = false
        listener.video = nil
        let bob = try server.join(listener)
        server.run(for: .milliseconds(200))
        server.connect(alice, to: bob)
        server.run(for: .milliseconds(200))
        server.loss = 0.05
        server.run(for: .seconds(5))
        server.loss = 0
        alice.isSending = false
        server.run(for: .seconds(1))
        let video = try #require(bob.client.slotFigures.last)
        #expect(video.lost > 5)
        // What is lost on both ways, and once more when it comes late, may stay lost: that is one in hundreds.
        #expect(video.lostForGood <= 1, "seed \(seed)")
        #expect(video.nacksSent >= video.lost)
        #expect(bob.retransmissions > 5)
        #expect(alice.client.figures.nacksReceived >= 4)
        #expect(alice.client.figures.retransmissionsSent >= 4)
        let numbers = try #require(bob.received[1])
        let (first, last) = (try #require(numbers.min()), try #require(numbers.max()))
        #expect(numbers.count + Int(video.lostForGood) == Int(last - first) + 1, "seed \(seed)")
    }

    @Test("packets of data channels pass over DTLS, both ways, and only where data channels were negotiated")
    func applicationData() throws {
        let server = try SimulatedServer(seed: 6)
        var options = publisher()
        options.hasDataChannels = true
        let alice = try server.join(options)
        let bob = try server.join(publisher())
        #expect(alice.answer.dataChannels == ClientAnswer.DataChannels(port: 5_000, maxMessageSize: 65_536))
        #expect(bob.answer.dataChannels == nil)
        let isEarly = alice.client.sendApplicationData([1].span)
        #expect(!isEarly)
        server.run(for: .milliseconds(200))
        let packet = [UInt8](repeating: 9, count: 1_160)
        for client in [alice, bob] { client.client.sendApplicationData(packet.span) }
        server.run(for: .milliseconds(50))
        #expect(server.engine.takeApplicationData() == [ApplicationPacket(peer: alice.peer, bytes: packet)])
        server.engine.sendApplicationData(ApplicationPacket(peer: alice.peer, bytes: [1, 2, 3]), at: server.now)
        server.run(for: .milliseconds(50))
        #expect(alice.client.pollApplicationData() == [1, 2, 3])
        #expect(alice.client.pollApplicationData() == nil)
    }

    /// The last byte counts the padding only once it is decrypted: before that it may be anything, 0 too.
    @Test("packets that are not decrypted count, whatever padding they seem to have", arguments: [0, 1, 40, 255])
    func encryptedPadding(last: UInt8) throws {
        let server = try SimulatedServer(seed: 5)
        var listener = publisher()
        listener.sendsAudio = false
        listener.video = nil
        let bob = try server.join(listener, opensMedia: false)
        server.run(for: .milliseconds(200))
        let ssrc = try #require(bob.client.slots.last).ssrc.rawValue
        var bytes: [UInt8] = [0xA0, 96, 0, 7, 0, 0, 0, 1]
        bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ssrc >> $0) }
        bytes += [UInt8](repeating: 0x5A, count: 40) + [last]
        bob.receive(&bytes, from: server.address, at: server.now)
        #expect(bob.received[1]?.count == 1)
        #expect(bob.client.figures.strays == 0)
    }

    @Test("a server that falls silent is noticed after thirty seconds (RFC 7675)")
    func consent() throws {
        let server = try SimulatedServer(seed: 3)
        let alice = try server.join(publisher())
        server.run(for: .milliseconds(200))
        server.loss = 1
        alice.isSending = false
        server.run(for: .seconds(29))
        #expect(alice.client.isConnected)
        server.run(for: .seconds(7))
        #expect(!alice.client.isConnected)
        guard case .failed = alice.events.last else {
            Issue.record("no failure was told: \(alice.events)")
            return
        }
    }

    @Test("bytes that are nothing, and forged answers, do no harm")
    func hostile() throws {
        let server = try SimulatedServer(seed: 4)
        let alice = try server.join(publisher())
        server.run(for: .milliseconds(200))
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<5_000 {
            let count = Int.random(in: 0...80, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if !bytes.isEmpty { bytes[0] = [0, 1, 22, 128, 144, 160, 200].randomElement(using: &generator) ?? 0 }
            alice.receive(&bytes, from: server.address, at: server.now)
        }
        #expect(alice.client.isConnected)
        #expect(alice.received.isEmpty)
    }
}

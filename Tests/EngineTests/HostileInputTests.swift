import Ciphers
import Engine
import RTP
import SRTP
import Testing
import Wire

@Suite("Hostile input")
struct HostileInputTests {
    private static let stranger = SimulatedRoom.address(host: 200, port: 666)

    /// Every kind of datagram, as clients and others send them.
    private static func makeGolden(from room: SimulatedRoom) throws -> [[UInt8]] {
        room.record()
        room.run(for: .milliseconds(900))
        let recording = try #require(room.recording).map(\.bytes)
        var golden: [[UInt8]] = []
        for kind in [DatagramKind.stun, .rtp, .rtcp] {
            let some = recording.filter { DatagramKind($0.span) == kind }
            golden += some.prefix(2) + some.suffix(1)
        }
        // The beginning of a ClientHello, and a few things that are nothing.
        golden.append([
            22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 1, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 8, 1, 2, 3, 4, 5,
            6, 7, 8,
        ])
        golden.append([UInt8](repeating: 0, count: 40))
        golden.append([UInt8](repeating: 0xFF, count: 40))
        golden.append([64, 1, 0, 4, 1, 2, 3, 4])
        return golden
    }

    @Test("every prefix of every datagram, from friends and strangers, is dropped, counted, and harms nobody")
    func prefixes() throws {
        let room = try SimulatedRoom(seed: 1)
        var options = ClientOptions()
        options.camera = .simulcast
        let alice = try room.join(options)
        let bob = try room.join()
        room.connect(alice, to: bob)
        room.connect(bob, to: alice)
        let golden = try Self.makeGolden(from: room)
        var cases = 0
        for datagram in golden {
            for length in 0..<datagram.count {
                for address in [alice.address, bob.address, Self.stranger] {
                    let before = room.drops
                    room.deliver(Array(datagram[..<length]), from: address)
                    // Only the first records of a handshake are kept without being understood.
                    let isHandshake = datagram[0] == 22 && length >= 2 && address != Self.stranger
                    if !isHandshake {
                        #expect(room.drops == before + 1, "\(datagram[0]), \(length) of \(datagram.count)")
                    }
                    cases += 1
                }
            }
        }
        #expect(cases > 2_500)
        try Self.expectUnharmed(room, alice, bob)
    }

    @Test("a datagram with any bit wrong is dropped, counted, and harms nobody", arguments: UInt64(0)..<6)
    func damage(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed)
        var options = ClientOptions()
        options.profile = SRTPProtectionProfile.allCases[Int(seed) % 3]
        let alice = try room.join(options)
        let bob = try room.join(options)
        room.connect(alice, to: bob)
        room.connect(bob, to: alice)
        let golden = try Self.makeGolden(from: room)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1_500 {
            var datagram = golden[Int.random(in: 0..<golden.count, using: &generator)]
            // Nothing guards the FINGERPRINT at the end of a check. Who has overheard one can send it again
            // anyway.
            let end = DatagramKind(datagram.span) == .stun ? datagram.count - 8 : datagram.count
            var bits: Set<Int> = []
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bits.insert(Int.random(in: 0..<max(end, 1) * 8, using: &generator))
            }
            for bit in bits { datagram[bit / 8] ^= 1 << UInt8(bit % 8) }
            if Bool.random(using: &generator) { datagram += [1, 2, 3] }
            let addresses = [alice.address, bob.address, Self.stranger]
            room.deliver(datagram, from: addresses[Int.random(in: 0...2, using: &generator)])
        }
        try Self.expectUnharmed(room, alice, bob)
    }

    @Test("noise is dropped, whatever its length", arguments: UInt64(0)..<4)
    func noise(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed)
        let alice = try room.join()
        let bob = try room.join()
        room.connect(alice, to: bob)
        room.connect(bob, to: alice)
        room.run(for: .milliseconds(900))
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let length = Int.random(in: 0...1_600, using: &generator)
            var datagram = [UInt8](repeating: UInt8.random(in: 0...255, using: &generator), count: length)
            for index in datagram.indices.prefix(40) {
                datagram[index] = UInt8.random(in: 0...255, using: &generator)
            }
            // Most of it looks like media at first sight.
            if length > 0, Bool.random(using: &generator) { datagram[0] = 0x80 | datagram[0] & 0x3F }
            room.deliver(datagram, from: Bool.random(using: &generator) ? alice.address : Self.stranger)
        }
        try Self.expectUnharmed(room, alice, bob)
    }

    @Test(
        "media under another key is no media, and takes no place",
        arguments: SRTPProtectionProfile.allCases
    )
    func wrongKey(profile: SRTPProtectionProfile) throws {
        let room = try SimulatedRoom(seed: 3)
        var options = ClientOptions()
        options.profile = profile
        let alice = try room.join(options)
        let bob = try room.join(options)
        room.connect(alice, to: bob)
        room.connect(bob, to: alice)
        room.run(for: .milliseconds(900))
        let sender = try SRTPSender(
            profile: profile,
            key: [UInt8](repeating: 9, count: profile.keyLength),
            salt: [UInt8](repeating: 7, count: profile.saltLength)
        )
        // More SSRCs than a peer may have, each of them new, and those that are in use.
        let used = alice.streams.map(\.ssrc)
        for number in 0..<300 {
            let ssrc = number < used.count ? used[number] : SSRC(UInt32(number) + 1)
            var stream = SRTPSendStream(ssrc: ssrc)
            var bytes = [UInt8](repeating: 0, count: 100)
            var span = bytes.mutableSpan
            RTPFixedHeader(
                marker: false,
                payloadType: alice.codecs[0].payloadType,
                sequenceNumber: SequenceNumber(UInt16(number + 1)),
                timestamp: RTPTimestamp(7),
                ssrc: ssrc
            ).write(into: &span, hasExtension: false)
            let length = sender.protect(
                &bytes,
                length: 60,
                headerLength: 12,
                index: ExtendedSequenceNumber(UInt64(number + 1)),
                stream: &stream
            )
            room.deliver(Array(bytes[..<(try #require(length))]), from: alice.address)
        }
        // A number that was received already is refused before anything is computed.
        let drops = room.statistics(of: alice).drops
        #expect(drops["authentication_failed", default: 0] + drops["replay", default: 0] == 300)
        #expect(drops["authentication_failed", default: 0] > 290)
        try Self.expectUnharmed(room, alice, bob)
    }

    /// A header extension of 255 bytes and a payload that just came in do not fit into what goes out.
    @Test("the longest extension with the longest payload is dropped where it does not fit, and harms nobody")
    func longestPackets() throws {
        let room = try SimulatedRoom(seed: 9)
        var options = ClientOptions()
        options.videoCodecs = [.av1]
        options.scalabilityMode = .l1t3
        let alice = try room.join(options)
        let bob = try room.join(options)
        room.connect(alice, to: bob)
        room.run(for: .seconds(1))
        let video = try #require(alice.streams.last)
        var generator = SeededGenerator(seed: 4)
        let usual = video.shape.payload
        for payload in 1_150...1_376 {
            video.shape.payload = payload
            for packet in video.makeFrame(capture: room.now, using: &generator) {
                var packet = packet
                packet.dependencies += [UInt8](repeating: 0, count: 255 - packet.dependencies.count)
                alice.send(packet, on: video)
            }
            room.run(for: .milliseconds(1))
        }
        let dropped = room.statistics(of: bob).drops["oversize"] ?? 0
        #expect(dropped > 0 && dropped < 227 * 4)
        video.shape.payload = usual
        video.wantsKeyframe = true
        room.run(for: .seconds(4))
        #expect(room.now - (bob.slot("v0").frames.last?.arrival ?? .zero) < .milliseconds(150))
        room.finish()
    }

    @Test("the highest limit that REMB can say, before anything is sent, is no limit")
    func highestREMB() throws {
        let room = try SimulatedRoom(seed: 10)
        let alice = try room.join()
        let bob = try room.join()
        room.run(for: .milliseconds(300))
        let report = ReceiverEstimatedMaximumBitrate(sender: bob.controlSSRC, bitrate: .max, sources: [])
        bob.sendControl { report.write(into: &$0) }
        room.run(for: .milliseconds(100))
        room.connect(alice, to: bob)
        room.run(for: .seconds(2))
        #expect(bob.slot("v0").frames.count > 10)
        room.finish()
    }

    @Test("what was recorded and is sent again is refused")
    func replay() throws {
        let room = try SimulatedRoom(seed: 4)
        let alice = try room.join()
        let bob = try room.join()
        room.connect(alice, to: bob)
        room.connect(bob, to: alice)
        room.record()
        room.run(for: .milliseconds(900))
        let recording = try #require(room.recording)
        room.run(for: .milliseconds(100))
        let media = recording.filter { $0.client == alice.peer && DatagramKind($0.bytes.span) == .rtp }
        #expect(media.count > 50)
        for datagram in media { room.deliver(datagram.bytes, from: alice.address) }
        #expect(room.statistics(of: alice).drops["replay"] == UInt64(media.count))
        // From another peer's address it is not even media: that peer has other keys.
        for datagram in media { room.deliver(datagram.bytes, from: bob.address) }
        #expect(room.statistics(of: bob).drops["authentication_failed"] == UInt64(media.count))
        try Self.expectUnharmed(room, alice, bob)
    }

    @Test("unauthenticated checks are answered within a limit, and forged ones bind nothing")
    func checks() throws {
        let room = try SimulatedRoom(seed: 5)
        let alice = try room.join()
        room.run(for: .milliseconds(300))
        let paths = room.engine.holdings.paths
        for port in UInt16(0)..<100 {
            alice.sendForgedCheck(from: SimulatedRoom.address(host: 150, port: 1_000 + port))
        }
        #expect(room.engine.holdings.paths == paths)
        #expect(room.statistics(of: alice).drops["authentication_failed"] == 100)
        let request: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
        let before = room.strays
        for _ in 0..<100 { room.deliver(request, from: Self.stranger) }
        #expect(room.strays - before == 20)
        #expect(room.engine.unattributedDrops["rate_limited"] == 80)
        room.finish()
    }

    /// Both still see and hear each other, as if nothing had been.
    private static func expectUnharmed(
        _ room: SimulatedRoom,
        _ alice: SimulatedClient,
        _ bob: SimulatedClient,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        room.run(for: .milliseconds(600))
        for client in [alice, bob] {
            for slot in client.slots {
                let last = try #require(slot.frames.last, sourceLocation: sourceLocation)
                #expect(room.now - last.arrival < .milliseconds(150), sourceLocation: sourceLocation)
                #expect(
                    slot.counters.undecodable + slot.counters.abandoned == 0,
                    sourceLocation: sourceLocation
                )
            }
        }
        room.finish(sourceLocation)
    }
}

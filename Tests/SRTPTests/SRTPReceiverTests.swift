import Ciphers
import SRTP
import Testing
import Wire

@Suite("Receiving SRTP")
struct SRTPReceiverTests {
    @Test(
        "What the sender protects comes out again, across a wrap",
        arguments: SRTPProtectionProfile.allCases
    )
    func roundTrip(profile: SRTPProtectionProfile) throws {
        let keys = TestKeys(profile)
        let sender = try keys.sender()
        let receiver = try keys.receiver()
        var generator = SeededGenerator(seed: 21)
        var stream = SRTPSendStream(ssrc: SSRC(0xDEAD_BEEF))
        for index in UInt64(0xFFF0)..<0x1_0030 {
            let packet = TestPacket.random(sequence: UInt16(truncatingIfNeeded: index), using: &generator)
            let sealed = try #require(sender.protect(packet, index: index, stream: &stream))
            let (result, plain) = receiver.unprotect(sealed)
            #expect(result == .ok(packet.bytes.count))
            #expect(plain == packet.bytes)
        }
    }

    @Test(
        "It lets in what libsrtp lets in, and nothing else",
        arguments: SRTPProtectionProfile.allCases, UInt64(0)..<4
    )
    func oracle(profile: SRTPProtectionProfile, seed: UInt64) throws {
        let keys = TestKeys(profile)
        let sender = try keys.sender()
        let receiver = try keys.receiver()
        let oracle = try Oracle(profile, key: keys.key, salt: keys.salt, inbound: true)
        var generator = SeededGenerator(seed: 900 + seed)
        var stream = SRTPSendStream(ssrc: SSRC(0xDEAD_BEEF))
        // Over two wraps, with jumps, late ones, repeats and damage.
        var sealed: [[UInt8]] = []
        var index: UInt64 = 65_000
        for _ in 0..<3_000 {
            index += UInt64.random(in: 0..<50, using: &generator) == 0 ? UInt64.random(in: 1...3_000, using: &generator) : 1
            let packet = TestPacket.random(sequence: UInt16(truncatingIfNeeded: index), using: &generator)
            sealed.append(try #require(sender.protect(packet, index: index, stream: &stream)))
        }
        for place in 0..<sealed.count {
            let step = Int.random(in: -1_100...40, using: &generator)
            let chosen = min(max(Bool.random(using: &generator) ? place : place + step, 0), sealed.count - 1)
            var bytes = sealed[chosen]
            if Int.random(in: 0..<20, using: &generator) == 0 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            }
            let expected = try? oracle.unprotect(bytes)
            let (result, plain) = receiver.unprotect(bytes)
            #expect(result.isOK == (expected != nil), "packet \(place), seed \(seed): \(result)")
            if let expected { #expect(plain == expected) }
        }
    }

    @Test("A packet is let in once, in any order", arguments: SRTPProtectionProfile.allCases)
    func replay(profile: SRTPProtectionProfile) throws {
        let receiver = try TestKeys(profile).receiver()
        var generator = SeededGenerator(seed: 22)
        let sealed = try packets(profile, count: 100)
        for packet in sealed.shuffled(using: &generator) { #expect(receiver.unprotect(packet).result.isOK) }
        for packet in sealed { #expect(receiver.unprotect(packet).result == .replay) }
    }

    @Test("What lies 1,024 behind is too old; 1,000 behind is not")
    func window() throws {
        let receiver = try TestKeys(.aeadAES128GCM).receiver()
        let sealed = try packets(.aeadAES128GCM, count: 1_100)
        #expect(receiver.unprotect(sealed[1_060]).result.isOK)
        #expect(receiver.unprotect(sealed[60]).result.isOK)
        #expect(receiver.unprotect(sealed[20]).result == .replay)
    }

    @Test("One changed bit anywhere in the packet is noticed", arguments: SRTPProtectionProfile.allCases)
    func tampering(profile: SRTPProtectionProfile) throws {
        let receiver = try TestKeys(profile).receiver()
        let sealed = try packets(profile, count: 1)[0]
        for bit in 0..<(sealed.count * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!receiver.unprotect(changed).result.isOK, "bit \(bit)")
        }
        #expect(receiver.unprotect(sealed).result.isOK)
    }

    @Test("Other keys do not fit", arguments: SRTPProtectionProfile.allCases)
    func otherKeys(profile: SRTPProtectionProfile) throws {
        let receiver = try TestKeys(profile, seed: 8).receiver()
        #expect(receiver.unprotect(try packets(profile, count: 1)[0]).result == .authenticationFailed)
    }

    @Test("Every prefix of a packet is refused", arguments: SRTPProtectionProfile.allCases)
    func truncation(profile: SRTPProtectionProfile) throws {
        let keys = TestKeys(profile)
        let sender = try keys.sender()
        let receiver = try keys.receiver()
        var stream = SRTPSendStream(ssrc: SSRC(0xDEAD_BEEF))
        let packet = TestPacket(sequence: 5, sources: 3, extensionWords: 2, payload: [UInt8](0..<40))
        let sealed = try #require(sender.protect(packet, index: 5, stream: &stream))
        for length in 0..<sealed.count {
            #expect(!receiver.unprotect(Array(sealed[..<length])).result.isOK)
            if length < 12 + profile.tagLength {
                #expect(receiver.unprotect(Array(sealed[..<length])).result == .malformed)
            }
        }
        #expect(receiver.unprotect(sealed).result.isOK)
    }

    @Test("Random bytes are refused and leave no stream behind", arguments: SRTPProtectionProfile.allCases)
    func garbage(profile: SRTPProtectionProfile) throws {
        let keys = TestKeys(profile)
        let receiver = try keys.receiver(streamLimit: 1)
        var generator = SeededGenerator(seed: 23)
        for _ in 0..<2_000 {
            var bytes = (0..<Int.random(in: 1...200, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            bytes[0] = bytes[0] & 0x3F | 0x80
            let result = receiver.unprotect(bytes).result
            #expect(result == .authenticationFailed || result == .malformed)
        }
        #expect(receiver.unprotect(try packets(profile, count: 1)[0]).result.isOK)
    }

    @Test("The number of streams has a bound, and ended streams make room")
    func streamLimit() throws {
        let receiver = try TestKeys(.aeadAES128GCM).receiver(streamLimit: 3)
        let streams = try (UInt32(1)...5).map { try packets(.aeadAES128GCM, ssrc: $0, count: 3) }
        for place in 0..<3 { #expect(receiver.unprotect(streams[place][0]).result.isOK) }
        #expect(receiver.unprotect(streams[3][0]).result == .tooManyStreams)
        #expect(receiver.unprotect(streams[0][1]).result.isOK)

        receiver.removeStream(SSRC(2))
        #expect(receiver.unprotect(streams[1][0]).result == .replay, "recorded packets stay refused")
        #expect(receiver.unprotect(streams[3][0]).result.isOK)
        #expect(receiver.unprotect(streams[4][0]).result == .tooManyStreams)
        // Its context went with its place, and nothing of the others did.
        #expect(receiver.unprotect(streams[0][1]).result == .replay)
        #expect(receiver.unprotect(streams[0][2]).result.isOK)
        receiver.removeStream(SSRC(1))
        #expect(receiver.unprotect(streams[1][0]).result.isOK, "a forgotten stream begins anew")
    }

    @Test("A stream that ended and goes on keeps its context")
    func endedAndBack() throws {
        let receiver = try TestKeys(.aeadAES128GCM).receiver(streamLimit: 2)
        let sealed = try packets(.aeadAES128GCM, count: 3)
        #expect(receiver.unprotect(sealed[0]).result.isOK)
        receiver.removeStream(SSRC(0xDEAD_BEEF))
        receiver.removeStream(SSRC(77))
        #expect(receiver.unprotect(sealed[1]).result.isOK)
        #expect(receiver.unprotect(sealed[0]).result == .replay)
    }

    /// Protected packets of one stream with the sequence numbers 1, 2, 3 and so on.
    private func packets(
        _ profile: SRTPProtectionProfile,
        ssrc: UInt32 = 0xDEAD_BEEF,
        count: Int
    ) throws -> [[UInt8]] {
        let sender = try TestKeys(profile).sender()
        var stream = SRTPSendStream(ssrc: SSRC(ssrc))
        return try (1...count).map { number in
            let packet = TestPacket(
                sequence: UInt16(number),
                ssrc: ssrc,
                payload: [UInt8](repeating: 3, count: 30)
            )
            return try #require(sender.protect(packet, index: UInt64(number), stream: &stream))
        }
    }
}

extension SRTPUnprotectResult {
    var isOK: Bool { if case .ok = self { true } else { false } }
}

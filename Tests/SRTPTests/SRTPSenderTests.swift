import Ciphers
import SRTP
import Testing
import Wire

@Suite("Sending SRTP")
struct SRTPSenderTests {
    /// RFC 7714 §16.1.1 and §16.2.1 begin with session keys.
    @Test(
        "RFC 7714 §16, encrypted RTP packets",
        arguments: [
            (
                SRTPProtectionProfile.aeadAES128GCM,
                "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
                    + "899d7f27beb16a9152cf765ee4390cce"
            ),
            (
                .aeadAES256GCM,
                "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b"
                    + "7aa3db36dfffd6b0f9bb7878d7a76c13"
            ),
        ]
    )
    func published(profile: SRTPProtectionProfile, sealed: String) throws {
        let keys = SessionKeys(
            cipherKey: [UInt8](0..<UInt8(profile.keyLength)),
            salt: try #require(Hex.decode("517569642070726f2071756f"))
        )
        let sender = try SRTPSender(profile: profile, session: keys)
        let header = try #require(Hex.decode("8040f17b8041f8d35501a0b2"))
        var buffer = header + Array("Gallia est omnis divisa in partes tres".utf8)
        let plainLength = buffer.count
        buffer += [UInt8](repeating: 0, count: 16)
        var stream = SRTPSendStream(ssrc: SSRC(0x5501_A0B2))
        let length = sender.protect(
            &buffer,
            length: plainLength,
            headerLength: 12,
            index: ExtendedSequenceNumber(0xF17B),
            stream: &stream
        )
        #expect(length == buffer.count)
        #expect(Hex.encode(buffer) == Hex.encode(header) + sealed)
    }

    @Test(
        "Packet by packet the same as libsrtp, across wraps of the sequence number",
        arguments: SRTPProtectionProfile.allCases
    )
    func sameAsLibrary(profile: SRTPProtectionProfile) throws {
        let keys = TestKeys(profile)
        let sender = try keys.sender()
        let oracle = try keys.oracle()
        var generator = SeededGenerator(seed: 11)
        var stream = SRTPSendStream(ssrc: SSRC(0xDEAD_BEEF))
        // Small steps over the first wrap, then leaps through several rollover counters.
        var index: UInt64 = 0xFFC0
        for round in 0..<400 {
            let packet = TestPacket.random(sequence: UInt16(truncatingIfNeeded: index), using: &generator)
            let expected = try oracle.protect(packet.bytes)
            let actual = sender.protect(packet, index: index, stream: &stream)
            #expect(actual == expected, "round \(round), index \(index)")
            index += round < 128 ? 1 : UInt64.random(in: 1...20_000, using: &generator)
        }
        #expect(index >> 16 > 20)
    }

    @Test("Late packets are the same as libsrtp's too", arguments: SRTPProtectionProfile.allCases)
    func reordered(profile: SRTPProtectionProfile) throws {
        let keys = TestKeys(profile)
        let sender = try keys.sender()
        let oracle = try keys.oracle()
        var generator = SeededGenerator(seed: 12)
        var stream = SRTPSendStream(ssrc: SSRC(0xDEAD_BEEF))
        for block in 0..<40 {
            let start = 0xFF00 + UInt64(block) * 20
            // The first of a block leads, so that both have the same idea of the rollover counter.
            for offset in [19] + (0..<19).map({ UInt64($0) }).shuffled(using: &generator) {
                let index = start + offset
                let packet = TestPacket.random(sequence: UInt16(truncatingIfNeeded: index), using: &generator)
                #expect(
                    sender.protect(packet, index: index, stream: &stream)
                        == (try oracle.protect(packet.bytes))
                )
            }
        }
    }

    @Test("Streams of one sender do not disturb each other", arguments: SRTPProtectionProfile.allCases)
    func manyStreams(profile: SRTPProtectionProfile) throws {
        let keys = TestKeys(profile)
        let sender = try keys.sender()
        let oracle = try keys.oracle()
        var generator = SeededGenerator(seed: 13)
        var streams = (1...8).map { SRTPSendStream(ssrc: SSRC($0)) }
        for number in UInt64(1)...50 {
            for place in streams.indices {
                let packet = TestPacket.random(
                    sequence: UInt16(number),
                    ssrc: streams[place].ssrc.rawValue,
                    using: &generator
                )
                let expected = try oracle.protect(packet.bytes)
                #expect(sender.protect(packet, index: number, stream: &streams[place]) == expected)
            }
        }
    }

    @Test("A packet without payload is authenticated", arguments: SRTPProtectionProfile.allCases)
    func emptyPayload(profile: SRTPProtectionProfile) throws {
        let keys = TestKeys(profile)
        var stream = SRTPSendStream(ssrc: SSRC(0xDEAD_BEEF))
        let packet = TestPacket(sequence: 9, payload: [])
        let sealed = try keys.sender().protect(packet, index: 9, stream: &stream)
        #expect(sealed == (try keys.oracle().protect(packet.bytes)))
        #expect(sealed?.count == 12 + profile.tagLength)
    }

    @Test("An index guards one packet only", arguments: SRTPProtectionProfile.allCases)
    func nonceRule(profile: SRTPProtectionProfile) throws {
        let sender = try TestKeys(profile).sender()
        var stream = SRTPSendStream(ssrc: SSRC(0xDEAD_BEEF))
        let packet = TestPacket(sequence: 100, payload: [1, 2, 3])
        #expect(sender.protect(packet, index: 100, stream: &stream) != nil)
        #expect(sender.protect(packet, index: 100, stream: &stream) == nil)
        // The same sequence number in the next cycle is another index.
        #expect(sender.protect(packet, index: 0x1_0064, stream: &stream) != nil)
    }

    @Test(
        "A header that says something else is refused and uses nothing up",
        arguments: SRTPProtectionProfile.allCases
    )
    func inconsistent(profile: SRTPProtectionProfile) throws {
        let sender = try TestKeys(profile).sender()
        var stream = SRTPSendStream(ssrc: SSRC(0xDEAD_BEEF))
        let packet = TestPacket(sequence: 100, payload: [1, 2, 3])
        #expect(sender.protect(packet, index: 101, stream: &stream) == nil)
        var other = SRTPSendStream(ssrc: SSRC(1))
        #expect(sender.protect(packet, index: 100, stream: &other) == nil)
        for headerLength in [-1, 0, 11, 16] {
            var wrong = packet
            wrong.headerLength = headerLength
            #expect(sender.protect(wrong, index: 100, stream: &stream) == nil)
        }
        #expect(sender.protect(packet, index: 100, stream: &stream) != nil)
    }
}

import Ciphers
import SRTP
import Testing
import Wire

@Suite("SRTCP")
struct SRTCPTransformTests {
    /// A receiver report without blocks, and a PLI behind it.
    static let compound: [UInt8] = [
        0x80, 201, 0, 1, 0, 0, 0, 9, 0x81, 206, 0, 2, 0, 0, 0, 9, 0, 0, 0, 5,
    ]

    @Test(
        "What goes in comes out, with at most 20 bytes more between",
        arguments: SRTPProtectionProfile.allCases
    )
    func roundTrip(profile: SRTPProtectionProfile) throws {
        let keys = TestKeys(profile)
        let outbound = try keys.control(.outbound)
        let inbound = try keys.control(.inbound)
        for _ in 0..<50 {
            let sealed = try #require(outbound.protect(Self.compound))
            #expect(sealed.count == Self.compound.count + 4 + profile.tagLength)
            #expect(sealed.count <= Self.compound.count + SRTCPTransform.overhead)
            #expect(sealed[8...].elementsEqual(Self.compound[8...]) == false)
            #expect(inbound.unprotect(sealed) == Self.compound)
        }
    }

    @Test("libsrtp opens what is sealed", arguments: SRTPProtectionProfile.allCases)
    func sealedForOracle(profile: SRTPProtectionProfile) throws {
        let keys = TestKeys(profile)
        let outbound = try keys.control(.outbound)
        let oracle = try Oracle(profile, key: keys.key, salt: keys.salt, inbound: true)
        var generator = SeededGenerator(seed: 31)
        for number in 0..<300 {
            let packet = Self.report(from: UInt8(number % 5), length: 8 + 4 * (number % 90), using: &generator)
            #expect(try oracle.unprotectControl(try #require(outbound.protect(packet))) == packet)
        }
    }

    @Test(
        "It lets in what libsrtp lets in, and nothing else",
        arguments: SRTPProtectionProfile.allCases, UInt64(0)..<4
    )
    func oracle(profile: SRTPProtectionProfile, seed: UInt64) throws {
        let keys = TestKeys(profile)
        let inbound = try keys.control(.inbound)
        let sender = try keys.oracle()
        let oracle = try Oracle(profile, key: keys.key, salt: keys.salt, inbound: true)
        var generator = SeededGenerator(seed: 1_300 + seed)
        var sealed: [[UInt8]] = []
        for number in 0..<2_000 {
            let packet = Self.report(from: UInt8(number % 3), length: 8 + 4 * (number % 30), using: &generator)
            let bytes = try sender.protectControl(packet)
            // Some are lost, up to a few hundred in a row.
            if number % 400 < 300 || seed % 2 == 0 { sealed.append(bytes) }
        }
        var accepted = 0
        for place in 0..<sealed.count {
            let step = Int.random(in: -450...40, using: &generator)
            let chosen = min(max(Bool.random(using: &generator) ? place : place + step, 0), sealed.count - 1)
            var bytes = sealed[chosen]
            if Int.random(in: 0..<20, using: &generator) == 0 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            }
            let expected = try? oracle.unprotectControl(bytes)
            let plain = inbound.unprotect(bytes)
            #expect(plain == expected, "packet \(place), seed \(seed)")
            if plain != nil { accepted += 1 }
        }
        #expect(accepted > sealed.count / 3)
    }

    private static func report(from ssrc: UInt8, length: Int, using generator: inout SeededGenerator) -> [UInt8] {
        let words = UInt16(length / 4 - 1)
        return [0x80, 201, UInt8(words >> 8), UInt8(words & 255), 0, 0, 0, ssrc]
            + (8..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    @Test("A packet is let in once", arguments: SRTPProtectionProfile.allCases)
    func replay(profile: SRTPProtectionProfile) throws {
        let keys = TestKeys(profile)
        let sealed = try #require(try keys.control(.outbound).protect(Self.compound))
        let inbound = try keys.control(.inbound)
        #expect(inbound.unprotect(sealed) != nil)
        #expect(inbound.unprotect(sealed) == nil)
    }

    @Test(
        "One changed bit anywhere is noticed, every prefix is refused",
        arguments: SRTPProtectionProfile.allCases
    )
    func tampering(profile: SRTPProtectionProfile) throws {
        let keys = TestKeys(profile)
        let sealed = try #require(try keys.control(.outbound).protect(Self.compound))
        let inbound = try keys.control(.inbound)
        for bit in 0..<(sealed.count * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(inbound.unprotect(changed) == nil, "bit \(bit)")
        }
        for length in 0..<sealed.count { #expect(inbound.unprotect(Array(sealed[..<length])) == nil) }
        #expect(inbound.unprotect(sealed) == Self.compound)
    }

    @Test("A transform works one way only")
    func direction() throws {
        let keys = TestKeys(.aeadAES128GCM)
        let sealed = try #require(try keys.control(.outbound).protect(Self.compound))
        #expect(try keys.control(.inbound).protect(Self.compound) == nil)
        #expect(try keys.control(.outbound).unprotect(sealed) == nil)
    }

    @Test("RTP and RTCP of one peer do not share keys", arguments: SRTPProtectionProfile.allCases)
    func separateKeys(profile: SRTPProtectionProfile) throws {
        let keys = TestKeys(profile)
        let sealed = try #require(try keys.control(.outbound).protect(Self.compound))
        #expect(try keys.receiver().unprotect(sealed).result != .ok(Self.compound.count))
    }

    @Test("The senders that one peer can have are bounded")
    func senderLimit() throws {
        let keys = TestKeys(.aeadAES128GCM)
        let outbound = try keys.control(.outbound)
        let inbound = try keys.control(.inbound)
        func report(_ ssrc: UInt8) throws -> [UInt8] {
            try #require(outbound.protect([0x80, 201, 0, 1, 0, 0, 0, ssrc]))
        }
        for ssrc in UInt8(1)...64 { #expect(inbound.unprotect(try report(ssrc)) != nil) }
        #expect(inbound.unprotect(try report(65)) == nil)
        inbound.removeStream(SSRC(1))
        #expect(inbound.unprotect(try report(65)) != nil)
    }
}

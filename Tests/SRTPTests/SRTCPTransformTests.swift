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

import Ciphers
import Testing

@Suite("SRTP keying material")
struct SRTPKeyingMaterialTests {
    /// RFC 5764 §4.2: client key, server key, client salt, server salt.
    @Test(
        "The exporter's output is split in the order of RFC 5764 §4.2",
        arguments: SRTPProtectionProfile.allCases
    )
    func split(profile: SRTPProtectionProfile) throws {
        let key = profile.keyLength
        let salt = profile.saltLength
        let exported =
            [UInt8](repeating: 1, count: key) + [UInt8](repeating: 2, count: key)
            + [UInt8](repeating: 3, count: salt) + [UInt8](repeating: 4, count: salt)
        let keys = try #require(SRTPKeyingMaterial(profile: profile, exported: exported))
        #expect(keys.clientKey == [UInt8](repeating: 1, count: key))
        #expect(keys.serverKey == [UInt8](repeating: 2, count: key))
        #expect(keys.clientSalt == [UInt8](repeating: 3, count: salt))
        #expect(keys.serverSalt == [UInt8](repeating: 4, count: salt))
        #expect(SRTPKeyingMaterial(profile: profile, exported: Array(exported.dropLast())) == nil)
    }

    @Test("Lengths are those of RFC 5764 §4.1.2 and RFC 7714 §14.2")
    func lengths() {
        let lengths = SRTPProtectionProfile.allCases.map { [$0.keyLength, $0.saltLength, $0.tagLength] }
        #expect(lengths == [[16, 14, 10], [16, 12, 16], [32, 12, 16]])
    }

    @Test("A description never shows a key")
    func description() throws {
        let keys = try #require(
            SRTPKeyingMaterial(profile: .aeadAES128GCM, exported: [UInt8](repeating: 0xAB, count: 56))
        )
        #expect("\(keys)" == "SRTP keys for SRTP_AEAD_AES_128_GCM")
        #expect(!String(reflecting: keys).contains("171"))
    }
}

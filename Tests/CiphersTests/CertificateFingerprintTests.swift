import Ciphers
import Testing

@Suite("Certificate fingerprints in SDP")
struct CertificateFingerprintTests {
    static let text =
        "sha-256 12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD:B9:B1:3F:82:"
        + "18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD"

    @Test("The attribute's value is read and written again")
    func roundTrip() throws {
        let fingerprint = try #require(CertificateFingerprint(sdpValue: Self.text))
        #expect(fingerprint.algorithm == "sha-256")
        #expect(fingerprint.bytes.count == 32)
        #expect(fingerprint.bytes.first == 0x12)
        #expect(fingerprint.sdpValue == Self.text)
    }

    @Test("The case of algorithm and digits does not matter (RFC 8122 §5)")
    func letterCase() throws {
        #expect(
            CertificateFingerprint(sdpValue: Self.text.lowercased())
                == CertificateFingerprint(sdpValue: Self.text)
        )
        #expect(
            CertificateFingerprint(sdpValue: Self.text.uppercased())
                == CertificateFingerprint(sdpValue: Self.text)
        )
    }

    @Test("Every prefix but the whole is refused")
    func truncation() {
        for length in 0..<Self.text.count {
            #expect(CertificateFingerprint(sdpValue: Self.text.prefix(length)) == nil)
        }
    }

    @Test(
        "What is no fingerprint is refused",
        arguments: [
            "sha-256", "sha-256 ", "sha-256 zz", "sha-256 12:34", "sha-1 12:34", "sha-256 12:34 56", ":",
            "sha-256 1:2:3",
            "sha-256 " + String(repeating: "00:", count: 100_000) + "00",
        ]
    )
    func refused(text: String) {
        #expect(CertificateFingerprint(sdpValue: text) == nil)
    }

    @Test("SHA-1 is readable but not strong; SHA-2 is")
    func strength() throws {
        let weak = String(repeating: "AB:", count: 19) + "AB"
        #expect(try #require(CertificateFingerprint(sdpValue: "sha-1 " + weak)).isStrong == false)
        #expect(try #require(CertificateFingerprint(sdpValue: Self.text)).isStrong)
        #expect(CertificateFingerprint(algorithm: "SHA-512", bytes: []).isStrong)
    }
}

import Ciphers
import Testing
import Wire

@Suite("Self-signed certificates")
struct CertificateTests {
    @Test("Certificate and key are PEM that belongs together, and the fingerprint is that of the DER form")
    func belongTogether() throws {
        let certificate = try Certificate.selfSigned(
            commonName: "roost",
            validDays: 30,
            dnsNames: [],
            addresses: []
        )
        #expect(certificate.certificatePEM.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
        #expect(certificate.privateKeyPEM.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        let parsed = try ParsedCertificate(certificate)
        #expect(parsed.keyBelongsToCertificate)
        #expect(parsed.signatureIsGood)
        let digest = parsed.digest
        #expect(digest == certificate.fingerprintSHA256)
        #expect(certificate.fingerprint.algorithm == "sha-256")
    }

    @Test("HTTPS clients find the names and addresses, and no others")
    func alternativeNames() throws {
        let v4 = try #require(IPAddress("192.0.2.7"))
        let v6 = try #require(IPAddress("2001:db8::7"))
        let certificate = try Certificate.selfSigned(
            commonName: "roost",
            validDays: 30,
            dnsNames: ["localhost", "meet.example.org"],
            addresses: [v4, v6]
        )
        let parsed = try ParsedCertificate(certificate)
        #expect(parsed.isFor(host: "localhost"))
        #expect(parsed.isFor(host: "meet.example.org"))
        #expect(!parsed.isFor(host: "roost"))
        #expect(parsed.isFor(address: "192.0.2.7"))
        #expect(parsed.isFor(address: "2001:db8::7"))
        #expect(!parsed.isFor(address: "192.0.2.8"))
    }

    @Test("Each certificate has a key of its own")
    func distinct() throws {
        let first = try Certificate.selfSigned(commonName: "roost", validDays: 1, dnsNames: [], addresses: [])
        let second = try Certificate.selfSigned(
            commonName: "roost",
            validDays: 1,
            dnsNames: [],
            addresses: []
        )
        #expect(first.fingerprintSHA256 != second.fingerprintSHA256)
        #expect(first.privateKeyPEM != second.privateKeyPEM)
    }

    @Test("It is valid now, and not beyond the days it was made for")
    func validity() throws {
        let certificate = try Certificate.selfSigned(
            commonName: "roost",
            validDays: 2,
            dnsNames: [],
            addresses: []
        )
        let parsed = try ParsedCertificate(certificate)
        #expect(parsed.isValidNow)
        // A day of it lies in the past.
        #expect(parsed.days == 3)
    }

    @Test(
        "Names that would change the extension's meaning are refused",
        arguments: ["a,DNS:evil.example", "", "a b", "@x"]
    )
    func hostileNames(name: String) {
        #expect(throws: CipherError.self) {
            try Certificate.selfSigned(commonName: "roost", validDays: 1, dnsNames: [name], addresses: [])
        }
    }

    @Test("A validity that is none is refused", arguments: [0, -1, 3_651, Int.max])
    func hostileDays(days: Int) {
        #expect(throws: CipherError.self) {
            try Certificate.selfSigned(commonName: "roost", validDays: days, dnsNames: [], addresses: [])
        }
    }
}

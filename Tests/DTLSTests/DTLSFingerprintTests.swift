import Ciphers
import DTLS
import Testing

@Suite("DTLS and the fingerprints of SDP")
struct DTLSFingerprintTests {
    @Test("A client with another certificate is refused with an alert, and nobody gets keys")
    func strangerAsClient() throws {
        let pair = try Pair(client: .stranger, serverExpects: [Identity.client.certificate.fingerprint])
        pair.run()
        #expect(pair.server.failure == .fingerprintMismatch)
        #expect(pair.server.keys == nil)
        #expect(pair.client.keys == nil)
        guard case .handshake(let reasons)? = pair.client.failure else {
            Issue.record("the client should have seen an alert: \(pair.client.events)")
            return
        }
        // RFC 8122 §6.2: bad_certificate.
        #expect(reasons.contains { $0.contains("bad certificate") })
        #expect(pair.client.failure?.description.hasPrefix("the DTLS handshake failed: ") == true)
    }

    @Test("A server with another certificate is refused")
    func strangerAsServer() throws {
        let pair = try Pair(server: .stranger, clientExpects: [Identity.server.certificate.fingerprint])
        pair.run()
        #expect(pair.client.failure == .fingerprintMismatch)
        #expect(pair.client.keys == nil)
        #expect(pair.server.keys == nil)
        #expect(pair.server.association.state == .failed)
    }

    @Test("One right fingerprint among several is enough")
    func oneOfSeveral() throws {
        let pair = try Pair(serverExpects: [
            Identity.stranger.certificate.fingerprint, Identity.client.certificate.fingerprint,
        ])
        pair.run()
        #expect(pair.server.keys != nil)
    }

    @Test("SHA-384 and SHA-512 are taken too", arguments: ["sha-384", "sha-512"])
    func longerHashes(algorithm: String) throws {
        let bytes = try #require(
            CertificateFingerprint.digest(of: Identity.client.certificate.certificate, algorithm: algorithm)
        )
        let pair = try Pair(serverExpects: [CertificateFingerprint(algorithm: algorithm, bytes: bytes)])
        pair.run()
        #expect(pair.server.keys != nil)
    }

    @Test("SHA-1 alone is refused at once, before anything is sent")
    func weakHash() throws {
        let weak = CertificateFingerprint(algorithm: "sha-1", bytes: [UInt8](repeating: 1, count: 20))
        let pair = try Pair(clientExpects: [weak], serverExpects: [])
        pair.run(seconds: 1)
        #expect(pair.client.events == [.failed(.noUsableFingerprint)])
        #expect(pair.server.events == [.failed(.noUsableFingerprint)])
        #expect(pair.sent.isEmpty)
    }

    @Test("Every failure has a sentence")
    func sentences() {
        let failures: [DTLSFailure] = [
            .handshake([]), .handshake(["a", "b"]), .alert(["c"]), .fingerprintMismatch, .noUsableFingerprint,
            .noCommonProfile, .timedOut,
        ]
        #expect(Set(failures.map(\.description)).count == failures.count)
        #expect(DTLSFailure.handshake(["a", "b"]).description == "the DTLS handshake failed: a; b")
    }
}

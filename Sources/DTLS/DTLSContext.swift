internal import COpenSSL
public import Ciphers

/// What all DTLS associations of a server share: its certificate, and what it is willing to speak.
///
/// DTLS 1.2 with ECDHE and an AEAD (RFC 8827 §6.5), no renegotiation, no tickets, no resumption. The SRTP
/// profiles stand in the server's order: AES-GCM costs a half to a quarter of AES-CM with HMAC-SHA1, and
/// browsers offer it last.
///
/// Deviation: no DTLS 1.3 (RFC 9147). OpenSSL 3.0 has none; browsers that offer it agree to 1.2.
@safe
public final class DTLSContext: @unchecked Sendable {
    /// The context (`SSL_CTX *`).
    ///
    /// Not changed after `init`, and OpenSSL counts references to it atomically: that makes
    /// it safe to share between workers.
    let context: OpaquePointer
    /// The server's certificate.
    public let certificate: Certificate

    /// Makes a context.
    ///
    /// - Parameters:
    ///   - certificate: What the server shows, and what its SDP has the fingerprint of.
    ///   - profiles: The SRTP profiles to take, best first.
    /// - Throws: When OpenSSL refuses the certificate or a profile.
    public init(
        certificate: Certificate,
        profiles: [SRTPProtectionProfile] = [.aeadAES128GCM, .aeadAES256GCM, .aes128CMHMACSHA1_80]
    ) throws(DTLSError) {
        guard let context = unsafe SSL_CTX_new(DTLS_method()) else {
            throw CipherError("making a DTLS context")
        }
        unsafe self.context = context
        self.certificate = certificate
        try restrict()
        guard unsafe SSL_CTX_use_certificate(context, certificate.certificate) == 1,
            unsafe SSL_CTX_use_PrivateKey(context, certificate.privateKey) == 1
        else { throw CipherError("using the DTLS certificate") }
        let names = profiles.map(\.name).joined(separator: ":")
        // Unlike its neighbours this call returns 0 for success.
        guard unsafe SSL_CTX_set_tlsext_use_srtp(context, names) == 0 else {
            throw CipherError("offering the SRTP profiles \(names)")
        }
    }

    deinit { unsafe SSL_CTX_free(context) }

    /// Leaves only what is safe today.
    private func restrict() throws(DTLSError) {
        guard unsafe roost_set_min_version(context, DTLS1_2_VERSION) == 1,
            unsafe roost_set_max_version(context, DTLS1_2_VERSION) == 1
        else { throw CipherError("choosing DTLS 1.2") }
        // Our key is ECDSA. The RSA suites are for the other role: there the server's certificate decides.
        let suites = [
            "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
            "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305",
        ]
        guard unsafe SSL_CTX_set_cipher_list(context, suites.joined(separator: ":")) == 1 else {
            throw CipherError("choosing cipher suites")
        }
        guard unsafe roost_set_groups(context, "X25519:P-256") == 1 else {
            throw CipherError("choosing curves")
        }
        unsafe SSL_CTX_set_options(context, roost_options())
        _ = unsafe roost_disable_session_cache(context)
        // Every peer shows a certificate, and only its fingerprint counts: it is self-signed (RFC 8122 §6.2).
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        unsafe SSL_CTX_set_cert_verify_callback(
            context,
            { store, _ in unsafe PeerCertificate.verify(store) },
            nil
        )
    }
}

internal import COpenSSL
public import Wire

/// A self-signed ECDSA P-256 certificate with its key: the server's identity in DTLS (RFC 8827 §6.5), or in
/// HTTPS while developing.
///
/// The OpenSSL objects are not changed after `init`, and OpenSSL counts references to them atomically: that
/// makes it safe to share.
@safe
public final class Certificate: @unchecked Sendable {
    /// The X.509 object (`X509 *`).
    package let certificate: OpaquePointer
    /// The private key (`EVP_PKEY *`).
    package let privateKey: OpaquePointer
    /// SHA-256 of the certificate's DER form.
    public let fingerprintSHA256: [UInt8]

    /// Takes over a signed certificate and its key.
    private init(certificate: OpaquePointer, privateKey: OpaquePointer) {
        unsafe self.certificate = certificate
        unsafe self.privateKey = privateKey
        fingerprintSHA256 = unsafe CertificateFingerprint.digest(of: certificate, algorithm: "sha-256") ?? []
    }

    deinit {
        unsafe X509_free(certificate)
        unsafe EVP_PKEY_free(privateKey)
    }

    /// Makes a key and a certificate for it, valid from a day ago: clocks of peers may be behind.
    ///
    /// - Parameters:
    ///   - commonName: The subject and issuer; at most 64 bytes count.
    ///   - validDays: Days until it expires, 1 to 3,650.
    ///   - dnsNames: Alternative names, for HTTPS.
    ///   - addresses: Alternative addresses, for HTTPS.
    /// - Returns: The signed certificate.
    /// - Throws: When a name has characters that no host name has, or OpenSSL refuses.
    public static func selfSigned(
        commonName: String,
        validDays: Int,
        dnsNames: [String],
        addresses: [IPAddress]
    ) throws(CipherError) -> Certificate {
        guard (1...3_650).contains(validDays) else {
            throw CipherError("a certificate for \(validDays) days")
        }
        var isDone = false
        guard let key = unsafe roost_generate_p256() else { throw CipherError("making a P-256 key") }
        defer { if !isDone { unsafe EVP_PKEY_free(key) } }
        guard let certificate = unsafe X509_new() else { throw CipherError("making a certificate") }
        defer { if !isDone { unsafe X509_free(certificate) } }

        unsafe X509_set_version(certificate, 2)  // 2 stands for version 3
        // Random, positive, at most 64 bits (RFC 5280 §4.1.2.2): two certificates of one name stay apart.
        unsafe ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), Int64.random(in: 1...Int64.max))
        unsafe X509_gmtime_adj(X509_getm_notBefore(certificate), -86_400)
        unsafe X509_gmtime_adj(X509_getm_notAfter(certificate), validDays * 86_400)
        unsafe X509_set_pubkey(certificate, key)
        try unsafe name(certificate, commonName)
        try unsafe add(NID_key_usage, "critical,digitalSignature", to: certificate)
        try unsafe addAlternativeNames(dnsNames, addresses, to: certificate)
        guard unsafe X509_sign(certificate, key, EVP_sha256()) > 0 else {
            throw CipherError("signing a certificate")
        }
        isDone = true
        return unsafe Certificate(certificate: certificate, privateKey: key)
    }

    /// The fingerprint as SDP carries it.
    public var fingerprint: CertificateFingerprint {
        CertificateFingerprint(algorithm: "sha-256", bytes: fingerprintSHA256)
    }

    // MARK: Making

    private static func name(_ certificate: OpaquePointer, _ commonName: String) throws(CipherError) {
        let name = unsafe X509_get_subject_name(certificate)
        let text = Array(commonName.utf8.prefix(64))
        let length = Int32(truncatingIfNeeded: text.count)
        guard unsafe X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_FLAG, text, length, -1, 0) == 1,
            unsafe X509_set_issuer_name(certificate, name) == 1
        else { throw CipherError("naming a certificate \"\(commonName)\"") }
    }

    /// Browsers look at the alternative names only (RFC 9525 §6.3); DTLS needs none.
    private static func addAlternativeNames(
        _ dnsNames: [String],
        _ addresses: [IPAddress],
        to certificate: OpaquePointer
    ) throws(CipherError) {
        guard !dnsNames.isEmpty || !addresses.isEmpty else { return }
        for name in dnsNames {
            // OpenSSL's configuration syntax gives commas and colons a meaning.
            let isHostName = name.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "*"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
            guard isHostName, !name.isEmpty else {
                throw CipherError("adding the name \"\(name)\" to a certificate")
            }
        }
        let names = dnsNames.map { "DNS:\($0)" } + addresses.map { "IP:\($0)" }
        try unsafe add(NID_subject_alt_name, names.joined(separator: ","), to: certificate)
        try unsafe add(NID_ext_key_usage, "serverAuth", to: certificate)
    }

    private static func add(
        _ identifier: Int32,
        _ value: String,
        to certificate: OpaquePointer
    ) throws(CipherError) {
        guard let part = unsafe X509V3_EXT_conf_nid(nil, nil, identifier, value) else {
            throw CipherError("adding \"\(value)\" to a certificate")
        }
        defer { unsafe X509_EXTENSION_free(part) }
        guard unsafe X509_add_ext(certificate, part, -1) == 1 else {
            throw CipherError("adding \"\(value)\" to a certificate")
        }
    }
}

import COpenSSL
import Ciphers

/// A certificate and a key as another program reads them: from PEM, by OpenSSL's own parser.
final class ParsedCertificate {
    struct Unreadable: Error {}

    private let der: [UInt8]
    private let certificate: OpaquePointer
    private let key: OpaquePointer

    init(_ original: Certificate) throws {
        let certificateText = Array(original.certificatePEM.utf8)
        let keyText = Array(original.privateKeyPEM.utf8)
        let certificateBIO = BIO_new_mem_buf(certificateText, Int32(certificateText.count))
        let keyBIO = BIO_new_mem_buf(keyText, Int32(keyText.count))
        defer {
            BIO_free(certificateBIO)
            BIO_free(keyBIO)
        }
        guard let certificate = PEM_read_bio_X509(certificateBIO, nil, nil, nil),
            let key = PEM_read_bio_PrivateKey(keyBIO, nil, nil, nil)
        else { throw Unreadable() }
        self.certificate = certificate
        self.key = key
        var start: UnsafeMutablePointer<UInt8>?
        let count = Int(i2d_X509(certificate, &start))
        der = Array(UnsafeBufferPointer(start: start, count: count))
        CRYPTO_free(start, "", 0)
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    /// SHA-256 of the DER form.
    var digest: [UInt8] {
        let der = der
        return Ciphers.SHA256.digest(der.span)
    }
    var keyBelongsToCertificate: Bool { X509_check_private_key(certificate, key) == 1 }
    var signatureIsGood: Bool { X509_verify(certificate, key) == 1 }

    func isFor(host: String) -> Bool { X509_check_host(certificate, host, host.utf8.count, 0, nil) == 1 }
    func isFor(address: String) -> Bool { X509_check_ip_asc(certificate, address, 0) == 1 }

    var isValidNow: Bool {
        X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0
            && X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0
    }

    /// Days from beginning to end.
    var days: Int {
        var days: Int32 = 0
        var seconds: Int32 = 0
        ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate), X509_get0_notAfter(certificate))
        return Int(days)
    }
}

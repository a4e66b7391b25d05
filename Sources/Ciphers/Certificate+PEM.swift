internal import COpenSSL

extension Certificate {
    /// The certificate in PEM form (RFC 7468 §5).
    public var certificatePEM: String {
        unsafe Self.text { bio in unsafe PEM_write_bio_X509(bio, certificate) }
    }

    /// The private key in PEM form (PKCS #8, RFC 7468 §10), not encrypted.
    ///
    /// Keep it out of logs.
    public var privateKeyPEM: String {
        unsafe Self.text { bio in unsafe PEM_write_bio_PrivateKey(bio, privateKey, nil, nil, 0, nil, nil) }
    }

    /// What `write` puts into a memory BIO; empty if it fails, which takes an exhausted memory.
    private static func text(_ write: (OpaquePointer) -> Int32) -> String {
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { return "" }
        defer { unsafe BIO_free(bio) }
        guard unsafe write(bio) == 1 else { return "" }
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe roost_mem_bio_data(bio, &start)
        guard let start = unsafe start, count > 0 else { return "" }
        return unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }
}

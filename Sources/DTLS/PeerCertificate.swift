internal import COpenSSL

/// Where OpenSSL asks whether a peer's certificate will do.
///
/// The answer is given within the handshake, so that a wrong certificate meets a `bad_certificate` alert, as
/// RFC 8122 §6.2 demands, and nobody ever sees keys.
enum PeerCertificate {
    /// Finds the association behind a verification and asks it.
    ///
    /// - Returns: 1 for yes, 0 for no.
    static func verify(_ store: OpaquePointer?) -> Int32 {
        guard let ssl = unsafe X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
            let data = unsafe SSL_get_ex_data(OpaquePointer(ssl), 0),
            let certificate = unsafe X509_STORE_CTX_get0_cert(store)
        else { return 0 }
        let association = unsafe Unmanaged<DTLSAssociation>.fromOpaque(data).takeUnretainedValue()
        if unsafe association.accepts(certificate) { return 1 }
        unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED)
        return 0
    }

    /// Makes `association` the one that is asked for `ssl`.
    ///
    /// It frees `ssl` before it goes, so the reference is not counted.
    static func bind(_ ssl: OpaquePointer, to association: DTLSAssociation) {
        unsafe SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(association).toOpaque())
    }
}

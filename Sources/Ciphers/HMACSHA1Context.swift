internal import COpenSSL

/// HMAC-SHA1 under one key, again and again; nothing is allocated per call.
///
/// Not for two threads at a time.
@safe
public final class HMACSHA1Context {
    private let context: OpaquePointer

    /// Makes a context for a key of any length.
    public init(key: [UInt8]) throws(CipherError) {
        guard let algorithm = unsafe EVP_MAC_fetch(nil, "HMAC", nil) else { throw CipherError("fetching HMAC") }
        defer { unsafe EVP_MAC_free(algorithm) }
        guard let context = unsafe EVP_MAC_CTX_new(algorithm) else { throw CipherError("making an HMAC context") }
        var name: [CChar] = [83, 72, 65, 49, 0]  // "SHA1"
        let isReady = unsafe name.withUnsafeMutableBufferPointer { name in
            var parameters = unsafe [
                OSSL_PARAM_construct_utf8_string("digest", name.baseAddress, 0), OSSL_PARAM_construct_end(),
            ]
            return unsafe EVP_MAC_init(context, key, key.count, &parameters) == 1
        }
        guard isReady else {
            unsafe EVP_MAC_CTX_free(context)
            throw CipherError("setting an HMAC key")
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_MAC_CTX_free(context) }

    /// Writes the 20-byte code of `count` bytes followed by four bytes of `suffix` to `code`.
    public func authenticate(
        _ message: UnsafePointer<UInt8>, count: Int, suffix: UInt32, into code: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        var written = 0
        var bigEndian = suffix.bigEndian
        return unsafe EVP_MAC_init(context, nil, 0, nil) == 1 && EVP_MAC_update(context, message, count) == 1
            && withUnsafeBytes(of: &bigEndian) { bytes in
                unsafe EVP_MAC_update(context, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), 4) == 1
            } && EVP_MAC_final(context, code, &written, 20) == 1
    }
}

internal import COpenSSL

/// AES in counter mode under one key, in place (RFC 3711 §4.1.1, RFC 6188 §2); nothing is allocated per call.
///
/// Not for two threads at a time.
@safe
public struct AESCounterContext: ~Copyable {
    private let context: OpaquePointer

    /// Makes a context for a key of 16 or 32 bytes.
    public init(key: [UInt8]) throws(CipherError) {
        guard key.count == 16 || key.count == 32 else {
            throw CipherError("AES-CM with a key of \(key.count) bytes")
        }
        guard let context = unsafe EVP_CIPHER_CTX_new() else { throw CipherError("making a cipher context") }
        let cipher = unsafe key.count == 16 ? EVP_aes_128_ctr() : EVP_aes_256_ctr()
        guard unsafe EVP_EncryptInit_ex(context, cipher, nil, key, nil) == 1 else {
            unsafe EVP_CIPHER_CTX_free(context)
            throw CipherError("setting an AES-CM key")
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    /// Exclusive-ors the key stream that begins at the 16-byte counter block onto `count` bytes at `text`.
    public func apply(to text: UnsafeMutablePointer<UInt8>, count: Int, counter: UnsafePointer<UInt8>) -> Bool {
        guard let count = Int32(exactly: count), count >= 0 else { return false }
        var written: Int32 = 0
        return unsafe EVP_EncryptInit_ex(context, nil, nil, nil, counter) == 1
            && EVP_EncryptUpdate(context, text, &written, text, count) == 1
    }
}

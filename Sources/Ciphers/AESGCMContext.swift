internal import COpenSSL

/// AES-GCM under one key, in place, again and again: the key schedule is made once and nothing is allocated
/// per call.
///
/// One direction only. Not for two threads at a time.
@safe
public struct AESGCMContext: ~Copyable {
    /// Which way a context works.
    public enum Direction: Sendable { case seal, open }

    /// Bytes of the tag.
    public static let tagLength = 16

    private let context: OpaquePointer

    /// Makes a context for a key of 16 or 32 bytes; nonces are 12 bytes.
    public init(key: [UInt8], direction: Direction) throws(CipherError) {
        guard key.count == 16 || key.count == 32 else {
            throw CipherError("AES-GCM with a key of \(key.count) bytes")
        }
        guard let context = unsafe EVP_CIPHER_CTX_new() else { throw CipherError("making a cipher context") }
        let cipher = unsafe key.count == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm()
        guard unsafe EVP_CipherInit_ex(context, cipher, nil, key, nil, direction == .seal ? 1 : 0) == 1 else {
            unsafe EVP_CIPHER_CTX_free(context)
            throw CipherError("setting an AES-GCM key")
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    /// Encrypts `count` bytes at `text` in place and writes the tag behind them; `additional` bytes are
    /// authenticated only.
    public func seal(
        _ text: UnsafeMutablePointer<UInt8>,
        count: Int,
        additional: UnsafePointer<UInt8>,
        additionalCount: Int,
        nonce: UnsafePointer<UInt8>
    ) -> Bool {
        guard let count32 = Int32(exactly: count), let additionalCount = Int32(exactly: additionalCount)
        else {
            return false
        }
        var written: Int32 = 0
        guard unsafe EVP_EncryptInit_ex(context, nil, nil, nil, nonce) == 1,
            unsafe EVP_EncryptUpdate(context, nil, &written, additional, additionalCount) == 1,
            unsafe EVP_EncryptUpdate(context, text, &written, text, count32) == 1,
            unsafe EVP_EncryptFinal_ex(context, text + count, &written) == 1
        else { return false }
        return unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagLength), text + count)
            == 1
    }

    /// Decrypts `count` bytes at `text` in place, if the tag behind them is right.
    public func open(
        _ text: UnsafeMutablePointer<UInt8>,
        count: Int,
        additional: UnsafePointer<UInt8>,
        additionalCount: Int,
        nonce: UnsafePointer<UInt8>
    ) -> Bool {
        guard let count32 = Int32(exactly: count), let additionalCount = Int32(exactly: additionalCount)
        else {
            return false
        }
        var written: Int32 = 0
        guard unsafe EVP_DecryptInit_ex(context, nil, nil, nil, nonce) == 1,
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagLength), text + count)
                == 1,
            unsafe EVP_DecryptUpdate(context, nil, &written, additional, additionalCount) == 1,
            unsafe EVP_DecryptUpdate(context, text, &written, text, count32) == 1
        else { return false }
        return unsafe EVP_DecryptFinal_ex(context, text + count, &written) == 1
    }
}

internal import CBoringSSL

/// AES-GCM under one key, in place, again and again: the key schedule is made once and nothing is allocated
/// per call.
///
/// One direction only.
@safe
public struct AESGCMContext: ~Copyable {
    /// Which way a context works.
    public enum Direction: Sendable { case seal, open }

    /// Bytes of the tag.
    public static let tagLength = 16

    private let context: OpaquePointer
    private let direction: Direction

    /// Makes a context for a key of 16 or 32 bytes; nonces are 12 bytes.
    public init(key: [UInt8], direction: Direction) throws(CipherError) {
        guard key.count == 16 || key.count == 32 else {
            throw CipherError("AES-GCM with a key of \(key.count) bytes")
        }
        guard let context = unsafe roost_gcm_new(key, key.count) else { throw CipherError("setting an AES-GCM key") }
        unsafe self.context = context
        self.direction = direction
    }

    deinit { unsafe roost_gcm_free(context) }

    /// Encrypts `count` bytes at `text` in place and writes the tag behind them; `additional` bytes are
    /// authenticated only.
    /// - Returns: false when the context is for the other direction, or a count is negative.
    public func seal(
        _ text: UnsafeMutablePointer<UInt8>,
        count: Int,
        additional: UnsafePointer<UInt8>,
        additionalCount: Int,
        nonce: UnsafePointer<UInt8>
    ) -> Bool {
        guard direction == .seal, count >= 0, additionalCount >= 0 else { return false }
        return unsafe roost_gcm_seal(context, text, count, additional, additionalCount, nonce) == 1
    }

    /// Decrypts `count` bytes at `text` in place, if the tag behind them is right; otherwise they are zero afterwards.
    public func open(
        _ text: UnsafeMutablePointer<UInt8>,
        count: Int,
        additional: UnsafePointer<UInt8>,
        additionalCount: Int,
        nonce: UnsafePointer<UInt8>
    ) -> Bool {
        guard direction == .open, count >= 0, additionalCount >= 0 else { return false }
        return unsafe roost_gcm_open(context, text, count, additional, additionalCount, nonce) == 1
    }
}

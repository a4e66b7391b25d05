internal import COpenSSL

/// HMAC-SHA1 under one key, again and again (RFC 2104 §4 keeps the two hash states of the key); nothing is
/// allocated per call.
///
/// Not for two threads at a time.
@safe
public final class HMACSHA1Context {
    private let prepared: UnsafeMutablePointer<roost_hmac_sha1_key>

    /// Makes a context for a key of any length.
    public init(key: [UInt8]) {
        unsafe prepared = .allocate(capacity: 1)
        unsafe prepared.initialize(to: roost_hmac_sha1_key())
        unsafe roost_hmac_sha1_prepare(prepared, key, key.count)
    }

    deinit {
        unsafe OPENSSL_cleanse(prepared, MemoryLayout<roost_hmac_sha1_key>.size)
        unsafe prepared.deallocate()
    }

    /// Writes the 20-byte code of `count` bytes, followed by `suffix` in network byte order, to `code`.
    public func authenticate(
        _ message: UnsafePointer<UInt8>,
        count: Int,
        suffix: UInt32,
        into code: UnsafeMutablePointer<UInt8>
    ) {
        unsafe roost_hmac_sha1(prepared, message, count, suffix, code)
    }
}

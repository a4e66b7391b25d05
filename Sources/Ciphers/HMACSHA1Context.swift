internal import COpenSSL

/// HMAC-SHA1 under one key, again and again (RFC 2104 §4 keeps the two hash states of the key); nothing is
/// allocated per call.
///
/// Not for two threads at a time.
@safe
public struct HMACSHA1Context: ~Copyable {
    /// Bytes of a code.
    public static let length = 20

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

    /// Whether the ten bytes at `tag` are the beginning of the code of `count` bytes and `suffix`, in a time that does not
    /// depend on where they differ (RFC 3711 §4.2).
    public func isGenuine(
        _ message: UnsafePointer<UInt8>, count: Int, suffix: UInt32, tag: UnsafePointer<UInt8>
    ) -> Bool {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.length) { code in
            guard let start = code.baseAddress else { return false }
            unsafe authenticate(message, count: count, suffix: suffix, into: start)
            var difference: UInt8 = 0
            for place in 0..<10 { difference |= unsafe start[place] ^ tag[place] }
            return difference == 0
        }
    }
}

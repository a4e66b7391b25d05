internal import COpenSSL

/// HMAC-SHA1 (RFC 2104), for STUN's MESSAGE-INTEGRITY and TURN's shared-secret credentials.
public enum HMACSHA1 {
    /// The authentication code, 20 bytes.
    public static func authenticate(_ message: Span<UInt8>, key: [UInt8]) -> [UInt8] {
        unsafe authenticationCode(of: message, key: key, digest: EVP_sha1(), count: 20)
    }
}

/// HMAC-SHA256 (RFC 2104).
public enum HMACSHA256 {
    /// The authentication code, 32 bytes.
    public static func authenticate(_ message: Span<UInt8>, key: [UInt8]) -> [UInt8] {
        unsafe authenticationCode(of: message, key: key, digest: EVP_sha256(), count: 32)
    }
}

private func authenticationCode(
    of message: Span<UInt8>,
    key: [UInt8],
    digest: OpaquePointer?,
    count: Int
) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: count)
    // HMAC() takes a null key for "the one before"; a zero byte is the same key as none (RFC 2104 §2 pads
    // with zeros).
    let key = key.isEmpty ? [0] : key
    let keyLength = Int32(truncatingIfNeeded: key.count)
    unsafe message.withUnsafeBufferPointer { bytes in
        _ = unsafe HMAC(digest, key, keyLength, bytes.baseAddress, bytes.count, &code, nil)
    }
    return code
}

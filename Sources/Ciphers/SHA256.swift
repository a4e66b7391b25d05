internal import COpenSSL

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// The digest, 32 bytes.
    public static func digest(_ message: Span<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        unsafe message.withUnsafeBufferPointer { bytes in
            _ = unsafe COpenSSL.SHA256(bytes.baseAddress, bytes.count, &digest)
        }
        return digest
    }
}

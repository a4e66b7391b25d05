import Wire

/// The checksum behind FINGERPRINT: CRC-32 of ITU-T V.42, as RFC 8489 §14.7 asks for.
enum CRC32 {
    /// The remainder of each byte value, least significant bit first, polynomial 0xEDB88320.
    private static let table: [UInt32] = (0..<256).map { (index: UInt32) in
        (0..<8).reduce(index) { remainder, _ in
            remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1
        }
    }

    /// The checksum of the first `length` bytes.
    static func checksum(of bytes: Span<UInt8>, length: Int) -> UInt32 {
        var remainder = UInt32.max
        for index in 0..<length {
            remainder = table[Int(UInt8(truncatingIfNeeded: remainder) ^ bytes[index])] ^ remainder >> 8
        }
        return ~remainder
    }

    /// The number that stands in FINGERPRINT for a message of `length` bytes before it.
    ///
    /// XORed with "STUN" in ASCII, so that a protocol that ends its own packets with a CRC-32 does not look
    /// like STUN.
    static func fingerprint(of bytes: Span<UInt8>, length: Int) -> UInt32 {
        checksum(of: bytes, length: length) ^ 0x5354_554E
    }
}

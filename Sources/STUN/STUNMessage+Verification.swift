import Ciphers
import Wire

/// The hash behind an integrity attribute.
public enum STUNIntegrityAlgorithm: Sendable {
    /// MESSAGE-INTEGRITY (RFC 8489 §14.5), what ICE agents use.
    case sha1
    /// MESSAGE-INTEGRITY-SHA256 (RFC 8489 §14.6).
    case sha256

    func authenticate(_ bytes: Span<UInt8>, key: [UInt8]) -> [UInt8] {
        switch self {
        case .sha1: HMACSHA1.authenticate(bytes, key: key)
        case .sha256: HMACSHA256.authenticate(bytes, key: key)
        }
    }
}

extension STUNMessage {
    /// The algorithm that protects the message, the stronger one if there are two; a response uses the same.
    public var integrityAlgorithm: STUNIntegrityAlgorithm? {
        if integritySHA256 != nil { return .sha256 }
        return integrityOffset == nil ? nil : .sha1
    }

    /// Whether the message was made by somebody who has `key`, compared in constant time.
    ///
    /// For ICE the key is the password's UTF-8 (RFC 8489 §9.1.1); `bytes` are those the message was read
    /// from. False when there is no integrity attribute.
    public func verifiesIntegrity(of bytes: Span<UInt8>, key: [UInt8]) -> Bool {
        let attribute: Range<Int>
        let algorithm: STUNIntegrityAlgorithm
        if let integritySHA256 {
            (attribute, algorithm) = (integritySHA256, .sha256)
        } else if let integrityOffset {
            (attribute, algorithm) = (integrityOffset..<integrityOffset + 24, .sha1)
        } else {
            return false
        }
        guard attribute.upperBound <= bytes.count else { return false }
        // The hash covers everything before the attribute, with a length field that ends the message just
        // behind it: that is what the sender had when it computed the hash, before it added FINGERPRINT.
        var covered = bytes.extracting(0..<attribute.lowerBound).copied()
        let length = UInt16(truncatingIfNeeded: attribute.upperBound - Self.headerLength)
        covered[2] = UInt8(truncatingIfNeeded: length >> 8)
        covered[3] = UInt8(truncatingIfNeeded: length)
        let value = bytes.extracting(attribute.lowerBound + 4..<attribute.upperBound)
        let expected = algorithm.authenticate(covered.span, key: key)
        return constantTimeEquals(expected.span.extracting(first: value.count), value)
    }

    /// Whether FINGERPRINT is there and fits the message (RFC 8489 §14.7).
    public func verifiesFingerprint(of bytes: Span<UInt8>) -> Bool {
        guard let fingerprintOffset, fingerprintOffset + 8 <= bytes.count else { return false }
        return CRC32.fingerprint(of: bytes, length: fingerprintOffset)
            == bytes.uint32(at: fingerprintOffset + 4)
    }
}

internal import COpenSSL

/// A certificate's fingerprint as SDP carries it (RFC 8122 §5).
public struct CertificateFingerprint: Equatable, Hashable, Sendable {
    /// The hash function, lower case: "sha-256".
    public let algorithm: String
    /// The hash of the certificate's DER form.
    public let bytes: [UInt8]

    /// Makes a fingerprint from its parts.
    public init(algorithm: String, bytes: [UInt8]) {
        self.algorithm = algorithm.lowercased()
        self.bytes = bytes
    }

    /// Reads the value of `a=fingerprint`: an algorithm, a space, pairs of hexadecimal digits with colons
    /// between.
    ///
    /// `nil` for other text, and where the length does not fit a known algorithm.
    public init?(sdpValue: some StringProtocol) {
        let parts = sdpValue.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[1].utf8.count <= 3 * 64 else { return nil }
        var bytes: [UInt8] = []
        for pair in parts[1].split(separator: ":", omittingEmptySubsequences: false) {
            guard pair.utf8.count == 2, let byte = Hex.decode(String(pair)) else { return nil }
            bytes += byte
        }
        let algorithm = String(parts[0]).lowercased()
        guard Self.lengths[algorithm, default: bytes.count] == bytes.count else { return nil }
        self.init(algorithm: algorithm, bytes: bytes)
    }

    /// The value of `a=fingerprint`.
    public var sdpValue: String {
        algorithm + " " + bytes.map { Hex.encode([$0]).uppercased() }.joined(separator: ":")
    }

    /// Whether the hash is one that a man in the middle cannot meet: SHA-256, SHA-384 or SHA-512 (RFC 8122 §5
    /// names older ones, RFC 8827 §6.5 demands SHA-256).
    public var isStrong: Bool { ["sha-256", "sha-384", "sha-512"].contains(algorithm) }

    /// Bytes of the hash functions that RFC 8122 §5 registers.
    private static let lengths = [
        "md5": 16, "sha-1": 20, "sha-224": 28, "sha-256": 32, "sha-384": 48, "sha-512": 64,
    ]

    /// The hash of a certificate (`X509 *`) by one of the strong algorithms; `nil` for others.
    package static func digest(of certificate: OpaquePointer, algorithm: String) -> [UInt8]? {
        let function: OpaquePointer?
        switch algorithm {
        case "sha-256": unsafe function = EVP_sha256()
        case "sha-384": unsafe function = EVP_sha384()
        case "sha-512": unsafe function = EVP_sha512()
        default: return nil
        }
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard unsafe X509_digest(certificate, function, &bytes, &count) == 1 else { return nil }
        return Array(bytes.prefix(Int(count)))
    }
}

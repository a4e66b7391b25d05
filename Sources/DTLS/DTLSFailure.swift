internal import Ciphers

/// Why an association failed.
public enum DTLSFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The handshake broke; OpenSSL's words, the peer's alert among them.
    case handshake([String])
    /// The peer broke off with a fatal alert when keys were there already; OpenSSL's words.
    case alert([String])
    /// The peer's certificate is not the one its SDP announced: somebody is in between, or the SDP is stale.
    case fingerprintMismatch
    /// The SDP had no fingerprint of a hash that is strong enough (SHA-256, SHA-384, SHA-512).
    case noUsableFingerprint
    /// The peer offered, or chose, none of our SRTP profiles.
    case noCommonProfile
    /// The handshake took longer than 30 seconds.
    case timedOut

    /// A sentence for the operator.
    public var description: String {
        switch self {
        case .handshake(let reasons): "the DTLS handshake failed" + Self.list(reasons)
        case .alert(let reasons): "the peer broke off the DTLS association" + Self.list(reasons)
        case .fingerprintMismatch: "the peer's certificate does not match the fingerprint in its SDP"
        case .noUsableFingerprint: "the peer's SDP has no fingerprint of SHA-256 or stronger"
        case .noCommonProfile: "the peer offered no SRTP protection profile that this server speaks"
        case .timedOut: "the DTLS handshake did not finish within 30 seconds"
        }
    }

    private static func list(_ reasons: [String]) -> String {
        reasons.isEmpty ? "" : ": " + reasons.joined(separator: "; ")
    }
}

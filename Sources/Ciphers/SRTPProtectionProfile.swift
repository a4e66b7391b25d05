/// The SRTP protection profiles of DTLS-SRTP that Roost speaks, by their registered numbers (RFC 5764 §4.1.2,
/// RFC 7714 §14.2).
public enum SRTPProtectionProfile: UInt16, Sendable, CaseIterable {
    /// AES-CM with a 128-bit key and an 80-bit HMAC-SHA1 tag.
    case aes128CMHMACSHA1_80 = 1
    /// AES-GCM with a 128-bit key.
    case aeadAES128GCM = 7
    /// AES-GCM with a 256-bit key.
    case aeadAES256GCM = 8

    /// The registered name, as OpenSSL takes it too.
    public var name: String {
        switch self {
        case .aes128CMHMACSHA1_80: "SRTP_AES128_CM_SHA1_80"
        case .aeadAES128GCM: "SRTP_AEAD_AES_128_GCM"
        case .aeadAES256GCM: "SRTP_AEAD_AES_256_GCM"
        }
    }

    /// Bytes of the master key.
    public var keyLength: Int { self == .aeadAES256GCM ? 32 : 16 }
    /// Bytes of the master salt.
    public var saltLength: Int { self == .aes128CMHMACSHA1_80 ? 14 : 12 }
    /// Bytes of the authentication tag on an RTP packet.
    public var tagLength: Int { self == .aes128CMHMACSHA1_80 ? 10 : 16 }
    /// Whether it is an AEAD profile (RFC 7714).
    public var isAEAD: Bool { self != .aes128CMHMACSHA1_80 }
}

/// The master keys a DTLS handshake made (RFC 5764 §4.2).
public struct SRTPKeyingMaterial: Sendable, Equatable {
    /// The profile both agreed on.
    public var profile: SRTPProtectionProfile
    /// Guards what the DTLS client sends.
    public var clientKey: [UInt8]
    /// Guards what the DTLS client sends.
    public var clientSalt: [UInt8]
    /// Guards what the DTLS server sends.
    public var serverKey: [UInt8]
    /// Guards what the DTLS server sends.
    public var serverSalt: [UInt8]

    /// Makes keying material from its parts.
    public init(
        profile: SRTPProtectionProfile,
        clientKey: [UInt8],
        clientSalt: [UInt8],
        serverKey: [UInt8],
        serverSalt: [UInt8]
    ) {
        self.profile = profile
        self.clientKey = clientKey
        self.clientSalt = clientSalt
        self.serverKey = serverKey
        self.serverSalt = serverSalt
    }

    /// Splits the exporter's output: both keys, then both salts (RFC 5764 §4.2); `nil` if the length is
    /// wrong.
    public init?(profile: SRTPProtectionProfile, exported: [UInt8]) {
        let key = profile.keyLength
        let salt = profile.saltLength
        guard exported.count == 2 * (key + salt) else { return nil }
        self.init(
            profile: profile,
            clientKey: Array(exported[..<key]),
            clientSalt: Array(exported[(2 * key)..<(2 * key + salt)]),
            serverKey: Array(exported[key..<(2 * key)]),
            serverSalt: Array(exported[(2 * key + salt)...])
        )
    }
}

extension SRTPKeyingMaterial: CustomStringConvertible {
    /// Names the profile and never the keys.
    public var description: String { "SRTP keys for \(profile.name)" }
}

package import Ciphers

/// The session keys that a master key stands for (RFC 3711 §4.3.1, RFC 7714 §11).
package struct SessionKeys: Equatable, Sendable {
    /// The cipher's key.
    package let cipherKey: [UInt8]
    /// The authentication key; empty for AEAD profiles.
    package let authenticationKey: [UInt8]
    /// The salt, 14 bytes for AES-CM and 12 for AEAD.
    package let salt: [UInt8]

    /// Takes keys as they are: the published vectors begin here.
    package init(cipherKey: [UInt8], authenticationKey: [UInt8] = [], salt: [UInt8]) {
        self.cipherKey = cipherKey
        self.authenticationKey = authenticationKey
        self.salt = salt
    }

    /// What the keys guard, and the first of the three labels they are derived with.
    package enum Use: UInt8 {
        case media = 0
        case control = 3
    }

    /// Derives the keys for RTP or RTCP, never changed for the life of the master key.
    package static func derive(
        profile: SRTPProtectionProfile,
        key: [UInt8],
        salt: [UInt8],
        for use: Use = .media
    ) throws(SRTPError) -> SessionKeys {
        guard key.count == profile.keyLength, salt.count == profile.saltLength else { throw .wrongKeyLength }
        let function = try PseudoRandomFunction(key: key, salt: salt)
        return SessionKeys(
            cipherKey: try function.derive(label: use.rawValue, count: profile.keyLength),
            authenticationKey: profile.isAEAD ? [] : try function.derive(label: use.rawValue + 1, count: 20),
            salt: try function.derive(label: use.rawValue + 2, count: profile.saltLength)
        )
    }
}

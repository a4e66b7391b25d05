internal import Ciphers

/// What a session's keys encrypt or decrypt with, one direction.
///
/// Values without copies: the packet walk borrows them where they are and counts no references.
enum SessionCipher: ~Copyable {
    /// AES-GCM (RFC 7714).
    case aead(AESGCMContext)
    /// AES in counter mode with HMAC-SHA1 (RFC 3711 §4.1, §4.2).
    case counter(CounterMode)

    /// Counter mode and the code that authenticates what it covers.
    struct CounterMode: ~Copyable {
        let cipher: AESCounterContext
        let code: HMACSHA1Context
    }

    /// Makes the contexts of a profile.
    ///
    /// - Throws: ``SRTPError`` when OpenSSL refuses.
    init(profile: SRTPProtectionProfile, session: SessionKeys, direction: AESGCMContext.Direction) throws(SRTPError) {
        do throws(CipherError) {
            if profile.isAEAD {
                self = .aead(try AESGCMContext(key: session.cipherKey, direction: direction))
            } else {
                self = .counter(
                    CounterMode(
                        cipher: try AESCounterContext(key: session.cipherKey),
                        code: HMACSHA1Context(key: session.authenticationKey)))
            }
        } catch {
            throw .cipher(error.description)
        }
    }

    /// Whether the tag is part of the cipher's own output.
    var isAEAD: Bool {
        switch self {
        case .aead: true
        case .counter: false
        }
    }
}

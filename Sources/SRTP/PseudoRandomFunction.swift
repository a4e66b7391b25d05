internal import Ciphers

/// AES in counter mode as the pseudo-random function that session keys come from (RFC 3711 §4.3.3, RFC 6188
/// §3).
///
/// Key derivation runs a few times a peer, so it makes its context anew.
package struct PseudoRandomFunction {
    private let key: [UInt8]
    private let salt: [UInt8]

    /// Takes a master key of 16 or 32 bytes and a master salt of at most 14.
    package init(key: [UInt8], salt: [UInt8]) throws(SRTPError) {
        guard salt.count <= 14 else { throw .wrongKeyLength }
        self.key = key
        // A 96-bit salt counts as one of 112 bits that ends in zeros (RFC 7714 §11).
        self.salt = salt + [UInt8](repeating: 0, count: 14 - salt.count)
    }

    /// `count` bytes of key stream for a label, with a key derivation rate of zero.
    ///
    /// The counter block is x · 2¹⁶ where x = label · 2⁴⁸ ⊕ salt: the label meets byte 7 of the salt.
    package func derive(label: UInt8, count: Int) throws(SRTPError) -> [UInt8] {
        var block = salt + [0, 0]
        block[7] ^= label
        var stream = [UInt8](repeating: 0, count: count)
        do throws(CipherError) {
            let context = try AESCounterContext(key: key)
            guard unsafe context.apply(to: &stream, count: count, counter: block) else {
                throw CipherError("deriving SRTP keys")
            }
        } catch {
            throw .cipher(error.description)
        }
        return stream
    }
}

public import Ciphers
public import Wire

/// Encrypts what is sent to one peer, in place: the hottest code there is, run once for every packet and receiver.
///
/// One cipher context a peer; per SSRC only the indices in ``SRTPSendStream``. Nothing is allocated per packet. Not for two
/// threads at a time.
/// AES-GCM as in RFC 7714 §8, AES-CM with HMAC-SHA1 as in RFC 3711 §4.1 and §4.2.
public final class SRTPSender {
    /// Bytes a packet may grow by.
    public static let overhead = 16

    private enum Method {
        case aead(AESGCMContext)
        case counter(AESCounterContext, HMACSHA1Context)
    }

    private let method: Method
    /// The session salt as numbers, so that a nonce is two exclusive-ors: bytes 0…7 and 8…15 of the padded salt.
    private let saltHigh: UInt64
    private let saltLow: UInt64

    /// Makes a sender from master keys.
    public convenience init(
        profile: SRTPProtectionProfile, key: [UInt8], salt: [UInt8]
    ) throws(SRTPError) {
        try self.init(profile: profile, session: try SessionKeys.derive(profile: profile, key: key, salt: salt))
    }

    /// Makes a sender from session keys, as the published vectors give them.
    package init(profile: SRTPProtectionProfile, session: SessionKeys) throws(SRTPError) {
        guard session.cipherKey.count == profile.keyLength, session.salt.count == profile.saltLength else {
            throw .wrongKeyLength
        }
        do throws(CipherError) {
            if profile.isAEAD {
                method = .aead(try AESGCMContext(key: session.cipherKey, direction: .seal))
            } else {
                method = .counter(
                    try AESCounterContext(key: session.cipherKey), try HMACSHA1Context(key: session.authenticationKey))
            }
        } catch {
            throw .cipher(error.description)
        }
        let salt = session.salt + [UInt8](repeating: 0, count: 16 - session.salt.count)
        saltHigh = salt.span.uint64(at: 0)
        saltLow = salt.span.uint64(at: 8)
    }

    /// Encrypts a packet in place and authenticates it.
    ///
    /// - Parameters:
    ///   - buffer: The packet; room for ``overhead`` bytes must follow it.
    ///   - length: Its length in bytes.
    ///   - headerLength: The bytes that stay readable: fixed header, contributing sources, extension.
    ///   - index: The packet's 48-bit index; its low 16 bits are the sequence number in the header.
    ///   - stream: The indices used so far.
    /// - Returns: The new length, or `nil` when the index was used before or is too old to tell, when the header carries
    ///   another sequence number or SSRC, or when there is no header.
    public func protect(
        _ buffer: UnsafeMutablePointer<UInt8>, length: Int, headerLength: Int, index: ExtendedSequenceNumber,
        stream: inout SRTPSendStream
    ) -> Int? {
        guard headerLength >= 12, headerLength <= length,
            unsafe Self.carries(buffer, index: index, ssrc: stream.ssrc), stream.take(index)
        else { return nil }
        switch method {
        case .aead(let context):
            return unsafe seal(buffer, length: length, headerLength: headerLength, index: index, stream.ssrc, context)
        case .counter(let cipher, let code):
            return unsafe cover(buffer, length: length, headerLength: headerLength, index: index, stream.ssrc, cipher, code)
        }
    }

    /// Whether the header says what the nonce is made of. Otherwise nobody could decrypt the packet.
    @inline(__always)
    private static func carries(
        _ header: UnsafeMutablePointer<UInt8>, index: ExtendedSequenceNumber, ssrc: SSRC
    ) -> Bool {
        let header = unsafe Span<UInt8>(_unsafeStart: UnsafePointer(header), count: 12)
        return header.uint16(at: 2) == index.wire.rawValue && header.uint32(at: 8) == ssrc.rawValue
    }

    /// RFC 7714 §8.1: nonce = (00 00 ‖ SSRC ‖ ROC ‖ SEQ) ⊕ salt, the header is authenticated, the tag follows.
    @inline(__always)
    private func seal(
        _ buffer: UnsafeMutablePointer<UInt8>, length: Int, headerLength: Int, index: ExtendedSequenceNumber,
        _ ssrc: SSRC, _ context: AESGCMContext
    ) -> Int? {
        let high = (UInt64(ssrc.rawValue) << 16 | index.rawValue >> 32 & 0xFFFF) ^ saltHigh
        let low = (index.rawValue & 0xFFFF_FFFF) << 32 ^ saltLow
        var nonce = (high.bigEndian, low.bigEndian)
        let isSealed = unsafe withUnsafeBytes(of: &nonce) { nonce in
            guard let nonce = nonce.baseAddress else { return false }
            return unsafe context.seal(
                buffer + headerLength, count: length - headerLength, additional: buffer, additionalCount: headerLength,
                nonce: nonce.assumingMemoryBound(to: UInt8.self))
        }
        return isSealed ? length + AESGCMContext.tagLength : nil
    }

    /// RFC 3711 §4.1.1: counter = salt · 2¹⁶ ⊕ SSRC · 2⁶⁴ ⊕ index · 2¹⁶; §4.2: the tag covers packet and ROC.
    private func cover(
        _ buffer: UnsafeMutablePointer<UInt8>, length: Int, headerLength: Int, index: ExtendedSequenceNumber,
        _ ssrc: SSRC, _ cipher: AESCounterContext, _ authentication: HMACSHA1Context
    ) -> Int? {
        let high = saltHigh ^ UInt64(ssrc.rawValue)
        let low = saltLow ^ index.rawValue << 16
        var counter = (high.bigEndian, low.bigEndian)
        let isCovered = unsafe withUnsafeBytes(of: &counter) { counter in
            guard let counter = counter.baseAddress else { return false }
            return unsafe cipher.apply(
                to: buffer + headerLength, count: length - headerLength,
                counter: counter.assumingMemoryBound(to: UInt8.self))
        }
        guard isCovered else { return nil }
        var code: (UInt64, UInt64, UInt32) = (0, 0, 0)
        let isDone = unsafe withUnsafeMutableBytes(of: &code) { code in
            guard let code = unsafe code.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
            guard unsafe authentication.authenticate(buffer, count: length, suffix: index.rollover, into: code) else {
                return false
            }
            unsafe (buffer + length).update(from: code, count: 10)
            return true
        }
        return isDone ? length + 10 : nil
    }
}

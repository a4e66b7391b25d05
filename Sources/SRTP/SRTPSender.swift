public import Ciphers
public import Wire

/// Encrypts what is sent to one peer, in place: the hottest code there is, run once for every packet and
/// receiver.
///
/// One cipher context a peer; per SSRC only the indices in ``SRTPSendStream``. Nothing is allocated per
/// packet. Not for two threads at a time. AES-GCM as in RFC 7714 §8, AES-CM with HMAC-SHA1 as in RFC 3711
/// §4.1 and §4.2.
public final class SRTPSender {
    /// Bytes a packet may grow by.
    public static let overhead = 16

    private let cipher: SessionCipher
    private let salt: SessionSalt

    /// Makes a sender from master keys.
    ///
    /// - Throws: ``SRTPError`` for keys of a wrong length, or when OpenSSL refuses.
    public convenience init(
        profile: SRTPProtectionProfile,
        key: [UInt8],
        salt: [UInt8]
    ) throws(SRTPError) {
        try self.init(
            profile: profile,
            session: try SessionKeys.derive(profile: profile, key: key, salt: salt)
        )
    }

    /// Makes a sender from session keys, as the published vectors give them.
    package init(profile: SRTPProtectionProfile, session: SessionKeys) throws(SRTPError) {
        guard session.cipherKey.count == profile.keyLength, session.salt.count == profile.saltLength else {
            throw .wrongKeyLength
        }
        cipher = try SessionCipher(profile: profile, session: session, direction: .seal)
        salt = SessionSalt(session.salt)
    }

    /// Encrypts a packet in place and authenticates it.
    ///
    /// - Parameters:
    ///   - buffer: The packet; room for ``overhead`` bytes must follow it.
    ///   - length: Its length in bytes.
    ///   - headerLength: The bytes that stay readable: fixed header, contributing sources, extension.
    ///   - index: The packet's 48-bit index; its low 16 bits are the sequence number in the header.
    ///   - stream: The indices used so far.
    /// - Returns: The new length, or `nil` when the index was used before or is too old to tell, when the
    ///   header carries another sequence number or SSRC, or when there is no header.
    public func protect(
        _ buffer: UnsafeMutablePointer<UInt8>,
        length: Int,
        headerLength: Int,
        index: ExtendedSequenceNumber,
        stream: inout SRTPSendStream
    ) -> Int? {
        guard headerLength >= 12, headerLength <= length,
            unsafe Self.carries(buffer, index: index, ssrc: stream.ssrc), stream.take(index)
        else { return nil }
        let packet = unsafe Packet(
            header: buffer,
            headerLength: headerLength,
            payload: buffer + headerLength,
            payloadLength: length - headerLength
        )
        let ssrc = stream.ssrc.rawValue
        switch cipher {
        case .aead(let context):
            guard Self.seal(packet, context, salt.nonce(ssrc: ssrc, index: index)) else { return nil }
            return length + AESGCMContext.tagLength
        case .counter(let mode):
            let counter = salt.counter(ssrc: ssrc, index: index)
            guard Self.cover(packet, mode, counter, rollover: index.rollover) else { return nil }
            return length + Self.codeLength
        }
    }

    /// Where the two parts of a packet lie, for the length of one call.
    @safe
    private struct Packet {
        let header: UnsafeMutablePointer<UInt8>
        let headerLength: Int
        let payload: UnsafeMutablePointer<UInt8>
        let payloadLength: Int
    }

    /// Bytes of an HMAC-SHA1 tag of 80 bits.
    private static let codeLength = 10

    /// Whether the header says what the nonce is made of; otherwise nobody could decrypt the packet.
    @inline(__always)
    private static func carries(
        _ header: UnsafeMutablePointer<UInt8>,
        index: ExtendedSequenceNumber,
        ssrc: SSRC
    ) -> Bool {
        let header = unsafe Span<UInt8>(_unsafeStart: UnsafePointer(header), count: 12)
        return header.uint16(at: 2) == index.wire.rawValue && header.uint32(at: 8) == ssrc.rawValue
    }

    /// AES-GCM with the header as additional data; the tag follows the payload.
    @inline(__always)
    private static func seal(_ packet: Packet, _ context: borrowing AESGCMContext, _ nonce: SessionSalt.Block) -> Bool {
        unsafe withUnsafeBytes(of: nonce) { nonce in
            guard let nonce = nonce.baseAddress else { return false }
            return unsafe context.seal(
                packet.payload,
                count: packet.payloadLength,
                additional: packet.header,
                additionalCount: packet.headerLength,
                nonce: nonce.assumingMemoryBound(to: UInt8.self)
            )
        }
    }

    /// AES-CM over the payload, then a code of header, encrypted payload and rollover counter (RFC 3711
    /// §4.2).
    private static func cover(
        _ packet: Packet,
        _ mode: borrowing SessionCipher.CounterMode,
        _ counter: SessionSalt.Block,
        rollover: UInt32
    ) -> Bool {
        let isCovered = unsafe withUnsafeBytes(of: counter) { counter in
            guard let counter = counter.baseAddress else { return false }
            return unsafe mode.cipher.apply(
                to: packet.payload,
                count: packet.payloadLength,
                counter: counter.assumingMemoryBound(to: UInt8.self)
            )
        }
        guard isCovered else { return false }
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { code in
            guard let start = code.baseAddress else { return }
            unsafe mode.code.authenticate(
                packet.header,
                count: packet.headerLength + packet.payloadLength,
                suffix: rollover,
                into: start
            )
            unsafe (packet.payload + packet.payloadLength).update(from: start, count: codeLength)
        }
        return true
    }
}

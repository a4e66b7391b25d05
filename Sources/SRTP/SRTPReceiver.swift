public import Ciphers
public import Wire

/// What became of a received packet.
public enum SRTPUnprotectResult: Equatable, Sendable {
    /// It is genuine and new; the plain packet has this length.
    case ok(Int)
    /// It came before, or is too old to tell.
    case replay
    /// Somebody else made it, or it was damaged.
    case authenticationFailed
    /// It is no SRTP packet.
    case malformed
    /// The peer uses more SSRCs at once than are allowed.
    case tooManyStreams
}

/// Decrypts what one peer sends, in place: authentication, rollover counters, replay protection (RFC 3711 §3.3).
///
/// One cipher context a peer; per SSRC only the indices in `SRTPReceiveStream`. Nothing is allocated per packet. Not for
/// two threads at a time.
public final class SRTPReceiver {
    /// SSRCs one peer may use at once, unless told otherwise: two dozen streams, each with its
    /// retransmissions.
    public static let defaultStreamLimit = 64

    private let cipher: SessionCipher
    private let salt: SessionSalt
    private let tagLength: Int
    private var table: IncomingStreamTable
    private var streams: [UInt32: SRTPReceiveStream] = [:]

    /// Makes a receiver from the sender's master keys.
    ///
    /// - Throws: ``SRTPError`` for keys of a wrong length, or when OpenSSL refuses.
    public init(
        profile: SRTPProtectionProfile,
        key: [UInt8],
        salt: [UInt8],
        streamLimit: Int = defaultStreamLimit
    ) throws(SRTPError) {
        let session = try SessionKeys.derive(profile: profile, key: key, salt: salt)
        cipher = try SessionCipher(profile: profile, session: session, direction: .open)
        self.salt = SessionSalt(session.salt)
        tagLength = profile.tagLength
        table = IncomingStreamTable(limit: streamLimit)
    }

    /// Decrypts `length` bytes in place.
    ///
    /// Whatever the result, the bytes may have changed.
    public func unprotect(_ buffer: UnsafeMutablePointer<UInt8>, length: Int) -> SRTPUnprotectResult {
        guard length >= 12 + tagLength, length <= Int(UInt16.max) else { return .malformed }
        let packet = unsafe Span<UInt8>(_unsafeStart: UnsafePointer(buffer), count: length - tagLength)
        guard let headerLength = Self.headerLength(of: packet) else { return .malformed }
        let ssrc = packet.uint32(at: 8)
        let admission = table.admission(of: ssrc)
        guard admission != .full else { return .tooManyStreams }
        var stream = streams[ssrc] ?? SRTPReceiveStream()
        guard let index = stream.index(of: SequenceNumber(packet.uint16(at: 2))) else { return .replay }
        guard unsafe open(buffer, length: length - tagLength, headerLength: headerLength, ssrc: ssrc, index: index)
        else { return .authenticationFailed }
        // Only a genuine packet moves the window or takes a place: a forged one leaves nothing behind.
        stream.insert(index)
        streams[ssrc] = stream
        if admission == .new, let surplus = table.insert(ssrc) { streams[surplus] = nil }
        return .ok(length - tagLength)
    }

    /// Frees the place of a stream that has ended.
    ///
    /// What was recorded of it stays refused until the place is
    /// needed.
    public func removeStream(_ ssrc: SSRC) { table.end(ssrc.rawValue) }

    /// The bytes before the payload: fixed header, contributing sources, extension (RFC 3550 §5.1, §5.3.1); `nil` if the
    /// packet, its tag left out, does not hold them.
    private static func headerLength(of packet: Span<UInt8>) -> Int? {
        guard packet[0] >> 6 == 2 else { return nil }
        var length = 12 + 4 * Int(packet[0] & 0x0F)
        if packet[0] & 0x10 != 0 {
            guard length + 4 <= packet.count else { return nil }
            length += 4 + 4 * Int(packet.uint16(at: length + 2))
        }
        return length <= packet.count ? length : nil
    }

    /// Checks the tag behind `length` bytes, and decrypts them.
    private func open(
        _ buffer: UnsafeMutablePointer<UInt8>, length: Int, headerLength: Int, ssrc: UInt32,
        index: ExtendedSequenceNumber
    ) -> Bool {
        let payload = unsafe buffer + headerLength
        switch cipher {
        case .aead(let context):
            return unsafe withUnsafeBytes(of: salt.nonce(ssrc: ssrc, index: index)) { nonce in
                guard let nonce = nonce.baseAddress else { return false }
                return unsafe context.open(
                    payload, count: length - headerLength, additional: buffer, additionalCount: headerLength,
                    nonce: nonce.assumingMemoryBound(to: UInt8.self))
            }
        case .counter(let mode):
            guard unsafe mode.code.isGenuine(buffer, count: length, suffix: index.rollover, tag: buffer + length) else {
                return false
            }
            return unsafe withUnsafeBytes(of: salt.counter(ssrc: ssrc, index: index)) { counter in
                guard let counter = counter.baseAddress else { return false }
                return unsafe mode.cipher.apply(
                    to: payload, count: length - headerLength, counter: counter.assumingMemoryBound(to: UInt8.self))
            }
        }
    }
}

internal import CSRTP2
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

/// Decrypts what one peer sends, by libsrtp2: authentication, rollover counters, replay protection (RFC 3711
/// §3.3).
@safe
public final class SRTPReceiver {
    /// SSRCs one peer may use at once, unless told otherwise: two dozen streams, each with its
    /// retransmissions.
    public static let defaultStreamLimit = 64

    private let session: srtp_t
    private let minimumLength: Int
    private var streams: IncomingStreamTable

    /// Makes a receiver from the sender's master keys.
    ///
    /// - Throws: ``SRTPError`` for keys of a wrong length, or when libsrtp refuses.
    public init(
        profile: SRTPProtectionProfile,
        key: [UInt8],
        salt: [UInt8],
        streamLimit: Int = defaultStreamLimit
    ) throws(SRTPError) {
        unsafe session = try SRTPLibrary.session(
            profile: profile,
            key: key,
            salt: salt,
            direction: ssrc_any_inbound
        )
        minimumLength = 12 + profile.tagLength
        streams = IncomingStreamTable(limit: streamLimit)
    }

    deinit { unsafe srtp_dealloc(session) }

    /// Decrypts `length` bytes in place.
    ///
    /// Whatever the result, the bytes may have changed.
    public func unprotect(_ buffer: UnsafeMutablePointer<UInt8>, length: Int) -> SRTPUnprotectResult {
        guard length >= minimumLength, length <= Int(UInt16.max), unsafe buffer[0] >> 6 == 2 else {
            return .malformed
        }
        let ssrc = unsafe Span<UInt8>(_unsafeStart: UnsafePointer(buffer), count: length).uint32(at: 8)
        let admission = streams.admission(of: ssrc)
        guard admission != .full else { return .tooManyStreams }
        var count = Int32(truncatingIfNeeded: length)
        switch unsafe srtp_unprotect(session, buffer, &count) {
        case srtp_err_status_ok:
            // libsrtp made a context only now: a forged packet leaves nothing behind.
            if admission == .new, let surplus = streams.insert(ssrc) {
                unsafe srtp_remove_stream(session, surplus.bigEndian)
            }
            return .ok(Int(count))
        case srtp_err_status_replay_fail, srtp_err_status_replay_old, srtp_err_status_pkt_idx_old:
            return .replay
        case srtp_err_status_auth_fail, srtp_err_status_cipher_fail: return .authenticationFailed
        default: return .malformed
        }
    }

    /// Frees the place of a stream that has ended.
    ///
    /// What was recorded of it stays refused until the place is
    /// needed.
    public func removeStream(_ ssrc: SSRC) { streams.end(ssrc.rawValue) }
}

internal import CSRTP2
public import Ciphers
public import Wire

/// Guards RTCP in one direction, by libsrtp2 (RFC 3711 §3.4, RFC 7714 §9).
@safe
public final class SRTCPTransform {
    /// Which way a transform works.
    public enum Direction: Sendable { case inbound, outbound }

    /// Bytes a packet may grow by: a tag of 16 and an index of 4.
    public static let overhead = 20

    private let session: srtp_t
    private let direction: Direction
    private let minimumLength: Int
    private var streams = IncomingStreamTable(limit: SRTPReceiver.defaultStreamLimit)

    /// Makes a transform from the sender's master keys.
    ///
    /// - Throws: ``SRTPError`` for keys of a wrong length, or when libsrtp refuses.
    public init(
        profile: SRTPProtectionProfile,
        key: [UInt8],
        salt: [UInt8],
        direction: Direction
    ) throws(SRTPError) {
        unsafe session = try SRTPLibrary.session(
            profile: profile,
            key: key,
            salt: salt,
            direction: direction == .inbound ? ssrc_any_inbound : ssrc_any_outbound
        )
        self.direction = direction
        // Header and sender's SSRC, index, tag.
        minimumLength = 8 + 4 + profile.tagLength
    }

    deinit { unsafe srtp_dealloc(session) }

    /// Encrypts `length` bytes in place; room for ``overhead`` more must follow.
    ///
    /// - Returns: The new length; `nil` for what is no RTCP, and after 2³¹ packets (RFC 3711 §9.2).
    public func protect(_ buffer: UnsafeMutablePointer<UInt8>, length: Int) -> Int? {
        guard direction == .outbound, length >= 8, length <= Int(UInt16.max) else { return nil }
        var count = Int32(truncatingIfNeeded: length)
        guard unsafe srtp_protect_rtcp(session, buffer, &count) == srtp_err_status_ok else { return nil }
        return Int(count)
    }

    /// Decrypts `length` bytes in place.
    ///
    /// Whatever the result, the bytes may have changed.
    ///
    /// - Returns: The plain length; `nil` if the packet is not genuine, not new, or of one SSRC too many.
    public func unprotect(_ buffer: UnsafeMutablePointer<UInt8>, length: Int) -> Int? {
        guard direction == .inbound, length >= minimumLength, length <= Int(UInt16.max),
            unsafe buffer[0] >> 6 == 2
        else { return nil }
        let ssrc = unsafe Span<UInt8>(_unsafeStart: UnsafePointer(buffer), count: length).uint32(at: 4)
        let admission = streams.admission(of: ssrc)
        guard admission != .full else { return nil }
        var count = Int32(truncatingIfNeeded: length)
        guard unsafe srtp_unprotect_rtcp(session, buffer, &count) == srtp_err_status_ok else { return nil }
        if admission == .new, let surplus = streams.insert(ssrc) {
            unsafe srtp_remove_stream(session, surplus.bigEndian)
        }
        return Int(count)
    }

    /// Frees the place of a sender that has gone.
    public func removeStream(_ ssrc: SSRC) { streams.end(ssrc.rawValue) }
}

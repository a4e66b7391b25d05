internal import CSRTP2
internal import Ciphers

/// libsrtp2, initialised once for the process.
enum SRTPLibrary {
    /// The status of `srtp_init`.
    ///
    /// Its lazy initialiser runs once, under a lock, whichever worker comes first.
    private static let status = srtp_init()

    /// Makes a session that takes any SSRC in one direction.
    static func session(
        profile: SRTPProtectionProfile,
        key: [UInt8],
        salt: [UInt8],
        direction: srtp_ssrc_type_t
    ) throws(SRTPError) -> srtp_t {
        guard key.count == profile.keyLength, salt.count == profile.saltLength else { throw .wrongKeyLength }
        try check(status)
        var policy = unsafe srtp_policy_t()
        switch profile {
        case .aes128CMHMACSHA1_80:
            unsafe srtp_crypto_policy_set_rtp_default(&policy.rtp)
            unsafe srtp_crypto_policy_set_rtcp_default(&policy.rtcp)
        case .aeadAES128GCM:
            unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp)
            unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp)
        case .aeadAES256GCM:
            unsafe srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp)
            unsafe srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp)
        }
        unsafe policy.ssrc.type = direction
        // Wide enough for what jitter and retransmission bring late; RFC 3711 §3.3.2 wants 64 at least.
        unsafe policy.window_size = 1_024
        unsafe policy.allow_repeat_tx = 0
        var master = key + salt
        var session: srtp_t?
        // The library copies the key.
        let result = unsafe master.withUnsafeMutableBufferPointer { master in
            unsafe policy.key = master.baseAddress
            return unsafe srtp_create(&session, &policy)
        }
        try check(result)
        guard let session = unsafe session else { throw .library(-1) }
        return unsafe session
    }

    private static func check(_ status: srtp_err_status_t) throws(SRTPError) {
        guard status == srtp_err_status_ok else { throw .library(Int32(bitPattern: status.rawValue)) }
    }
}

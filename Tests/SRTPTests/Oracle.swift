import CSRTP2
import Ciphers
import SRTP

/// libsrtp2, told to protect what the module under test protects.
final class Oracle {
    struct Refused: Error { let status: UInt32 }

    /// The library, initialised once for the process.
    private static let status = srtp_init()
    private let session: srtp_t

    init(_ profile: SRTPProtectionProfile, key: [UInt8], salt: [UInt8], inbound: Bool = false) throws {
        guard Self.status == srtp_err_status_ok else { throw Refused(status: Self.status.rawValue) }
        var policy = srtp_policy_t()
        switch profile {
        case .aes128CMHMACSHA1_80:
            srtp_crypto_policy_set_rtp_default(&policy.rtp)
            srtp_crypto_policy_set_rtcp_default(&policy.rtcp)
        case .aeadAES128GCM:
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp)
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp)
        case .aeadAES256GCM:
            srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp)
            srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp)
        }
        policy.ssrc.type = inbound ? ssrc_any_inbound : ssrc_any_outbound
        policy.window_size = 1_024
        var master = key + salt
        var session: srtp_t?
        let status = master.withUnsafeMutableBufferPointer { master in
            policy.key = master.baseAddress
            return srtp_create(&session, &policy)
        }
        guard status == srtp_err_status_ok, let session else { throw Refused(status: status.rawValue) }
        self.session = session
    }

    deinit { srtp_dealloc(session) }

    func protect(_ packet: [UInt8]) throws -> [UInt8] { try apply(packet) { srtp_protect(session, $0, $1) } }
    func unprotect(_ packet: [UInt8]) throws -> [UInt8] { try apply(packet) { srtp_unprotect(session, $0, $1) } }
    func protectControl(_ packet: [UInt8]) throws -> [UInt8] {
        try apply(packet) { srtp_protect_rtcp(session, $0, $1) }
    }

    func unprotectControl(_ packet: [UInt8]) throws -> [UInt8] {
        try apply(packet) { srtp_unprotect_rtcp(session, $0, $1) }
    }

    private func apply(
        _ packet: [UInt8],
        _ transform: (UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<Int32>) -> srtp_err_status_t
    ) throws -> [UInt8] {
        var buffer = packet + [UInt8](repeating: 0, count: 160)
        var length = Int32(packet.count)
        let status = transform(&buffer, &length)
        guard status == srtp_err_status_ok else { throw Refused(status: status.rawValue) }
        return Array(buffer[..<Int(length)])
    }
}

internal import COpenSSL
public import Ciphers
public import Wire

/// One peer's DTLS 1.2 association, from the first hello to close_notify (RFC 6347, RFC 5764).
///
///     handshaking ──finished──▶ connected ──close_notify──▶ closed
///          │                        └──fatal alert──▶ failed
///          └──alert, wrong certificate, no SRTP profile, 30 s──▶ failed
///
/// Give it a datagram or a timeout, then drain `pollTransmit` and `pollEvent`. OpenSSL reads the wall clock
/// for its retransmission timers, so those are real whatever `now` says.
///
/// It reassembles a ClientHello that comes in several fragments, which browsers with post-quantum key shares
/// send; hence no cookie exchange (RFC 6347 §4.2.1), for which OpenSSL wants the hello in one piece. ICE
/// stands in for it: the owner hands over datagrams only from an address that has answered for itself.
@safe
public final class DTLSAssociation {
    /// How long a handshake may take.
    public static let patience = Interval.seconds(30)

    /// How far the association has come.
    public private(set) var state = DTLSState.handshaking
    /// Which side of the handshake we take.
    public let role: DTLSRole

    private let context: DTLSContext
    private let expected: [CertificateFingerprint]
    private let ssl: OpaquePointer
    private let queues = DatagramQueues()
    private let deadline: Timestamp
    private var events: [DTLSEvent] = []
    private var rejectedCertificate = false
    /// Whether application data is kept for `pollApplicationData`; else it is dropped.
    public var keepsApplicationData = false
    /// Records that may wait to be fetched: more than a datagram holds of such that are worth one.
    static let applicationDataLimit = 64
    private var applicationData: [[UInt8]] = []

    /// Makes an association that waits for a hello, or is ready to send one.
    ///
    /// - Parameters:
    ///   - context: What the server speaks.
    ///   - role: Who sends the first hello.
    ///   - expectedFingerprints: What the peer's SDP announced; the certificate has to have one of them. Weak
    ///     hashes do not count; if no other is there, the association fails at once.
    ///   - now: When the handshake begins.
    /// - Throws: When OpenSSL has no memory left.
    public convenience init(
        context: DTLSContext,
        role: DTLSRole,
        expectedFingerprints: [CertificateFingerprint],
        at now: Timestamp
    ) throws(DTLSError) {
        // 1,200 bytes fit any path that WebRTC meets.
        try self.init(context, role, expectedFingerprints, linkMTU: 1_200, at: now)
    }

    /// Tests choose a small MTU; OpenSSL takes no less than 256.
    package init(
        _ context: DTLSContext,
        _ role: DTLSRole,
        _ expectedFingerprints: [CertificateFingerprint],
        linkMTU: Int,
        at now: Timestamp
    ) throws(DTLSError) {
        guard let ssl = unsafe SSL_new(context.context) else {
            throw CipherError("making a DTLS association")
        }
        guard let bio = unsafe DatagramBIO.make(over: queues) else {
            unsafe SSL_free(ssl)
            throw CipherError("making a datagram BIO")
        }
        unsafe self.ssl = ssl
        self.context = context
        self.role = role
        expected = expectedFingerprints.filter(\.isStrong)
        deadline = now + Self.patience
        unsafe SSL_set_bio(ssl, bio, bio)
        unsafe PeerCertificate.bind(ssl, to: self)
        _ = unsafe roost_dtls_set_link_mtu(ssl, linkMTU)
        unsafe DTLS_set_timer_cb(ssl) { _, microseconds in RetransmissionTimer.next(after: microseconds) }
        switch role {
        case .server: unsafe SSL_set_accept_state(ssl)
        case .client: unsafe SSL_set_connect_state(ssl)
        }
        if expected.isEmpty { fail(.noUsableFingerprint) }
    }

    deinit { unsafe SSL_free(ssl) }

    // MARK: Inputs

    /// Sends the first hello, in the client role.
    public func start(at now: Timestamp) {
        guard role == .client, state == .handshaking else { return }
        advanceHandshake()
    }

    /// Takes one datagram.
    ///
    /// Whatever is wrong with it becomes an event or is ignored, as DTLS demands (RFC 6347 §4.1.2.7).
    public func handle(_ datagram: Span<UInt8>, at now: Timestamp) {
        guard !datagram.isEmpty, datagram.count <= 16_384 else { return }
        queues.incoming = datagram.copied()
        switch state {
        case .handshaking:
            queues.beginFlight()
            advanceHandshake()
        case .connected: readRecords()
        case .closed, .failed: break
        }
        queues.incoming = nil
    }

    /// Sends a flight again that was not answered in time, or gives up.
    public func handleTimeout(at now: Timestamp) {
        guard state == .handshaking else { return }
        guard now < deadline else { return fail(.timedOut) }
        ERR_clear_error()
        if unsafe roost_dtls_handle_timeout(ssl) < 0 { fail(.handshake(ErrorQueue.drain())) }
    }

    /// When `handleTimeout` wants to be called; `nil` when nothing is pending.
    public func nextTimeout(at now: Timestamp) -> Timestamp? {
        guard state == .handshaking else { return nil }
        var left = timeval()
        guard unsafe roost_dtls_get_timeout(ssl, &left) == 1 else { return deadline }
        return min(now + .seconds(Int64(left.tv_sec)) + .microseconds(Int64(left.tv_usec)), deadline)
    }

    /// Says goodbye: a close_notify alert, no answer expected.
    public func close() {
        if state == .connected { sendCloseNotify() }
        if state == .connected || state == .handshaking { state = .closed }
    }

    /// What outlives the association when its owner lets go of it: see ``RetiredAssociation``. Nothing can be done with the
    /// association afterwards.
    public func retire() -> RetiredAssociation? {
        guard state == .connected else { return nil }
        let lastFlight = queues.flight
        while queues.next() != nil {}
        sendCloseNotify()
        var goodbye: [[UInt8]] = []
        while let datagram = queues.next() { goodbye.append(datagram) }
        state = .closed
        return RetiredAssociation(lastFlight: lastFlight, goodbye: goodbye)
    }

    // MARK: Outputs

    /// The next datagram to send, `nil` when drained.
    public func pollTransmit() -> [UInt8]? { queues.next() }

    /// The next event, `nil` when drained.
    public func pollEvent() -> DTLSEvent? { events.isEmpty ? nil : events.removeFirst() }

    /// The next decrypted record of application data, `nil` when drained.
    public func pollApplicationData() -> [UInt8]? { applicationData.isEmpty ? nil : applicationData.removeFirst() }

    /// Sends application data as one record in one datagram.
    /// - Returns: whether it could be sent; what is lost on the way is for the sender to notice (RFC 6347 §3.1).
    public func send(_ bytes: Span<UInt8>) -> Bool {
        guard state == .connected, !bytes.isEmpty, bytes.count <= 16_384 else { return false }
        ERR_clear_error()
        defer { ERR_clear_error() }
        return unsafe bytes.withUnsafeBytes { buffer in
            unsafe SSL_write(ssl, buffer.baseAddress, Int32(truncatingIfNeeded: buffer.count)) > 0
        }
    }

    // MARK: The handshake

    private func advanceHandshake() {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(ssl)
        guard result != 1 else { return finishHandshake() }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: ERR_clear_error()
        default: fail(rejectedCertificate ? .fingerprintMismatch : .handshake(ErrorQueue.drain()))
        }
    }

    private func finishHandshake() {
        guard let selected = unsafe SSL_get_selected_srtp_profile(ssl),
            let profile = unsafe SRTPProtectionProfile(
                rawValue: UInt16(truncatingIfNeeded: selected.pointee.id)
            ),
            let keys = exportKeys(profile)
        else {
            sendCloseNotify()
            return fail(.noCommonProfile)
        }
        state = .connected
        queues.endFlight()
        let suite = unsafe SSL_CIPHER_get_name(SSL_get_current_cipher(ssl))
        events.append(.connected(keys, cipher: unsafe suite.map { unsafe String(cString: $0) } ?? ""))
        // The datagram of the Finished message may hold more.
        readRecords()
    }

    /// RFC 5764 §4.2: the label, no context, room for both sides' key and salt.
    private func exportKeys(_ profile: SRTPProtectionProfile) -> SRTPKeyingMaterial? {
        let label = "EXTRACTOR-dtls_srtp"
        var exported = [UInt8](repeating: 0, count: 2 * (profile.keyLength + profile.saltLength))
        let result = unsafe SSL_export_keying_material(
            ssl,
            &exported,
            exported.count,
            label,
            label.utf8.count,
            nil,
            0,
            0
        )
        guard result == 1 else { return nil }
        return SRTPKeyingMaterial(profile: profile, exported: exported)
    }

    /// Whether a certificate (`X509 *`) has one of the announced fingerprints.
    func accepts(_ certificate: OpaquePointer) -> Bool {
        for fingerprint in expected
        where unsafe CertificateFingerprint.digest(of: certificate, algorithm: fingerprint.algorithm)
            == fingerprint.bytes
        {
            return true
        }
        rejectedCertificate = true
        return false
    }

    // MARK: Afterwards

    /// Takes what comes when the handshake is done.
    ///
    /// That is application data, which is kept if there are data channels, alerts, and repetitions of the peer's last
    /// flight, which OpenSSL answers with ours.
    private func readRecords() {
        var buffer = [UInt8](repeating: 0, count: 2_048)
        // A datagram of this size has fewer records than this.
        for _ in 0..<1_024 {
            ERR_clear_error()
            let count = unsafe SSL_read(ssl, &buffer, Int32(truncatingIfNeeded: buffer.count))
            guard count <= 0 else {
                if keepsApplicationData, applicationData.count < Self.applicationDataLimit {
                    applicationData.append(Array(buffer.prefix(Int(count))))
                }
                continue
            }
            switch unsafe SSL_get_error(ssl, count) {
            case SSL_ERROR_ZERO_RETURN:
                sendCloseNotify()
                state = .closed
                events.append(.closed)
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break
            default: fail(.alert(ErrorQueue.drain()))
            }
            break
        }
        ERR_clear_error()
    }

    private func sendCloseNotify() {
        ERR_clear_error()
        unsafe SSL_shutdown(ssl)
        ERR_clear_error()
    }

    private func fail(_ reason: DTLSFailure) {
        ERR_clear_error()
        state = .failed
        events.append(.failed(reason))
    }
}

public import Ciphers
public import DTLS
public import ICE
public import SRTP
public import STUN
public import Wire

/// One peer's transport: ICE finds and keeps the path, DTLS makes the keys, SRTP guards what passes (RFC 8827 §6.5).
///
///     new ──check──▶ checking ──DTLS done──▶ connected ──close, consent lost, DTLS failure──▶ closed
///
/// No clock, no socket. Give it one input, then drain `pollTransmit` and `pollEvent`. Media packets do not pass through
/// those queues: `unprotect` and `protect` work in place on the caller's buffer.
public final class PeerTransport {
    /// What happened, for the owner.
    public enum Event: Sendable {
        /// The path that media is sent on changed.
        case pathSelected(NetworkPath)
        /// The state of ICE or DTLS changed.
        case stateChanged
        /// Keys are there: media can flow.
        case connected
        /// Other keys than before hold from now on, in both directions: every SRTP stream begins anew under them.
        case rekeyed
        /// The path is lost; an ICE restart may find another.
        case iceFailed(ICEFailure)
        /// It is over; the sentence says why.
        case failed(String)
        /// The peer closed the DTLS association.
        case closedByPeer
        /// Nothing from this path is the peer's any more.
        case pathForgotten(NetworkPath)
        /// Checks for this user fragment are not the peer's any more.
        case fragmentRetired(String)
    }

    /// What a STUN message proved.
    public enum CheckOutcome: Equatable, Sendable {
        /// Whoever sent it knows the password: the peer is there.
        case accepted
        /// It was answered with an error, and proved nothing.
        case refused
        /// It was not answered.
        case dropped(ICEDropReason)
    }

    /// A control datagram to send.
    public struct Transmit: Sendable {
        /// The datagram.
        public var bytes: [UInt8]
        /// Where it goes.
        public var path: NetworkPath
    }

    /// The ICE agent; read its state and counters, feed it through this class.
    public private(set) var ice: ICELiteAgent
    /// The protection profile in force, once DTLS is done.
    public private(set) var profile: SRTPProtectionProfile?
    /// The sender half of SRTP, once DTLS is done.
    public private(set) var sender: SRTPSender?
    private var receiver: SRTPReceiver?
    private var controlIn: SRTCPTransform?
    private var controlOut: SRTCPTransform?
    private var dtls: DTLSAssociation?
    /// What is left of it a while after the handshake.
    private var retired: RetiredAssociation?
    private var retirementDue: Timestamp?
    private let retirement: Interval
    /// Whether DTLS carries data channels, so that the association stays and what it decrypts is kept.
    private var carriesApplicationData = false
    private var applicationData: [[UInt8]] = []
    /// The peer's next transport, while its handshake is expected or under way.
    private var replacement: TransportReplacement?
    private let dtlsContext: DTLSContext
    private var expected: (role: DTLSRole, fingerprints: [CertificateFingerprint])?
    private var pendingClientHellos: [[UInt8]] = []
    private var transmits: [Transmit] = []
    private var events: [Event] = []
    private var isOver = false
    private var isKeyed = false
    private var dtlsPath: NetworkPath?

    /// Makes a transport that answers ICE checks for `credentials`.
    ///
    /// - Parameter retirement: How long after its handshake the DTLS association is let go of. A minute: by then a peer that
    ///   missed our last flight has asked for it again half a dozen times (RFC 6347 §4.2.4.1), and the object costs more
    ///   memory than all else that a silent receiver needs.
    public init(
        credentials: ICECredentials, dtlsContext: DTLSContext, retirement: Interval = .seconds(60), at now: Timestamp
    ) {
        self.retirement = retirement
        ice = ICELiteAgent(local: credentials, at: now)
        self.dtlsContext = dtlsContext
    }

    /// How far DTLS has come.
    public var dtlsState: DTLSState? { retired == nil ? dtls?.state : isOver ? .closed : .connected }

    /// Whether a handshake is under way or expected, so that the next record may cost signatures and key exchange.
    public var isHandshaking: Bool { dtlsState != .connected || replacement != nil }

    /// Whether the OpenSSL object is still there.
    package var holdsAssociation: Bool { dtls != nil }

    /// Where media goes; `nil` before the first nomination.
    public var selectedPath: NetworkPath? { ice.selectedPath }

    // MARK: Control

    /// Puts the remote description into force. The DTLS role and the fingerprints count once, at the first call:
    /// an ICE restart keeps the association (RFC 8842 §5.5).
    public func configure(
        remote: ICECredentials, role: DTLSRole, fingerprints: [CertificateFingerprint], restart: ICECredentials?,
        at now: Timestamp
    ) {
        if let restart {
            ice.restart(local: restart, remote: remote, at: now)
        } else {
            ice.setRemote(remote)
        }
        guard expected == nil else { return }
        expected = (role, fingerprints)
        if ice.selectedPath != nil { startDTLS(at: now) }
        drainICE(at: now)
    }

    /// Expects another handshake with the same certificate and in the same roles: the client has stopped the section that
    /// stood for the transport, and begins a new one (RFC 9143 §7.2). The present path and keys are good until it is
    /// through, and stay so if it never comes.
    public func expectReplacement() {
        guard dtls != nil || retired != nil, !isOver else { return }
        replacement = TransportReplacement(formerPath: dtlsPath ?? ice.selectedPath)
        ice.expectNewTransport()
    }

    /// Puts keys into force that no handshake made: simulations begin behind DTLS, whose timers read the wall clock.
    package func begin(with keys: SRTPKeyingMaterial, role: DTLSRole = .server) {
        expected = (role, [])
        isKeyed = true
        install(keys)
    }

    /// Keeps the DTLS association for as long as the peer is there: data channels go over it (RFC 8261). Too late once the
    /// association has been let go of.
    public func keepForApplicationData() {
        carriesApplicationData = true
        retirementDue = nil
        dtls?.keepsApplicationData = true
    }

    /// Sends application data over DTLS, one record in one datagram; drain `pollTransmit` afterwards.
    /// - Returns: whether it could be sent.
    @discardableResult
    public func sendApplicationData(_ bytes: Span<UInt8>) -> Bool {
        guard !isOver, let dtls, dtls.send(bytes) else { return false }
        drainDTLS(at: nil)
        return true
    }

    /// Whether `pollApplicationData` has something.
    public var hasApplicationData: Bool { !applicationData.isEmpty }

    /// The next decrypted record of application data, `nil` when drained.
    public func pollApplicationData() -> [UInt8]? { applicationData.isEmpty ? nil : applicationData.removeFirst() }

    /// Tells the peer that this is the end (DTLS close_notify).
    public func close() {
        guard !isOver else { return }
        if let retired, let path = dtlsPath ?? ice.selectedPath {
            isOver = true
            for datagram in retired.goodbye { transmits.append(Transmit(bytes: datagram, path: path)) }
        }
        guard let dtls else { return }
        isOver = true
        dtls.close()
        drainDTLS(at: nil)
    }

    // MARK: Inputs

    /// Answers a STUN message that carries one of our user fragments.
    public func handleSTUN(
        _ message: STUNMessage, bytes: Span<UInt8>, on path: NetworkPath, at now: Timestamp
    ) -> CheckOutcome {
        let acceptedBefore = ice.statistics.accepted
        let result = ice.handle(message, bytes: bytes, on: path, at: now)
        defer { drainICE(at: now) }
        switch result {
        case .respond(let response):
            transmits.append(Transmit(bytes: response, path: path))
            return ice.statistics.accepted == acceptedBefore ? .refused : .accepted
        case .drop(let reason):
            return .dropped(reason)
        }
    }

    /// Takes a DTLS record. It is answered only on a validated path: a forged source address gets no flight.
    /// - Returns: whether it was taken.
    public func handleDTLS(_ datagram: Span<UInt8>, on path: NetworkPath, at now: Timestamp) -> Bool {
        guard !isOver, ice.isValidated(path) else { return false }
        if replacement?.takes(datagram, on: path) == true {
            advanceReplacement(with: datagram, on: path, at: now)
            return true
        }
        if retired != nil {
            for answer in retired?.answer(to: datagram, at: now) ?? [] {
                transmits.append(Transmit(bytes: answer, path: path))
            }
            return true
        }
        guard let dtls else {
            // The hello can overtake the offer's answer on its way to the configuration: keep the few that fit a flight.
            guard pendingClientHellos.count < 4 else { return false }
            pendingClientHellos.append(datagram.copied())
            dtlsPath = path
            return true
        }
        dtlsPath = path
        dtls.handle(datagram, at: now)
        drainDTLS(at: now)
        return true
    }

    /// Runs timers that are due.
    public func handleTimeout(at now: Timestamp) {
        if let due = ice.nextTimeout, due <= now {
            ice.handleTimeout(at: now)
            drainICE(at: now)
        }
        if let dtls, let due = dtls.nextTimeout(at: now), due <= now {
            dtls.handleTimeout(at: now)
            drainDTLS(at: now)
        }
        if let due = retirementDue, due <= now { retire() }
        if let association = replacement?.association, let due = association.nextTimeout(at: now), due <= now {
            association.handleTimeout(at: now)
            drainReplacement(at: now)
        }
    }

    /// When `handleTimeout` wants to be called; `nil` while nothing is pending.
    public func nextTimeout(at now: Timestamp) -> Timestamp? {
        var next = min(ice.nextTimeout ?? .distantFuture, retirementDue ?? .distantFuture)
        if let due = dtls?.nextTimeout(at: now) { next = min(next, due) }
        if let due = replacement?.association?.nextTimeout(at: now) { next = min(next, due) }
        return next == .distantFuture ? nil : next
    }

    // MARK: Outputs

    /// The next control datagram to send, `nil` when drained.
    public func pollTransmit() -> Transmit? { transmits.isEmpty ? nil : transmits.removeFirst() }

    /// Whether there is an event: media can bring one, too, when it confirms or moves the path.
    public var hasEvents: Bool { !events.isEmpty }

    /// The next event, `nil` when drained.
    public func pollEvent() -> Event? { events.isEmpty ? nil : events.removeFirst() }

    // MARK: Media, in place

    /// Decrypts an RTP packet in place and checks that nobody else made or repeated it.
    public func unprotect(
        _ buffer: UnsafeMutablePointer<UInt8>, length: Int, on path: NetworkPath, at now: Timestamp
    ) -> SRTPUnprotectResult? {
        guard let receiver else { return nil }
        let result = unsafe receiver.unprotect(buffer, length: length)
        if case .ok = result { noteAuthenticatedPacket(on: path, at: now) }
        return result
    }

    /// Decrypts an RTCP packet in place.
    public func unprotectControl(
        _ buffer: UnsafeMutablePointer<UInt8>, length: Int, on path: NetworkPath, at now: Timestamp
    ) -> Int? {
        guard let controlIn else { return nil }
        guard let plain = unsafe controlIn.unprotect(buffer, length: length) else { return nil }
        noteAuthenticatedPacket(on: path, at: now)
        return plain
    }

    /// Encrypts an RTCP packet in place; the buffer needs `SRTCPTransform.overhead` bytes beyond `length`.
    public func protectControl(_ buffer: UnsafeMutablePointer<UInt8>, length: Int) -> Int? {
        guard let controlOut else { return nil }
        return unsafe controlOut.protect(buffer, length: length)
    }

    /// Frees the place of an incoming stream that has ended.
    public func forgetIncomingStream(_ ssrc: SSRC) {
        receiver?.removeStream(ssrc)
        controlIn?.removeStream(ssrc)
    }

    // MARK: Inside

    @inline(__always)
    private func noteAuthenticatedPacket(on path: NetworkPath, at now: Timestamp) {
        ice.noteAuthenticatedPacket(on: path, at: now)
        drainICE(at: now)
    }

    private func drainICE(at now: Timestamp) {
        while let event = ice.pollEvent() {
            switch event {
            case .validated: break
            case .forgotten(let path): events.append(.pathForgotten(path))
            case .retired(let fragment): events.append(.fragmentRetired(fragment))
            case .selected(let path):
                dtlsPath = path
                events.append(.pathSelected(path))
                if dtls == nil, expected != nil { startDTLS(at: now) }
                if let replacement, expected?.role == .client, replacement.isElsewhere(path) {
                    advanceReplacement(with: nil, on: path, at: now)
                }
            case .disconnected, .recovered: events.append(.stateChanged)
            case .failed(let reason): iceFailed(reason)
            }
        }
    }

    /// Not the end: an ICE restart can bring the path back, and the owner decides how long to wait for one.
    private func iceFailed(_ reason: ICEFailure) {
        events.append(.stateChanged)
        events.append(.iceFailed(reason))
    }

    private func startDTLS(at now: Timestamp) {
        guard let expected, dtls == nil, retired == nil, !isKeyed else { return }
        do throws(DTLSError) {
            let association = try DTLSAssociation(
                context: dtlsContext, role: expected.role, expectedFingerprints: expected.fingerprints, at: now)
            association.keepsApplicationData = carriesApplicationData
            dtls = association
            if expected.role == .client { association.start(at: now) }
            let hellos = pendingClientHellos
            pendingClientHellos = []
            for hello in hellos { association.handle(hello.span, at: now) }
            drainDTLS(at: now)
        } catch {
            fail("DTLS could not start: \(error)")
        }
        events.append(.stateChanged)
    }

    private func drainDTLS(at now: Timestamp?) {
        guard let dtls else { return }
        if let path = dtlsPath ?? ice.selectedPath {
            while let datagram = dtls.pollTransmit() { transmits.append(Transmit(bytes: datagram, path: path)) }
        }
        while let bytes = dtls.pollApplicationData() { applicationData.append(bytes) }
        while let event = dtls.pollEvent() {
            switch event {
            case .connected(let keys, _):
                retirementDue = carriesApplicationData ? nil : now.map { $0 + retirement }
                install(keys)
            case .closed:
                // The client closes its former transport when it begins another.
                guard replacement == nil else { continue }
                isOver = true
                events.append(.closedByPeer)
            case .failed(let reason): fail("\(reason)")
            }
        }
    }

    /// Takes a record of the new transport's handshake, or begins it where the first flight is ours.
    private func advanceReplacement(with datagram: Span<UInt8>?, on path: NetworkPath, at now: Timestamp) {
        guard let expected, replacement != nil else { return }
        do throws(DTLSError) {
            replacement?.path = path
            if replacement?.association == nil {
                let association = try DTLSAssociation(
                    context: dtlsContext, role: expected.role, expectedFingerprints: expected.fingerprints, at: now)
                replacement?.association = association
                if expected.role == .client { association.start(at: now) }
            }
            if let datagram { replacement?.association?.handle(datagram, at: now) }
            drainReplacement(at: now)
        } catch {
            replacement = nil
        }
    }

    private func drainReplacement(at now: Timestamp) {
        guard let path = replacement?.path, let association = replacement?.association else { return }
        while let datagram = association.pollTransmit() { transmits.append(Transmit(bytes: datagram, path: path)) }
        while let event = association.pollEvent() {
            switch event {
            case .connected(let keys, _):
                association.keepsApplicationData = carriesApplicationData
                dtls = association
                retired = nil
                retirementDue = carriesApplicationData ? nil : now + retirement
                dtlsPath = path
                replacement = nil
                ice.settle(on: path, at: now)
                drainICE(at: now)
                install(keys)
            case .closed, .failed:
                // The former transport may be there still; if not, its consent runs out.
                replacement = nil
            }
        }
    }

    /// Lets go of the association, and keeps what may still be needed of it.
    private func retire() {
        retirementDue = nil
        guard replacement == nil, let left = dtls?.retire() else { return }
        retired = left
        dtls = nil
    }

    private func install(_ keys: SRTPKeyingMaterial) {
        if sender != nil { events.append(.rekeyed) }
        // The DTLS client's key guards what the client sends (RFC 5764 §4.2).
        let weAreServer = expected?.role == .server
        let (ourKey, ourSalt) = weAreServer ? (keys.serverKey, keys.serverSalt) : (keys.clientKey, keys.clientSalt)
        let (peerKey, peerSalt) = weAreServer ? (keys.clientKey, keys.clientSalt) : (keys.serverKey, keys.serverSalt)
        do throws(SRTPError) {
            sender = try SRTPSender(profile: keys.profile, key: ourKey, salt: ourSalt)
            controlOut = try SRTCPTransform(
                profile: keys.profile, key: ourKey, salt: ourSalt, direction: .outbound)
            receiver = try SRTPReceiver(profile: keys.profile, key: peerKey, salt: peerSalt)
            controlIn = try SRTCPTransform(profile: keys.profile, key: peerKey, salt: peerSalt, direction: .inbound)
        } catch {
            return fail("SRTP refused its keys: \(error)")
        }
        profile = keys.profile
        events.append(.connected)
        events.append(.stateChanged)
    }

    private func fail(_ reason: String) {
        guard !isOver else { return }
        isOver = true
        events.append(.failed(reason))
    }
}

internal import Ciphers
internal import DTLS
internal import ICE
internal import SRTP
internal import STUN
internal import Wire

/// The client's end of ICE, DTLS and SRTP: it checks, sends the first hello, and keys both directions (RFC 8827 §6.5).
///
///     checking ──nomination answered──▶ handshaking ──finished──▶ connected ──close, consent lost, failure──▶ over
@safe
final class ClientTransport {
    /// What happened, for the client.
    enum Event {
        case pathFound
        case connected(profile: String)
        case closedByPeer
        case failed(String)
    }

    private(set) var ice: ICEControllingAgent
    private(set) var sender: SRTPSender?
    private(set) var receiver: SRTPReceiver?
    private var controlIn: SRTCPTransform?
    private var controlOut: SRTCPTransform?
    private var dtls: DTLSAssociation?
    private let context: DTLSContext
    private let fingerprints: [CertificateFingerprint]
    private let carriesData: Bool
    private var events: [Event] = []
    private var isOver = false
    private var generator: SeededGenerator

    init(
        offer: ClientOffer, answer: ClientAnswer, candidates: [ICECandidate], context: DTLSContext,
        generator: SeededGenerator, at now: Timestamp
    ) {
        var generator = generator
        ice = ICEControllingAgent(
            local: offer.credentials, remote: answer.credentials, candidates: candidates,
            tieBreaker: generator.next(), at: now)
        self.generator = generator
        self.context = context
        fingerprints = answer.fingerprints
        carriesData = answer.dataChannels != nil
        if ice.state == .failed { fail("the answer has no candidate that can be used") }
    }

    /// Where everything goes.
    var remote: SocketAddress? { ice.selectedRemote }

    /// Whether media can flow.
    var isConnected: Bool { sender != nil && ice.selectedRemote != nil && !isOver }

    var nextTimeout: Timestamp? {
        guard !isOver else { return nil }
        return ice.nextTimeout
    }

    /// DTLS asks for the wall clock, which costs a call: only while it shakes hands.
    func nextTimeout(at now: Timestamp) -> Timestamp? {
        guard !isOver else { return nil }
        let first = ice.nextTimeout
        guard let dtls, dtls.state == .handshaking, let second = dtls.nextTimeout(at: now) else { return first }
        return min(first ?? second, second)
    }

    func pollEvent() -> Event? { events.isEmpty ? nil : events.removeFirst() }

    func handleTimeout(at now: Timestamp, into outbox: DatagramOutbox) {
        guard !isOver else { return }
        if let due = ice.nextTimeout, due <= now {
            let before = ice.state
            ice.handleTimeout(at: now, using: &generator)
            drainICE(into: outbox)
            if ice.state == .failed {
                fail(before == .connected ? "the server no longer answers (consent expired)" : "no check was answered")
            }
        }
        if let dtls, dtls.state == .handshaking, let due = dtls.nextTimeout(at: now), due <= now {
            dtls.handleTimeout(at: now)
            drainDTLS(into: outbox)
        }
    }

    func handleSTUN(_ bytes: Span<UInt8>, from source: SocketAddress, at now: Timestamp, into outbox: DatagramOutbox) {
        guard !isOver, let message = try? STUNMessage(parsing: bytes) else { return }
        let before = ice.state
        ice.handle(message, bytes: bytes, from: source, at: now, using: &generator)
        if before == .checking, ice.state == .connected {
            events.append(.pathFound)
            startDTLS(at: now, into: outbox)
        } else if ice.state == .checking {
            // A pair that answered is nominated at once.
            ice.handleTimeout(at: now, using: &generator)
        }
        drainICE(into: outbox)
    }

    func handleDTLS(_ bytes: Span<UInt8>, at now: Timestamp, into outbox: DatagramOutbox) {
        guard !isOver, let dtls else { return }
        dtls.handle(bytes, at: now)
        drainDTLS(into: outbox)
    }

    /// Sends application data as one DTLS record; false when there is no association.
    func sendApplicationData(_ bytes: Span<UInt8>, into outbox: DatagramOutbox) -> Bool {
        guard !isOver, let dtls, dtls.send(bytes) else { return false }
        drainDTLS(into: outbox)
        return true
    }

    /// The next record of application data that came in, `nil` when drained.
    func pollApplicationData() -> [UInt8]? { carriesData ? dtls?.pollApplicationData() : nil }

    func unprotectControl(_ buffer: UnsafeMutablePointer<UInt8>, length: Int) -> Int? {
        guard let controlIn else { return nil }
        return unsafe controlIn.unprotect(buffer, length: length)
    }

    func protectControl(_ buffer: UnsafeMutablePointer<UInt8>, length: Int) -> Int? {
        guard let controlOut else { return nil }
        return unsafe controlOut.protect(buffer, length: length)
    }

    /// Says goodbye (DTLS close_notify).
    func close(into outbox: DatagramOutbox) {
        guard !isOver else { return }
        isOver = true
        guard let dtls, let remote else { return }
        dtls.close()
        while let datagram = dtls.pollTransmit() { outbox.append(datagram, to: remote) }
    }

    /// Puts keys into force that no handshake made: simulations begin behind DTLS, whose timers read the wall clock.
    func install(_ keys: SRTPKeyingMaterial) {
        do throws(SRTPError) {
            sender = try SRTPSender(profile: keys.profile, key: keys.clientKey, salt: keys.clientSalt)
            controlOut = try SRTCPTransform(
                profile: keys.profile, key: keys.clientKey, salt: keys.clientSalt, direction: .outbound)
            receiver = try SRTPReceiver(profile: keys.profile, key: keys.serverKey, salt: keys.serverSalt)
            controlIn = try SRTCPTransform(
                profile: keys.profile, key: keys.serverKey, salt: keys.serverSalt, direction: .inbound)
        } catch { return fail("SRTP refused its keys: \(error)") }
        events.append(.connected(profile: keys.profile.name))
    }

    private func startDTLS(at now: Timestamp, into outbox: DatagramOutbox) {
        guard dtls == nil, sender == nil else { return }
        do throws(DTLSError) {
            let association = try DTLSAssociation(
                context: context, role: .client, expectedFingerprints: fingerprints, at: now)
            dtls = association
            association.keepsApplicationData = carriesData
            association.start(at: now)
        } catch { return fail("DTLS could not start: \(error)") }
        drainDTLS(into: outbox)
    }

    private func drainICE(into outbox: DatagramOutbox) {
        while let transmit = ice.pollTransmit() { outbox.append(transmit.bytes, to: transmit.remote) }
    }

    private func drainDTLS(into outbox: DatagramOutbox) {
        guard let dtls else { return }
        if let remote { while let datagram = dtls.pollTransmit() { outbox.append(datagram, to: remote) } }
        while let event = dtls.pollEvent() {
            switch event {
            case .connected(let keys, _): install(keys)
            case .closed:
                isOver = true
                events.append(.closedByPeer)
            case .failed(let reason): fail("\(reason)")
            }
        }
    }

    private func fail(_ reason: String) {
        guard !isOver else { return }
        isOver = true
        events.append(.failed(reason))
    }
}

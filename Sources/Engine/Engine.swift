internal import Congestion
public import DTLS
internal import Forwarding
public import ICE
internal import Negotiation
internal import RTP
internal import STUN
internal import Transport
public import Wire

/// One worker's media, without its thread and sockets: peers, publications, slots, and the walk of every packet.
///
/// Sans-IO. Give it a datagram or a timeout, then send what `egress` holds and read `takeEvents`. Everything random
/// comes from one generator and time is an argument, so a whole conference repeats from a seed.
///
///     handleDatagram ─┬─ STUN ──▶ the peer by user fragment ─▶ answer
///                     ├─ DTLS ──▶ the peer by path ─▶ flight
///                     ├─ RTP  ──▶ the peer by path ─▶ PacketWalk ─▶ one datagram for each slot
///                     └─ RTCP ──▶ the peer by path ─▶ ControlWalk
///
/// Media is taken in a batch at a time: after the last datagram of a batch call `forwardPending` until it returns false,
/// sending what `egress` holds in between, and only then use the datagrams' memory again.
public final class Engine {
    /// Datagrams to be sent.
    public let egress: EgressBatch
    let configuration: EngineConfiguration
    private let dtlsContext: DTLSContext
    private let wallClock: NTPTime
    private(set) var peers: [PeerID: Peer] = [:]
    private var timers = TimerQueue()
    private var peersByFragment: [String: Peer] = [:]
    private var peersByPath: [NetworkPath: Peer] = [:]
    var publications: [PublicationID: Publication] = [:]
    /// Who is heard in each room with sound that somebody here receives.
    var voices: [RoomKey: RoomVoices] = [:]
    private var events: [MediaEvent] = []
    var drops = DropCounters()
    private var limiter: RequestLimiter
    var generator: any RandomNumberGenerator
    /// Publications with packets that wait for the end of the batch, and how far they have been dealt with.
    var pendingPublications: [Publication] = []
    var pendingReceiver = 0
    /// DTLS records of peers whose handshake is under way.
    private var handshakes = HandshakeQueue()
    var relays: Relays
    var mirrorChanges: [MirrorChange] = []
    /// How late the worker sends.
    var sendDelay = SendDelay()
    /// How much is forwarded; set by `setLoadLevel`.
    var loadLevel = LoadLevel.normal
    /// Decrypted packets of data channels, for the owner to fetch.
    var applicationData: [ApplicationPacket] = []
    /// The number of the last assignment of a publication to a slot.
    var lastAssignment: UInt64 = 0
    var scratch = ByteWriter(capacity: 1_500)
    var missing: [SequenceNumber] = []

    /// Makes an engine without peers.
    ///
    /// - Parameters:
    ///   - wallClockOffset: Nanoseconds from 1970 to the start of the monotonic clock, for sender reports.
    ///   - generator: Where user fragments, sequence numbers and SSRCs come from.
    public init(
        configuration: EngineConfiguration, dtlsContext: DTLSContext, wallClockOffset: Int64,
        generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    ) {
        self.configuration = configuration
        self.dtlsContext = dtlsContext
        self.generator = generator
        wallClock = NTPTime(unixNanoseconds: wallClockOffset)
        relays = Relays(worker: configuration.workerIndex)
        egress = EgressBatch(capacity: configuration.egressCapacity)
        limiter = RequestLimiter(
            perSecond: configuration.stunRequestsPerSecond, perAddress: configuration.stunRequestsPerAddress)
    }

    /// The server's wall clock at `now`. It never steps: receivers compare its values with each other.
    func ntp(at now: Timestamp) -> NTPTime { NTPTime(now, clockStart: wallClock) }

    /// Peers on this worker.
    public var peerCount: Int { peers.count }

    /// Packets dropped before a peer was known, or on a worker that their publisher is not on, by reason.
    public var unattributedDrops: [String: UInt64] {
        var result: [String: UInt64] = [:]
        drops.forEachOccurred { result[$0.label] = $1 }
        return result
    }

    /// What an engine holds besides its peers. Simulations end by asserting that it is nothing.
    package struct Holdings: Equatable, Sendable {
        package var peers = 0
        package var fragments = 0
        package var paths = 0
        package var publications = 0
        package var voices = 0
        /// Nothing at all.
        package static let none = Holdings()
    }

    /// What is held now.
    package var holdings: Holdings {
        Holdings(
            peers: max(peers.count, timers.count), fragments: peersByFragment.count, paths: peersByPath.count,
            publications: publications.count, voices: voices.values.reduce(0) { $0 + $1.table.count })
    }

    // MARK: Inputs

    /// Takes a datagram. Its bytes are decrypted in place.
    public func handleDatagram(
        _ datagram: UnsafeMutableBufferPointer<UInt8>, on path: NetworkPath, at now: Timestamp
    ) {
        let bytes = unsafe Span<UInt8>(_unsafeElements: UnsafeBufferPointer(datagram))
        switch DatagramKind(bytes) {
        case .rtp:
            guard let peer = peersByPath[path] else { return drops.count(.unknownPeer) }
            unsafe walk(datagram, from: peer, on: path, at: now)
        case .rtcp:
            guard let peer = peersByPath[path] else { return drops.count(.unknownPeer) }
            unsafe walkControl(datagram, from: peer, on: path, at: now)
        case .stun:
            handleSTUN(bytes, on: path, at: now)
        case .dtls:
            guard let peer = peersByPath[path] else { return drops.count(.unknownPeer) }
            if !peer.transport.isHandshaking {
                if !peer.transport.handleDTLS(bytes, on: path, at: now) { peer.drops.count(.notValidated) }
                drain(peer, at: now)
            } else if !handshakes.append(bytes, of: peer.id, on: path) {
                peer.drops.count(.rateLimited)
            }
        case .other:
            drops.count(.malformed)
        }
    }

    /// Runs everything that is due.
    public func handleTimeout(at now: Timestamp) {
        retryRelays(at: now)
        // As many as there are peers: one that is due again at once has to wait for the next call.
        for _ in 0..<timers.count {
            guard let peer = timers.takeDue(by: now) else { return }
            runTimers(of: peer, at: now)
            noteTimer(of: peer, at: peer.nextTimeout)
        }
    }

    /// When `handleTimeout` wants to be called, `nil` while nothing is pending.
    public var nextTimeout: Timestamp? {
        let due = min(timers.earliest, relays.nextRetry)
        return due == .distantFuture ? nil : due
    }

    /// Whether handshakes wait for their turn: call `advanceHandshake` once media has been dealt with.
    public var hasHandshakes: Bool { !handshakes.isEmpty }

    /// Takes one DTLS record of a handshake. Its signatures and key exchange cost as much as hundreds of media packets, so
    /// a crowd that joins at once is served one step at a time, between the batches of those who talk.
    public func advanceHandshake(at now: Timestamp) {
        guard let record = handshakes.takeFirst(), let peer = peers[record.peer] else { return }
        if !peer.transport.handleDTLS(record.bytes.span, on: record.path, at: now) { peer.drops.count(.notValidated) }
        drain(peer, at: now)
    }

    /// What happened since the last call, in order.
    public func takeEvents() -> [MediaEvent] {
        guard !events.isEmpty else { return [] }
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    // MARK: STUN

    private func handleSTUN(_ bytes: Span<UInt8>, on path: NetworkPath, at now: Timestamp) {
        guard let message = try? STUNMessage(parsing: bytes) else { return drops.count(.malformed) }
        guard let username = message.username else {
            // No credentials: a client that wants to know its address, for a call past the server.
            guard limiter.allows(path.remote.ip, at: now) else { return drops.count(.rateLimited) }
            if let answer = STUNBindingService.answer(to: message, bytes: bytes, from: path.remote) {
                var lane = EgressBatch.Lane()
                _ = egress.append(answer, to: path, lane: &lane)
            }
            return
        }
        let fragment = String(username.prefix { $0 != ":" })
        guard let peer = peersByFragment[fragment] else { return drops.count(.unknownPeer) }
        switch peer.transport.handleSTUN(message, bytes: bytes, on: path, at: now) {
        case .accepted:
            if peersByPath[path] !== peer { claim(path, for: peer) }
        case .refused: peer.drops.count(.authenticationFailed)
        case .dropped: peer.drops.count(.malformed)
        }
        drain(peer, at: now)
    }

    /// Binds an address to the peer that proved to be there. NAT ports are used again, so the latest proof counts.
    private func claim(_ path: NetworkPath, for peer: Peer) {
        guard peer.transport.ice.isValidated(path) else { return }
        if let former = peersByPath[path] { former.paths.removeAll { $0 == path } }
        peersByPath[path] = peer
        peer.paths.append(path)
    }

    // MARK: Peers

    /// Opens a transport for a new peer and returns the credentials it answers to.
    public func addPeer(_ id: PeerID, in room: RoomKey, at now: Timestamp) -> ICECredentials {
        var random = AnyGenerator(base: generator)
        let credentials = ICECredentials.random(workerIndex: configuration.workerIndex, using: &random)
        generator = random.base
        addPeer(id, in: room, credentials: credentials, at: now)
        return credentials
    }

    /// Opens a peer's transport with credentials that the caller made, whose fragment names this worker.
    public func addPeer(_ id: PeerID, in room: RoomKey, credentials: ICECredentials, at now: Timestamp) {
        var random = AnyGenerator(base: generator)
        let reportSSRC = SSRC(UInt32.random(in: 1...UInt32.max, using: &random))
        generator = random.base
        let peer = Peer(
            id: id, room: room,
            transport: PeerTransport(credentials: credentials, dtlsContext: dtlsContext, at: now),
            configuration: configuration, reportSSRC: reportSSRC, at: now)
        peers[id] = peer
        register(fragment: credentials.usernameFragment, of: peer)
        noteTransport(of: peer, at: now)
        noteTimer(of: peer, at: peer.nextTimeout)
    }

    /// Closes a peer and everything it sent and received.
    public func removePeer(_ id: PeerID, at now: Timestamp) {
        guard let peer = peers.removeValue(forKey: id) else { return }
        timers.remove(peer)
        peer.isRemoved = true
        peer.transport.close()
        drain(peer, at: now)
        for publication in peer.publications { end(publication) }
        for slot in peer.slots { clear(slot, at: now) }
        for path in peer.paths where peersByPath[path] === peer { peersByPath[path] = nil }
        for fragment in peer.fragments where peersByFragment[fragment] === peer { peersByFragment[fragment] = nil }
        peer.bindings = [:]
        peer.publications = []
        peer.slots = []
        peer.slotsBySSRC = [:]
    }

    /// Knows a peer by one more user fragment: after an ICE restart both are answered for a while.
    func register(fragment: String, of peer: Peer) {
        peersByFragment[fragment] = peer
        peer.fragments.append(fragment)
    }

    /// Sends what a peer's transport wants sent, and tells what happened to it.
    func drain(_ peer: Peer, at now: Timestamp) {
        while let transmit = peer.transport.pollTransmit() {
            if !peer.send(transmit.bytes, to: transmit.path, through: egress) { peer.drops.count(.egressFull) }
        }
        if peer.transport.hasApplicationData { collectApplicationData(of: peer) }
        var changed = false
        while let event = peer.transport.pollEvent() {
            switch event {
            case .pathSelected(let path):
                if peersByPath[path] !== peer { claim(path, for: peer) }
                resume(peer, at: now)
                peer.bandwidth?.estimator.changePath()
                changed = true
            case .stateChanged: changed = true
            case .rekeyed: for slot in peer.slots { slot.rekey() }
            case .connected:
                changed = true
                connected(peer, at: now)
            case .pathForgotten(let path):
                peer.paths.removeAll { $0 == path }
                if peersByPath[path] === peer { peersByPath[path] = nil }
            case .fragmentRetired(let fragment):
                peer.fragments.removeAll { $0 == fragment }
                if peersByFragment[fragment] === peer { peersByFragment[fragment] = nil }
            case .iceFailed(let reason): post(.failed(reason.sentence), of: peer)
            case .failed(let reason): post(.failed(reason), of: peer)
            case .closedByPeer: post(.failed("the peer closed the connection"), of: peer)
            }
        }
        if changed {
            post(
                .transport(
                    ice: peer.transport.ice.state, dtls: peer.dtlsState, selected: peer.transport.selectedPath?.remote),
                of: peer)
        }
        noteTransport(of: peer, at: now)
    }

    func post(_ kind: MediaEvent.Kind, of peer: Peer) {
        guard !peer.isRemoved else { return }
        events.append(MediaEvent(peer: peer.id, kind: kind))
    }

    // MARK: Timers

    /// Sets one of a peer's timers.
    func setTimer(_ timer: ReferenceWritableKeyPath<Peer, Timestamp>, of peer: Peer, to due: Timestamp) {
        peer[keyPath: timer] = due
        noteTimer(of: peer, at: due)
    }

    private func noteTransport(of peer: Peer, at now: Timestamp) {
        setTimer(\.nextTransport, of: peer, to: peer.transport.nextTimeout(at: now) ?? .distantFuture)
    }

    private func noteTimer(of peer: Peer, at due: Timestamp) {
        if !peer.isRemoved { timers.schedule(peer, at: due) }
    }

    /// What was due has been done before its time.
    func putOffTimers(of peer: Peer) {
        if !peer.isRemoved { timers.reschedule(peer, at: peer.nextTimeout) }
    }

    private func runTimers(of peer: Peer, at now: Timestamp) {
        if peer.nextTransport <= now {
            peer.transport.handleTimeout(at: now)
            drain(peer, at: now)
            guard !peer.isRemoved else { return }
        }
        if peer.nextNack <= now { sendRequests(to: peer, at: now) }
        if peer.nextFeedback <= now {
            sendFeedback(to: peer, at: now)
            peer.nextFeedback = .distantFuture
        }
        if peer.nextReport <= now {
            for publication in peer.publications { publication.updatePlayoutDelay(at: now) }
            sendReports(to: peer, at: now)
            sendCeiling(to: peer, at: now)
            peer.nextReport = now + configuration.reportInterval
        }
        if peer.nextLayerLook <= now { lookAtLayers(of: peer, at: now) }
        if peer.nextDemandLook <= now { lookAtDemand(for: peer, at: now) }
        if peer.nextBandwidth <= now { tickBandwidth(of: peer, at: now) }
        if peer.nextRelease <= now { releaseHeld(of: peer, at: now) }
        if peer.nextLevel <= now { reportLevel(of: peer, at: now) }
    }
}

/// Lets the engine keep an existential generator and hand it to generic functions.
struct AnyGenerator: RandomNumberGenerator {
    var base: any RandomNumberGenerator
    mutating func next() -> UInt64 { base.next() }
}

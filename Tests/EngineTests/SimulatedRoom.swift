import Ciphers
import DTLS
import Engine
import ICE
import Negotiation
import RTP
import Testing
import Wire

/// A conference in virtual time: one engine, its clients, and the network between them, all from one seed.
final class SimulatedRoom {
    /// One engine for each worker; who joins is placed on them in turn.
    let engines: [Engine]
    /// The first worker's.
    var engine: Engine { engines[0] }
    let network: SimulatedNetwork
    private(set) var clients: [SimulatedClient] = []
    private(set) var events: [MediaEvent] = []
    /// The last datagrams that came from clients, for tests that bend them.
    private(set) var recording: [(bytes: [UInt8], client: PeerID)]?
    /// What must not happen and did.
    private(set) var complaints: [String] = []
    /// Datagrams that the engine sent to nobody's address.
    private(set) var strays = 0
    /// RTP packets that went out a second time, byte for byte.
    private(set) var repeatedCiphertexts = 0
    /// A digest of every datagram the engine sent, in order.
    private(set) var digest: UInt64 = 14_695_981_039_346_656_037
    private var clientsByAddress: [SocketAddress: SimulatedClient] = [:]
    private var seed: UInt64
    var generator: SeededGenerator
    private var nextPeer: UInt64 = 0
    var nextPublication: UInt64 = 100
    /// The publications of each client, by the MID of its m-line.
    var publications: [PeerID: [String: PublicationID]] = [:]
    var sections: [PeerID: NegotiatedSession] = [:]
    /// What went out under each SRTP nonce.
    private var nonces: [Nonce: Int] = [:]
    private var wakesWithoutProgress = 0
    /// Which datagrams to clients are lost besides those that their links lose.
    var loses: ((_ bytes: [UInt8], _ client: PeerID) -> Bool)?
    /// The same of datagrams from clients.
    var losesUpwards: ((_ bytes: [UInt8], _ client: PeerID) -> Bool)?
    /// Whether the workers do not get to their queues from each other.
    var pausesRelays = false

    private struct Nonce: Hashable {
        var peer: PeerID
        var ssrc: UInt32
        var number: UInt16
    }

    /// Making a certificate takes longer than most simulations.
    private static let context = Result {
        try DTLSContext(
            certificate: .selfSigned(commonName: "roost", validDays: 1, dnsNames: [], addresses: [])
        )
    }

    /// - Parameter relayCapacity: Bytes of each queue between two workers.
    init(
        seed: UInt64,
        configuration: EngineConfiguration = EngineConfiguration(workerIndex: 0),
        workers: Int = 1,
        relayCapacity: Int = RelayQueue.defaultCapacity
    ) throws {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
        network = SimulatedNetwork(seed: seed)
        let context = try Self.context.get()
        engines = (0..<workers).map { worker in
            var configuration = configuration
            configuration.workerIndex = worker
            return Engine(
                configuration: configuration,
                dtlsContext: context,
                wallClockOffset: 1_700_000_000_000_000_000,
                generator: SeededGenerator(seed: seed ^ 0x5EED ^ UInt64(worker) << 32)
            )
        }
        let queues = engines.indices.map { from in
            engines.indices.map { from == $0 ? nil : RelayQueue(capacity: relayCapacity) }
        }
        for (worker, engine) in engines.enumerated() {
            engine.connectRelays(outgoing: queues[worker], incoming: queues.map { $0[worker] })
        }
    }

    /// The worker that a client is on.
    func worker(of client: PeerID) -> Int { Int(client.rawValue - 1) % engines.count }

    func engine(of client: SimulatedClient) -> Engine { engines[worker(of: client.peer)] }

    var now: Timestamp { network.now }

    func complain(_ text: String) {
        // The first few say what happened; a thousand more would only hide them.
        if complaints.count < 5 { complaints.append("\((now - .zero).milliseconds) ms: \(text)") }
    }

    // MARK: People

    /// Lets somebody in: transport, negotiation, keys, and the first check.
    @discardableResult
    func join(_ options: ClientOptions = ClientOptions()) throws -> SimulatedClient {
        nextPeer += 1
        let peer = PeerID(nextPeer)
        let keys = SRTPKeyingMaterial(
            profile: options.profile,
            clientKey: random(options.profile.keyLength),
            clientSalt: random(options.profile.saltLength),
            serverKey: random(options.profile.keyLength),
            serverSalt: random(options.profile.saltLength)
        )
        let engine = engines[worker(of: peer)]
        let serverICE = engine.addPeer(peer, in: RoomKey(1), at: now)
        let client = try SimulatedClient(
            peer: peer,
            options: options,
            keys: keys,
            address: Self.address(host: UInt32(nextPeer)),
            serverICE: serverICE,
            room: self,
            generator: SeededGenerator(seed: seed &* 31 &+ nextPeer)
        )
        clients.append(client)
        clientsByAddress[client.address] = client
        negotiate(client)
        engine.begin(peer, with: keys, at: now)
        flush()
        scheduleTick(of: client)
        return client
    }

    static func address(host: UInt32, port: UInt16 = 40_000) -> SocketAddress {
        SocketAddress(ip: IPAddress(v4: 0xC633_6400 | host), port: port)
    }

    private func scheduleTick(of client: SimulatedClient) {
        guard !client.isGone else { return }
        client.tick()
        network.schedule(after: .milliseconds(10)) { [unowned self, unowned client] in
            scheduleTick(of: client)
        }
    }

    /// Takes somebody out of the room on the server's side; the client falls silent a little later, as people
    /// do.
    func leave(_ client: SimulatedClient) {
        client.hasLeft = true
        engine(of: client).removePeer(client.peer, at: now)
        tellMirrors(of: engine(of: client))
        for publication in (publications.removeValue(forKey: client.peer) ?? [:]).values {
            noteEnd(of: UInt32(publication.rawValue))
        }
        flush()
        network.schedule(after: .milliseconds(30)) { [unowned self] in
            client.isGone = true
            if clientsByAddress[client.address] === client { clientsByAddress[client.address] = nil }
        }
    }

    /// The publication of a client's camera or microphone.
    func publication(_ kind: MediaKind, of client: SimulatedClient) -> PublicationID {
        guard let id = publications[client.peer]?[kind == .audio ? "0" : "1"] else {
            fatalError("nothing published")
        }
        return id
    }

    /// Puts what `publisher` sends on slots of `receiver`: by default its camera and its microphone on the
    /// first pair.
    func connect(_ publisher: SimulatedClient, to receiver: SimulatedClient, pair: Int = 0) {
        if publisher.options.microphone, receiver.options.audioSlots > pair {
            #expect(assign(publication(.audio, of: publisher), toSlot: "a\(pair)", of: receiver) == .assigned)
        }
        if publisher.options.camera != .none, receiver.options.videoSlots > pair {
            #expect(assign(publication(.video, of: publisher), toSlot: "v\(pair)", of: receiver) == .assigned)
        }
    }

    @discardableResult
    func assign(_ id: PublicationID?, toSlot mid: String, of receiver: SimulatedClient)
        -> SlotAssignmentResult
    {
        let there = worker(of: receiver.peer)
        if let id, let home = engines.indices.first(where: { $0 != there && engines[$0].hasPublication(id) }),
            let seed = engines[home].openMirror(of: id, on: there)
        {
            engines[there].addMirror(seed)
        }
        let result = engines[there].assign(id, toSlot: mid, of: receiver.peer, at: now)
        let slot = receiver.slot(mid)
        let source = result == .assigned ? id.map { UInt32($0.rawValue) } : nil
        if slot.assignments.last?.source != source { slot.assignments.append((now, source)) }
        flush()
        return result
    }

    func noteEnd(of source: UInt32) {
        for slot in clients.flatMap(\.slots) where slot.assignments.last?.source == source {
            slot.assignments.append((now, nil))
        }
    }

    // MARK: Wire

    /// Sends a client's datagram towards the server.
    func send(_ bytes: [UInt8], from client: SimulatedClient) {
        let address = client.address
        recording?.append((bytes, client.peer))
        if losesUpwards?(bytes, client.peer) == true { return }
        network.send(over: client.uplink, size: bytes.count) { [unowned self] in deliver(bytes, from: address) }
    }

    /// How much later than their time the server's packets leave, as on a machine that has too much to do.
    var sendDelay = Interval.zero

    /// Keeps what clients send from now on.
    func record() { recording = [] }

    /// Hands the engine a datagram, now.
    func deliver(_ bytes: [UInt8], from address: SocketAddress) {
        var bytes = bytes
        let path = NetworkPath(socket: SocketIndex(0), remote: address)
        // Each worker has a port of its own, and a client's datagrams go to the one it was told.
        let engine = clientsByAddress[address].map(engine(of:)) ?? self.engine
        bytes.withUnsafeMutableBufferPointer { datagram in
            engine.handleDatagram(datagram, on: path, at: now)
            while engine.forwardPending(at: now) { carry(from: engine) }
        }
        flush()
    }

    /// Hands the engine several datagrams of a client as one batch, and looks at what it has for others before they get it.
    func deliver(_ batch: [[UInt8]], from client: SimulatedClient, _ look: (EgressBatch) -> Void) {
        let path = NetworkPath(socket: SocketIndex(0), remote: client.address)
        let engine = engine(of: client)
        var slab = batch.flatMap { $0 }
        slab.withUnsafeMutableBufferPointer { slab in
            var start = 0
            for datagram in batch {
                let end = start + datagram.count
                engine.handleDatagram(UnsafeMutableBufferPointer(rebasing: slab[start..<end]), on: path, at: now)
                start = end
            }
            while engine.forwardPending(at: now) { carry(from: engine) }
        }
        look(engine.egress)
        flush()
    }

    func move(_ client: SimulatedClient, to address: SocketAddress) {
        if clientsByAddress[client.address] === client { clientsByAddress[client.address] = nil }
        clientsByAddress[address] = client
    }

    /// Carries away what the engines want sent, to clients and to each other.
    func flush() {
        while true {
            for engine in engines { carry(from: engine) }
            if pausesRelays { return }
            guard engines.map({ $0.takeRelayWakes() }).contains(where: { $0 != 0 }) else { return }
            for engine in engines {
                while engine.handleRelays(at: now) { forwardRelayed(by: engine) }
                forwardRelayed(by: engine)
            }
        }
    }

    private func forwardRelayed(by engine: Engine) {
        while engine.forwardPending(at: now) { carry(from: engine) }
        engine.releaseRelays()
    }

    /// Lets the workers that mirror something hear of what became of it.
    func tellMirrors(of engine: Engine) {
        for change in engine.takeMirrorChanges() { engines[change.worker].apply(change, at: now) }
    }

    private func carry(from engine: Engine) {
        engine.egress.forEachDatagram { bytes, path in
            for byte in bytes { digest = (digest ^ UInt64(byte)) &* 1_099_511_628_211 }
            guard let client = clientsByAddress[path.remote] else {
                strays += 1
                return
            }
            checkNonce(of: bytes, to: client)
            if loses?(bytes, client.peer) == true { return }
            let sent = now
            guard sendDelay == .zero else {
                return network.schedule(after: sendDelay) { [unowned self] in
                    network.send(over: client.downlink, size: bytes.count) { client.receive(bytes, sent: sent) }
                }
            }
            network.send(over: client.downlink, size: bytes.count) { client.receive(bytes, sent: sent) }
        }
        engine.egress.removeAll()
        let news = engine.takeEvents()
        events += news
        for event in news { follow(event) }
    }

    /// Clients that do so leave out what they are told nobody would show, as soon as signalling has told them.
    private func follow(_ event: MediaEvent) {
        guard case .layersNeeded(let publication, let layers) = event.kind,
            let client = clients.first(where: { $0.peer == event.peer && $0.options.restsUnneededLayers }),
            let mid = publications[client.peer]?.first(where: { $0.value == publication })?.key
        else { return }
        network.schedule(after: .milliseconds(30)) {
            for stream in client.streams where stream.mid == mid {
                switch layers {
                case .encodings(let rids): stream.rest(stream.rid.map { !rids.contains($0) } ?? rids.isEmpty)
                case .spatial(let count): stream.rest(count == 0)
                }
            }
        }
    }

    /// No two different packets under one nonce: it is made of key, SSRC and number, none of which wraps
    /// around here.
    private func checkNonce(of bytes: [UInt8], to client: SimulatedClient) {
        guard DatagramKind(bytes.span) == .rtp, bytes.count >= 12 else { return }
        let nonce = Nonce(peer: client.peer, ssrc: bytes.span.uint32(at: 8), number: bytes.span.uint16(at: 2))
        let hash = bytes.hashValue
        guard let known = nonces.updateValue(hash, forKey: nonce) else { return }
        if known == hash {
            repeatedCiphertexts += 1
        } else {
            complain("\(client.peer): a nonce was used for two packets")
        }
    }

    /// Other keys: every nonce is free again.
    func forgetNonces(of peer: PeerID) { nonces = nonces.filter { $0.key.peer != peer } }

    // MARK: Time

    /// Lets time pass.
    func run(for duration: Interval) {
        let end = now + duration
        while true {
            let next = min(network.nextTime, engines.compactMap(\.nextTimeout).min() ?? .distantFuture)
            guard next <= end else { break }
            if next > now { wakesWithoutProgress = 0 }
            network.advance(to: next)
            for engine in engines {
                guard let due = engine.nextTimeout, due <= now else { continue }
                wakesWithoutProgress += 1
                engine.handleTimeout(at: now)
                flush()
                guard wakesWithoutProgress < 200 else {
                    return complain("the engine asks to be woken for nothing")
                }
            }
            while network.runNext() {}
        }
        network.advance(to: end)
    }

    /// Lets people send on for a while without anybody leaving, then everybody leaves; nothing may be left.
    func finish(_ sourceLocation: SourceLocation = #_sourceLocation) {
        for client in clients where !client.hasLeft { leave(client) }
        run(for: .milliseconds(500))
        for engine in engines { #expect(engine.holdings == .none, sourceLocation: sourceLocation) }
        #expect(complaints == [], "seed \(seed)", sourceLocation: sourceLocation)
    }

    /// How many of all drops there were, those of no peer included.
    var drops: UInt64 {
        engines.reduce(0) { $0 + $1.unattributedDrops.values.reduce(0, +) }
            + clients.reduce(0) { $0 + statistics(of: $1).drops.values.reduce(0, +) }
    }

    /// A peer's figures.
    func statistics(of client: SimulatedClient) -> PeerStatistics {
        engine(of: client).statistics(of: client.peer, at: now) ?? PeerStatistics()
    }
}

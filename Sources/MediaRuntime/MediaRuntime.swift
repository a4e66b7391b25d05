internal import Ciphers
internal import DTLS
internal import DataChannels
public import Engine
internal import ICE
internal import LinuxSystem
public import Logging
internal import Negotiation
internal import Synchronization
public import Wire

/// The media plane on this machine: workers, their sockets, and the placement of peers over them.
public final class MediaRuntime: MediaPlane {
    public let events: AsyncStream<MediaEvent>
    private let continuation: AsyncStream<MediaEvent>.Continuation
    private let workers: [MediaWorker]
    private let certificate: Certificate
    private let configuration: MediaConfiguration
    private let placement: Mutex<Placement>
    private let data: DataPlane

    /// Opens the sockets and starts the workers.
    public init(configuration: MediaConfiguration, logger: Logger) throws {
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
        self.configuration = configuration
        certificate = try Certificate.selfSigned(
            commonName: configuration.certificateName, validDays: 365, dnsNames: [], addresses: [])
        let context = try DTLSContext(certificate: certificate)
        let addresses = Self.addressesToBind(configuration)
        guard !addresses.isEmpty else { throw MediaRuntimeError.noAddress }
        let count = configuration.workers > 0 ? min(configuration.workers, 64) : min(Processors.available, 64)
        var workers: [MediaWorker] = []
        for index in 0..<count {
            let sockets = try Self.openSockets(worker: index, addresses: addresses, configuration: configuration)
            if index == 0 { Self.reportBuffers(sockets, wanted: configuration.receiveBuffer, logger: logger) }
            let candidates = Self.candidates(sockets: sockets, announced: configuration.announcedAddresses)
            var engineConfiguration = EngineConfiguration(workerIndex: index)
            engineConfiguration.stunRequestsPerSecond = configuration.stunRequestsPerSecond
            engineConfiguration.loudestVoices = configuration.loudestVoices
            engineConfiguration.smallRoomVoices = configuration.smallRoomVoices
            let engine = Engine(
                configuration: engineConfiguration, dtlsContext: context,
                wallClockOffset: SystemClock.wallNanoseconds() - SystemClock.now().nanoseconds)
            let continuation = continuation
            workers.append(
                try MediaWorker(
                    index: index, sockets: sockets, candidates: candidates, engine: engine,
                    overloadThreshold: configuration.overloadThreshold
                ) { events in
                    for event in events { continuation.yield(event) }
                })
        }
        self.workers = workers
        let bells = workers.map(\.bell)
        data = DataPlane(limits: configuration.dataChannels, wakes: bells.map { bell in { bell.wake() } })
        Self.connect(workers, data)
        placement = Mutex(
            Placement(
                workers: count, limit: configuration.maxPeersPerWorker, tolerance: max(configuration.spread, 1)))
        for worker in workers { try worker.start(pinned: configuration.pinsWorkers) }
        logger.info(
            "media workers started",
            metadata: [
                "workers": "\(count)",
                "udp": "\(workers.map { String($0.port) }.joined(separator: ","))",
                "addresses": "\(addresses.map(\.description).joined(separator: ","))",
                "announced": "\(configuration.announcedAddresses.map(\.description).joined(separator: ","))",
            ])
    }

    /// Lays a queue for each ordered pair of workers.
    private static func connect(_ workers: [MediaWorker], _ data: DataPlane) {
        let queues = workers.indices.map { from in
            workers.indices.map { to in from == to ? nil : RelayQueue() }
        }
        let bells = workers.map(\.bell)
        for (index, worker) in workers.enumerated() {
            worker.connect(outgoing: queues[index], incoming: queues.map { $0[index] }, bells: bells, data: data)
        }
    }

    /// Stops the workers and waits for their threads to end. Peers that are still there fall silent; remove them first.
    public func stop() {
        for worker in workers { worker.stop() }
        for worker in workers { worker.waitForEnd() }
        let data = data
        Task { await data.stop() }
        continuation.finish()
    }

    /// The UDP port of each worker, for the firewall.
    public var ports: [UInt16] { workers.map(\.port) }

    /// The addresses of this machine, loopback included.
    public static var localAddresses: [IPAddress] { NetworkInterface.all().filter(\.isUp).map(\.address) }

    // MARK: MediaPlane

    public func addPeer(_ peer: PeerID, in room: RoomKey) async throws(MediaPlaneError) -> PeerPlacement {
        let overloaded = workers.map { $0.load.level > .normal }
        guard let index = placement.withLock({ $0.place(peer, in: room, avoiding: overloaded) }) else {
            throw .overloaded
        }
        var generator = SystemRandomNumberGenerator()
        let credentials = ICECredentials.random(workerIndex: index, using: &generator)
        workers[index].addPeer(peer, in: room, credentials: credentials)
        return PeerPlacement(
            workerIndex: index, credentials: credentials, candidates: workers[index].candidates,
            fingerprint: CertificateFingerprint(algorithm: "sha-256", bytes: certificate.fingerprintSHA256))
    }

    public func apply(_ configuration: PeerConfiguration, to peer: PeerID) async {
        guard let (index, room) = placement.withLock({ $0.place(of: peer) }) else { return }
        if let section = configuration.session.dataChannel {
            // The DTLS client has the even streams (RFC 8832 §6).
            await data.open(
                peer, named: configuration.name, in: room, worker: index,
                isDTLSClient: configuration.session.dtlsRole == .client, port: section.port,
                maxMessageSize: section.maxMessageSize ?? .max)
        }
        let changes = await workers[index].apply(configuration, to: peer)
        placement.withLock { $0.note(configuration.publications.values, of: peer) }
        await tellMirrors(of: changes)
    }

    public func assign(
        _ publication: PublicationID?, toSlot mid: String, of receiver: PeerID
    ) async -> SlotAssignmentResult {
        guard let there = index(of: receiver) else { return .gone }
        if let publication, let home = placement.withLock({ $0.worker(of: publication) }), home != there {
            guard await openMirror(of: publication, from: home, to: there) else { return .gone }
        }
        return await workers[there].assign(publication, toSlot: mid, of: receiver)
    }

    /// Commands to one worker that are given in one call: so few that no packet waits long for them.
    private static let commandsAtOnce = 32

    public func assign(_ assignments: [SlotAssignment]) async -> [SlotAssignmentResult] {
        var results = [SlotAssignmentResult](repeating: .gone, count: assignments.count)
        for (index, places) in await reachable(assignments) {
            for start in stride(from: 0, to: places.count, by: Self.commandsAtOnce) {
                let some = places[start..<min(start + Self.commandsAtOnce, places.count)]
                let outcome = await workers[index].assign(some.map { assignments[$0] })
                for (place, result) in zip(some, outcome) { results[place] = result }
            }
        }
        return results
    }

    /// The places of the assignments whose receiver exists and whose publication is, or now comes to be, on the receiver's
    /// worker; by worker.
    private func reachable(_ assignments: [SlotAssignment]) async -> [Int: [Int]] {
        let (receivers, homes) = placement.withLock { placement in
            (
                assignments.map { placement.worker(of: $0.receiver) },
                assignments.map { $0.publication.flatMap { placement.worker(of: $0) } }
            )
        }
        struct Mirror: Hashable {
            var publication: PublicationID
            var worker: Int
        }
        var mirrors: [Mirror: Bool] = [:]
        var byWorker: [Int: [Int]] = [:]
        for (place, assignment) in assignments.enumerated() {
            guard let there = receivers[place] else { continue }
            if let publication = assignment.publication, let home = homes[place], home != there {
                let mirror = Mirror(publication: publication, worker: there)
                if mirrors[mirror] == nil {
                    mirrors[mirror] = await openMirror(of: publication, from: home, to: there)
                }
                guard mirrors[mirror] == true else { continue }
            }
            byWorker[there, default: []].append(place)
        }
        return byWorker
    }

    /// Makes sure that a worker has a mirror of a publication from another; false if the publication has ended.
    private func openMirror(of publication: PublicationID, from home: Int, to there: Int) async -> Bool {
        if await workers[there].hasPublication(publication) { return true }
        guard let seed = await workers[home].openMirror(of: publication, on: there) else { return false }
        await workers[there].addMirror(seed)
        // If it ended in between, the word of it may have come before the mirror.
        if await workers[home].hasPublication(publication) { return true }
        await workers[there].apply(MirrorChange(worker: there, publication: publication, section: nil))
        return false
    }

    private func tellMirrors(of changes: [MirrorChange]) async {
        for change in changes { await workers[change.worker].apply(change) }
    }

    public func setWishes(_ wishes: [String: SlotWish], of receiver: PeerID) async {
        guard let index = index(of: receiver) else { return }
        await workers[index].setWishes(wishes, of: receiver)
    }

    public func setWishes(_ wishes: [PeerID: [String: SlotWish]]) async {
        for (index, receivers) in byWorker(wishes.keys) {
            for start in stride(from: 0, to: receivers.count, by: Self.commandsAtOnce) {
                let some = receivers[start..<min(start + Self.commandsAtOnce, receivers.count)]
                await workers[index].setWishes(some.map { ($0, wishes[$0] ?? [:]) })
            }
        }
    }

    public func removePeer(_ peer: PeerID) async {
        guard let index = index(of: peer) else { return }
        let changes = await workers[index].removePeer(peer)
        placement.withLock { $0.remove(peer) }
        await data.remove(peer)
        await tellMirrors(of: changes)
    }

    public func removePeers(_ peers: [PeerID]) async {
        for (index, gone) in byWorker(peers) {
            for start in stride(from: 0, to: gone.count, by: Self.commandsAtOnce) {
                let some = gone[start..<min(start + Self.commandsAtOnce, gone.count)]
                let changes = await workers[index].removePeers(Array(some))
                placement.withLock { placement in for peer in some { placement.remove(peer) } }
                for peer in some { await data.remove(peer) }
                await tellMirrors(of: changes)
            }
        }
    }

    public func statistics(of peer: PeerID) async -> PeerStatistics? {
        guard let index = index(of: peer) else { return nil }
        var figures = await workers[index].statistics(of: peer)
        figures?.data = await data.statistics(of: peer)
        return figures
    }

    /// Peers that one call to a worker asks about: so few that no packet waits for the answer.
    private static let peersPerLook = 16

    public func linkStatistics(of peers: [PeerID]) async -> [PeerID: PeerStatistics] {
        var result: [PeerID: PeerStatistics] = [:]
        for (index, everybody) in byWorker(peers) {
            for start in stride(from: 0, to: everybody.count, by: Self.peersPerLook) {
                let some = everybody[start..<min(start + Self.peersPerLook, everybody.count)]
                for (peer, figures) in await workers[index].statistics(of: some) { result[peer] = figures }
            }
        }
        return result
    }

    public func workerStatistics() async -> [WorkerStatistics] {
        var figures: [WorkerStatistics] = []
        for worker in workers {
            var worker = await worker.statistics()
            worker.isFull = worker.peers >= configuration.maxPeersPerWorker
            figures.append(worker)
        }
        return figures
    }

    /// Those of the peers that exist, by their workers.
    private func byWorker(_ peers: some Sequence<PeerID>) -> [Int: [PeerID]] {
        placement.withLock { placement in
            var result: [Int: [PeerID]] = [:]
            for peer in peers {
                if let index = placement.worker(of: peer) { result[index, default: []].append(peer) }
            }
            return result
        }
    }

    private func index(of peer: PeerID) -> Int? { placement.withLock { $0.worker(of: peer) } }

    // MARK: Addresses and sockets

    private static func addressesToBind(_ configuration: MediaConfiguration) -> [IPAddress] {
        if !configuration.listenAddresses.isEmpty { return configuration.listenAddresses }
        let interfaces = NetworkInterface.all()
        let outward = interfaces.filter(\.isWorthAnnouncing).map(\.address)
        let chosen = outward.isEmpty ? interfaces.filter { $0.isUp && $0.isLoopback }.map(\.address) : outward
        // A socket has one bit in the loop's mask of readable ones.
        return Array(chosen.prefix(32))
    }

    private static func openSockets(
        worker index: Int, addresses: [IPAddress], configuration: MediaConfiguration
    ) throws -> [UDPSocket] {
        var port = configuration.basePort == 0 ? 0 : configuration.basePort &+ UInt16(truncatingIfNeeded: index)
        var sockets: [UDPSocket] = []
        for address in addresses {
            let socket: UDPSocket
            do throws(SystemError) {
                socket = try UDPSocket(
                    binding: SocketAddress(ip: address, port: port), receiveBuffer: configuration.receiveBuffer,
                    sendBuffer: configuration.sendBuffer)
            } catch { throw BindError(error) }
            if !configuration.segments { socket.stopSegmenting() }
            // One port a worker: where the kernel chose, the other addresses follow the first.
            port = socket.localAddress.port
            sockets.append(socket)
        }
        return sockets
    }

    private static func candidates(sockets: [UDPSocket], announced: [IPAddress]) -> [ICECandidate] {
        let bound = sockets.map(\.localAddress)
        guard let port = bound.first?.port, !announced.isEmpty else {
            return ICECandidate.hostCandidates(for: bound)
        }
        return ICECandidate.hostCandidates(for: announced.map { SocketAddress(ip: $0, port: port) })
    }

    private static func reportBuffers(_ sockets: [UDPSocket], wanted: Int, logger: Logger) {
        guard let smallest = sockets.map(\.receiveBufferSize).min(), smallest < wanted else { return }
        logger.warning(
            "the kernel granted a smaller receive buffer than asked for; bursts may be lost. Raise net.core.rmem_max",
            metadata: ["granted": "\(smallest)", "wanted": "\(wanted)"])
    }
}

/// Why the media plane could not start.
public enum MediaRuntimeError: Error, CustomStringConvertible, Sendable {
    /// No local address to bind.
    case noAddress
    public var description: String {
        switch self {
        case .noAddress: "no network interface has an address to listen on; name one with --listen"
        }
    }
}

internal import DTLS
internal import Engine
internal import ICE
internal import LinuxSystem
internal import Negotiation
internal import Wire

/// One media worker: a thread, its sockets, and the engine whose packets pass through them.
///
/// The loop is: wait → receive a batch → the engine walks each packet → send what it wrote → timers. Commands are actor
/// calls and run between two turns on the same thread.
actor MediaWorker {
    nonisolated let index: Int
    nonisolated let candidates: [ICECandidate]
    nonisolated let port: UInt16
    private nonisolated let thread: WorkerThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    private let engine: Engine
    private let sockets: [UDPSocket]
    private let receiveBatch = ReceiveBatch()
    private let sendBatch = SendBatch()
    private let onEvents: @Sendable ([MediaEvent]) -> Void
    private var counters = WorkerStatistics()

    init(
        index: Int, sockets: sending [UDPSocket], candidates: [ICECandidate], engine: sending Engine,
        onEvents: @escaping @Sendable ([MediaEvent]) -> Void
    ) throws(SystemError) {
        self.index = index
        self.candidates = candidates
        port = sockets.first?.localAddress.port ?? 0
        thread = try WorkerThread()
        for socket in sockets { try thread.poller.watch(socket.descriptor) }
        self.sockets = sockets
        self.engine = engine
        self.onEvents = onEvents
        counters.index = index
        counters.port = port
    }

    /// Starts the thread.
    nonisolated func start(pinned: Bool) throws(SystemError) {
        try thread.start(name: "roost-media-\(index)", processor: pinned ? index : nil) { [self] in
            // The thread keeps its worker until the loop has ended.
            assumeIsolated { $0.turn() }
        }
    }

    /// Ends the loop after the current turn.
    nonisolated func stop() { thread.stop() }

    // MARK: The loop

    private func turn() {
        let wait = engine.nextTimeout.map { $0 - SystemClock.now() }
        var readable: UInt64 = 0
        thread.poller.wait(timeout: wait) { descriptor in
            for index in sockets.indices where sockets[index].descriptor == descriptor { readable |= 1 << index }
        }
        for index in sockets.indices where readable & (1 << index) != 0 { receive(on: index) }
        let now = SystemClock.now()
        if let due = engine.nextTimeout, due <= now { engine.handleTimeout(at: now) }
        flush()
        report()
    }

    private func receive(on index: Int) {
        let socket = SocketIndex(UInt8(truncatingIfNeeded: index))
        // A bounded number of batches, so that one busy socket cannot keep timers and commands waiting.
        for _ in 0..<8 {
            guard let count = try? sockets[index].receive(into: receiveBatch), count > 0 else { return }
            let now = SystemClock.now()
            for number in 0..<count {
                let datagram = unsafe receiveBatch.datagram(number)
                counters.packetsIn &+= 1
                counters.bytesIn &+= UInt64(datagram.count)
                let path = NetworkPath(socket: socket, remote: receiveBatch.sender(number))
                unsafe engine.handleDatagram(datagram, on: path, at: now)
                if engine.egress.count >= SendBatch.capacity { flush() }
            }
            flush()
            if count < ReceiveBatch.capacity { return }
        }
    }

    /// Sends what the engine wrote, a run for each socket.
    private func flush() {
        let egress = engine.egress
        guard egress.count > 0 else { return }
        for index in sockets.indices {
            let socket = SocketIndex(UInt8(truncatingIfNeeded: index))
            for number in 0..<egress.count {
                let entry = egress.entry(number)
                guard entry.path.socket == socket else { continue }
                if sendBatch.isFull { send(on: index) }
                sendBatch.append(offset: entry.offset, length: entry.length, to: entry.path.remote)
                counters.bytesOut &+= UInt64(entry.length)
            }
            send(on: index)
        }
        egress.removeAll()
    }

    private func send(on index: Int) {
        let outcome = unsafe sendBatch.send(on: sockets[index], slab: engine.egress.slabStart)
        counters.packetsOut &+= UInt64(outcome.sent)
        counters.sendErrors &+= UInt64(outcome.lost)
    }

    private func report() {
        let events = engine.takeEvents()
        if !events.isEmpty { onEvents(events) }
    }

    // MARK: Commands

    func addPeer(_ peer: PeerID, in room: RoomKey) -> ICECredentials {
        defer { finishCommand() }
        return engine.addPeer(peer, in: room, at: SystemClock.now())
    }

    func apply(_ configuration: PeerConfiguration, to peer: PeerID) {
        engine.apply(configuration, to: peer, at: SystemClock.now())
        finishCommand()
    }

    func assign(_ publication: PublicationID?, toSlot mid: String, of receiver: PeerID) -> SlotAssignmentResult {
        defer { finishCommand() }
        return engine.assign(publication, toSlot: mid, of: receiver, at: SystemClock.now())
    }

    func removePeer(_ peer: PeerID) {
        engine.removePeer(peer, at: SystemClock.now())
        finishCommand()
    }

    func statistics(of peer: PeerID) -> PeerStatistics? {
        guard var figures = engine.statistics(of: peer, at: SystemClock.now()) else { return nil }
        figures.workerIndex = index
        return figures
    }

    func statistics() -> WorkerStatistics {
        var figures = counters
        figures.peers = engine.peerCount
        figures.drops = engine.unattributedDrops
        return figures
    }

    private func finishCommand() {
        flush()
        report()
    }
}

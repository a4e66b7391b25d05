internal import DTLS
internal import DataChannels
internal import Engine
internal import ICE
internal import LinuxSystem
internal import Negotiation
internal import Wire

/// One media worker: a thread, its sockets, and the engine whose packets pass through them.
///
/// The loop is: rest where there is much to do → wait → receive a batch → the engine takes each packet in → its receivers
/// are sent theirs → what other workers relayed, the same way → one step of a handshake → timers → data channels. Commands
/// are actor calls and run between two turns on the same thread.
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
    /// Whether relays or handshakes wait, so that the next turn must not.
    private var hasMore = false
    private var meter = LoadMeter(at: SystemClock.now())
    private var pacer = TurnPacer(at: SystemClock.now())
    /// When the present turn, or the one before, had waited enough.
    private var turnBegan = Timestamp.zero
    private var overload: OverloadGuard
    /// The load level, for whoever places peers.
    nonisolated let load = LoadIndicator()
    /// The other workers' bells, by their indices.
    private var bells: [Poller] = []
    /// Where data channels are.
    private var data: DataPlane?

    init(
        index: Int, sockets: sending [UDPSocket], candidates: [ICECandidate], engine: sending Engine,
        overloadThreshold: Double, onEvents: @escaping @Sendable ([MediaEvent]) -> Void
    ) throws(SystemError) {
        self.index = index
        self.candidates = candidates
        port = sockets.first?.localAddress.port ?? 0
        thread = try WorkerThread()
        for socket in sockets { try thread.poller.watch(socket.descriptor) }
        self.sockets = sockets
        self.engine = engine
        self.onEvents = onEvents
        overload = OverloadGuard(threshold: overloadThreshold)
        counters.index = index
        counters.port = port
    }

    /// The bell that wakes the worker.
    nonisolated var bell: Poller { thread.poller }

    /// Gives the worker its queues to and from the others, and their bells. Before the thread starts.
    nonisolated func connect(
        outgoing: [RelayQueue?], incoming: [RelayQueue?], bells: [Poller], data: DataPlane
    ) {
        thread.beforeStart {
            assumeIsolated { worker in
                worker.engine.connectRelays(outgoing: outgoing, incoming: incoming)
                worker.bells = bells
                worker.data = data
            }
        }
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

    /// Waits until the thread has ended, a few seconds at most.
    nonisolated func waitForEnd() { thread.waitForEnd(patience: .seconds(3)) }

    // MARK: The loop

    private func turn() {
        var began = SystemClock.now()
        let due = engine.nextTimeout
        if !hasMore {
            let rest = pacer.rest(after: turnBegan, until: due, at: began)
            if rest > .zero {
                CurrentThread.sleep(rest)
                let woken = SystemClock.now()
                if meter.noteWait(woken - began, until: woken) { noteLoad(at: woken) }
                began = woken
            }
        }
        var wait = hasMore ? .zero : due.map { $0 - began }
        // A calm worker's loop may stand still; an overloaded one has to notice that it has become calm.
        if overload.level > 0 { wait = min(wait ?? LoadMeter.period, LoadMeter.period) }
        var readable: UInt64 = 0
        thread.poller.wait(timeout: wait) { descriptor in
            for index in sockets.indices where sockets[index].descriptor == descriptor { readable |= 1 << index }
        }
        var now = SystemClock.now()
        turnBegan = now
        if meter.noteWait(now - began, until: now) { noteLoad(at: now) }
        let receivedBefore = counters.packetsIn
        for index in sockets.indices where readable & (1 << index) != 0 { receive(on: index) }
        now = SystemClock.now()
        pacer.note(received: Int(truncatingIfNeeded: counters.packetsIn &- receivedBefore), at: now)
        hasMore = engine.handleRelays(at: now)
        forward(at: now)
        engine.releaseRelays()
        if engine.hasHandshakes { now = advanceHandshakes(at: now) }
        if let due = engine.nextTimeout, due <= now { engine.handleTimeout(at: now) }
        if let data {
            for packet in data.takeOutgoing(worker: index) {
                if engine.egress.count >= 128 { flush() }
                engine.sendApplicationData(packet, at: now)
            }
        }
        finish()
    }

    /// The share of a turn's length that handshakes may add to it, as its inverse.
    private static let handshakeShare: Int64 = 8

    /// Takes handshakes a step further: one record, and others while they take an eighth of what the turn has taken. A turn
    /// that is short is not made longer by more than one; but where each sends to a thousand receivers there are few turns,
    /// and with one record in each whoever comes would wait for seconds.
    /// - Returns: the time now.
    private func advanceHandshakes(at now: Timestamp) -> Timestamp {
        let until = now + Interval(nanoseconds: max(0, (now - turnBegan).nanoseconds) / Self.handshakeShare)
        var now = now
        repeat {
            engine.advanceHandshake(at: now)
            if engine.egress.count >= 128 { flush() }
            now = SystemClock.now()
        } while engine.hasHandshakes && now < until
        hasMore = hasMore || engine.hasHandshakes
        return now
    }

    /// A second is over: more or less is left out, and whoever places peers sees it.
    private func noteLoad(at now: Timestamp) {
        guard overload.note(busyShare: meter.busyShare) else { return }
        let level = LoadLevel(rawValue: overload.level) ?? .normal
        engine.setLoadLevel(level, at: now)
        load.level = level
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
            }
            flush(writtenAt: forward(at: now))
            if !receiveBatch.isFull { return }
        }
    }

    /// Lets the engine send every receiver its part of the batch. The clock is read again for each part of a large one: what
    /// goes out later than it says looks to an estimator like a queue in the receiver's path.
    /// - Returns: the time of what has been written and not sent.
    @discardableResult
    private func forward(at now: Timestamp) -> Timestamp {
        var now = now
        while engine.forwardPending(at: now) { now = flush(writtenAt: now) }
        return now
    }

    /// Sends what the engine wrote under the time `written`, and tells it how long that took: a machine with too much to do
    /// lets the worker wait in between.
    /// - Returns: the time now.
    @discardableResult
    private func flush(writtenAt written: Timestamp) -> Timestamp {
        flush()
        let now = SystemClock.now()
        engine.noteSendDelay(now - written, at: now)
        return now
    }

    /// Sends what the engine wrote, a run for each destination.
    private func flush() {
        let egress = engine.egress
        guard egress.count > 0 else { return }
        for index in sockets.indices {
            let socket = SocketIndex(UInt8(truncatingIfNeeded: index))
            for place in 0..<egress.destinationCount {
                let destination = egress.destination(place)
                guard destination.path.socket == socket else { continue }
                var number = destination.first
                while number >= 0 {
                    let entry = egress.entry(Int(number))
                    if sendBatch.isFull { send(on: index) }
                    sendBatch.append(
                        offset: Int(entry.offset), length: Int(entry.length), to: destination.path.remote)
                    counters.bytesOut &+= UInt64(entry.length)
                    number = entry.next
                }
            }
            send(on: index)
        }
        egress.removeAll()
    }

    private func send(on index: Int) {
        let outcome = unsafe sendBatch.send(on: sockets[index], slab: engine.egress.slabStart)
        counters.packetsOut &+= UInt64(outcome.sent)
        counters.sendErrors &+= UInt64(outcome.lost)
        counters.sends &+= UInt64(outcome.messages)
        counters.sendCalls &+= UInt64(outcome.calls)
    }

    /// The end of a turn or a command: what is written goes out, other workers are woken, events are told.
    private func finish() {
        flush()
        let wakes = engine.takeRelayWakes()
        if wakes != 0 { for index in bells.indices where wakes & (1 << UInt64(index)) != 0 { bells[index].wake() } }
        let packets = engine.takeApplicationData()
        if !packets.isEmpty { data?.deliver(packets) }
        let events = engine.takeEvents()
        if !events.isEmpty { onEvents(events) }
    }

    // MARK: Commands

    /// Opens a peer's transport, before anything else that is asked of the worker from now on. Does not wait: a worker with
    /// many receivers answers only between two turns, and what a newcomer needs is known without it.
    nonisolated func addPeer(_ peer: PeerID, in room: RoomKey, credentials: ICECredentials) {
        thread.perform {
            self.assumeIsolated { worker in
                worker.engine.addPeer(peer, in: room, credentials: credentials, at: SystemClock.now())
                worker.finish()
            }
        }
    }

    func apply(_ configuration: PeerConfiguration, to peer: PeerID) -> [MirrorChange] {
        defer { finish() }
        engine.apply(configuration, to: peer, at: SystemClock.now())
        return engine.takeMirrorChanges()
    }

    func assign(_ publication: PublicationID?, toSlot mid: String, of receiver: PeerID) -> SlotAssignmentResult {
        defer { finish() }
        return engine.assign(publication, toSlot: mid, of: receiver, at: SystemClock.now())
    }

    func assign(_ assignments: [SlotAssignment]) -> [SlotAssignmentResult] {
        defer { finish() }
        let now = SystemClock.now()
        return assignments.map { engine.assign($0.publication, toSlot: $0.mid, of: $0.receiver, at: now) }
    }

    func setWishes(_ wishes: [(receiver: PeerID, wishes: [String: SlotWish])]) {
        defer { finish() }
        let now = SystemClock.now()
        for each in wishes { engine.setWishes(each.wishes, of: each.receiver, at: now) }
    }

    func setWishes(_ wishes: [String: SlotWish], of receiver: PeerID) {
        defer { finish() }
        engine.setWishes(wishes, of: receiver, at: SystemClock.now())
    }

    func removePeer(_ peer: PeerID) -> [MirrorChange] {
        defer { finish() }
        engine.removePeer(peer, at: SystemClock.now())
        return engine.takeMirrorChanges()
    }

    func removePeers(_ peers: [PeerID]) -> [MirrorChange] {
        defer { finish() }
        let now = SystemClock.now()
        for peer in peers {
            engine.removePeer(peer, at: now)
            // Goodbyes do not all fit before a send.
            if engine.egress.count >= 128 { flush() }
        }
        return engine.takeMirrorChanges()
    }

    func openMirror(of publication: PublicationID, on worker: Int) -> MirrorSeed? {
        engine.openMirror(of: publication, on: worker)
    }

    func addMirror(_ seed: MirrorSeed) { engine.addMirror(seed) }

    func hasPublication(_ publication: PublicationID) -> Bool { engine.hasPublication(publication) }

    func apply(_ change: MirrorChange) {
        defer { finish() }
        engine.apply(change, at: SystemClock.now())
    }

    func statistics(of peer: PeerID) -> PeerStatistics? {
        guard var figures = engine.statistics(of: peer, at: SystemClock.now()) else { return nil }
        figures.workerIndex = index
        return figures
    }

    func statistics(of peers: ArraySlice<PeerID>) -> [(PeerID, PeerStatistics)] {
        peers.compactMap { peer in statistics(of: peer).map { (peer, $0) } }
    }

    func statistics() -> WorkerStatistics {
        var figures = counters
        figures.peers = engine.peerCount
        figures.busyShare = meter.busyShare
        figures.loadLevel = load.level
        figures.drops = engine.unattributedDrops
        return figures
    }
}

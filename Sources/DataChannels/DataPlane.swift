public import Engine
internal import LinuxSystem
internal import Synchronization
internal import Wire

/// The data channels of this server: between the media workers, which have the DTLS associations, and the SCTP thread.
///
///     worker ──deliver──▶ inbox ──▶ SCTP thread: association ─▶ router ─▶ associations
///     worker ◀──takeOutgoing── outbox of the worker ◀─────────────────────────┘
///
/// Media workers never wait for it: both queues are bounded, a full one loses packets, and SCTP sends them again. Nothing
/// is made for a participant before its first packet comes.
public final class DataPlane: Sendable {
    /// Packets that may wait for the SCTP thread, and for each worker.
    static let queueLimit = 8_192

    private let inbox = Mutex<[ApplicationPacket]>([])
    private let outboxes: [Outbox]
    private let limits: DataChannelLimits
    private let lostPackets = Atomic<Int>(0)
    /// Peers with data channels, so that nobody goes to the SCTP thread, or begins it, for one without.
    private let peers = Mutex<Set<PeerID>>([])
    /// What lives on the SCTP thread; made with the first peer that has data channels.
    @SCTPActor private var core: DataCore?

    /// The packets that wait for one worker.
    final class Outbox: Sendable {
        let packets = Mutex<[ApplicationPacket]>([])
        /// Whether there are any, so that a worker need not lock to find out that there are none.
        let hasPackets = Atomic<Bool>(false)
        let wake: @Sendable () -> Void
        init(wake: @escaping @Sendable () -> Void) { self.wake = wake }
    }

    /// Makes the plane; `wakes` has, for each worker, what makes it call `takeOutgoing`.
    public init(limits: DataChannelLimits, wakes: [@Sendable () -> Void]) {
        self.limits = limits
        outboxes = wakes.map(Outbox.init)
    }

    // MARK: The workers' side

    /// Takes what peers sent over DTLS. Does not wait.
    public func deliver(_ packets: [ApplicationPacket]) {
        let (isFirst, lost) = inbox.withLock { inbox in
            let isFirst = inbox.isEmpty
            let room = max(0, Self.queueLimit - inbox.count)
            inbox.append(contentsOf: packets.prefix(room))
            return (isFirst && !inbox.isEmpty, packets.count - min(room, packets.count))
        }
        if lost > 0 { lostPackets.wrappingAdd(lost, ordering: .relaxed) }
        guard isFirst else { return }
        Task { @SCTPActor in work() }
    }

    /// What a worker shall send to its peers over DTLS.
    public func takeOutgoing(worker: Int) -> [ApplicationPacket] {
        guard outboxes.indices.contains(worker), outboxes[worker].hasPackets.load(ordering: .acquiring) else {
            return []
        }
        return outboxes[worker].packets.withLock { packets in
            outboxes[worker].hasPackets.store(false, ordering: .relaxed)
            defer { packets = [] }
            return packets
        }
    }

    // MARK: The control plane's side

    /// Expects a peer's association from now on.
    ///
    /// - Parameters:
    ///   - name: The participant's identifier, under which others know it.
    ///   - worker: The media worker that has the peer.
    ///   - isDTLSClient: Whether we are the DTLS client.
    ///   - port: The peer's SCTP port.
    ///   - maxMessageSize: The largest message the peer takes, bytes.
    public func open(
        _ peer: PeerID, named name: String, in room: RoomKey, worker: Int, isDTLSClient: Bool, port: UInt16,
        maxMessageSize: Int
    ) async {
        peers.withLock { _ = $0.insert(peer) }
        await expect(
            peer,
            DataCore.Place(
                name: name, room: room, worker: worker, isDTLSClient: isDTLSClient, port: port,
                maxMessageSize: maxMessageSize))
    }

    /// Ends a peer's association and forgets it.
    public func remove(_ peer: PeerID) async {
        guard peers.withLock({ $0.remove(peer) }) != nil else { return }
        await forget(peer)
    }

    /// A peer's figures; `nil` if it has negotiated no data channels.
    public func statistics(of peer: PeerID) async -> DataStatistics? {
        guard peers.withLock({ $0.contains(peer) }) else { return nil }
        return await figures(of: peer)
    }

    /// Ends all associations.
    public func stop() async {
        guard
            peers.withLock({ peers in
                defer { peers = [] }; return !peers.isEmpty
            })
        else { return }
        await end()
    }

    @SCTPActor private func expect(_ peer: PeerID, _ place: DataCore.Place) {
        if core == nil { core = DataCore(limits: limits) }
        core?.expect(peer, place)
    }

    @SCTPActor private func forget(_ peer: PeerID) {
        core?.remove(peer)
        sendOut()
    }

    @SCTPActor private func figures(of peer: PeerID) -> DataStatistics? { core?.statistics(of: peer) }

    @SCTPActor private func end() {
        core?.stop()
        sendOut()
        core = nil
    }

    /// Packets that were lost because a queue was full.
    public var packetsLost: Int { lostPackets.load(ordering: .relaxed) }

    // MARK: The SCTP thread

    @SCTPActor
    private func work() {
        let packets = inbox.withLock { inbox in
            defer { inbox = [] }
            return inbox
        }
        guard let core else { return }
        core.onTimers = { [weak self] in self?.sendOut() }
        core.handle(packets, at: SystemClock.now())
        sendOut()
    }

    @SCTPActor
    private func sendOut() {
        guard let outgoing = core?.takeOutgoing() else { return }
        for (worker, packets) in outgoing where outboxes.indices.contains(worker) {
            let outbox = outboxes[worker]
            let lost = outbox.packets.withLock { waiting in
                let room = max(0, Self.queueLimit - waiting.count)
                waiting.append(contentsOf: packets.prefix(room))
                outbox.hasPackets.store(true, ordering: .releasing)
                return max(0, packets.count - room)
            }
            if lost > 0 { lostPackets.wrappingAdd(lost, ordering: .relaxed) }
            outbox.wake()
        }
    }
}

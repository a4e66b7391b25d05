internal import Engine
internal import LinuxSystem
internal import Wire

/// What of the data plane lives on the SCTP thread: the associations, and the router between them.
@SCTPActor
final class DataCore {
    /// Where a peer is, and under which name others know it.
    struct Place: Sendable {
        var name: String
        var room: RoomKey
        var worker: Int
        var isDTLSClient: Bool
        /// The peer's SCTP port.
        var port: UInt16
        /// The largest message the peer takes, bytes.
        var maxMessageSize: Int
    }

    /// What is left of an association that has ended.
    private struct End {
        /// The last figures.
        var figures: DataStatistics
        /// Tells the peer of the end as often as it asks.
        var association: SCTPAssociation
    }

    private let limits: DataChannelLimits
    private var router: DataRouter
    private var places: [PeerID: Place] = [:]
    private var associations: [PeerID: SCTPAssociation] = [:]
    /// Peers whose association has ended.
    private var ended: [PeerID: End] = [:]
    private var outgoing: [Int: [ApplicationPacket]] = [:]
    /// Called when timers have made packets.
    var onTimers: (() -> Void)?

    init(limits: DataChannelLimits) {
        self.limits = limits
        router = DataRouter(limits: limits)
        SCTPStack.shared.observeTimers(self) { [weak self] now in self?.runTimers(at: now) }
    }

    func expect(_ peer: PeerID, _ place: Place) {
        if places[peer] == nil { places[peer] = place }
    }

    func handle(_ packets: [ApplicationPacket], at now: Timestamp) {
        for packet in packets {
            if let association = ended[packet.peer]?.association {
                association.handle(packet.bytes)
                collect(from: association, of: packet.peer)
                continue
            }
            guard let association = association(of: packet.peer, at: now) else { continue }
            association.handle(packet.bytes)
            pump(packet.peer, association, at: now)
        }
        carryOut()
    }

    func remove(_ peer: PeerID) {
        places[peer] = nil
        ended.removeValue(forKey: peer)?.association.close()
        end(peer)
        router.remove(peer)
        carryOut()
    }

    func statistics(of peer: PeerID) -> DataStatistics? {
        guard places[peer] != nil else { return nil }
        if let end = ended[peer] { return end.figures }
        var figures = router.statistics(of: peer) ?? DataStatistics()
        figures.buffered = associations[peer]?.bufferedBytes ?? 0
        return figures
    }

    func stop() {
        SCTPStack.shared.stopObservingTimers(self)
        for peer in Array(associations.keys) { end(peer) }
        for end in ended.values { end.association.close() }
        ended = [:]
        places = [:]
        router = DataRouter(limits: limits)
    }

    /// Packets for each worker, since the last call.
    func takeOutgoing() -> [Int: [ApplicationPacket]] {
        defer { outgoing = [:] }
        return outgoing
    }

    // MARK: Inside

    private func runTimers(at now: Timestamp) {
        for (peer, association) in associations {
            association.flush()
            pump(peer, association, at: now)
        }
        carryOut()
        if !outgoing.isEmpty { onTimers?() }
    }

    /// The peer's association; made when its first packet comes.
    private func association(of peer: PeerID, at now: Timestamp) -> SCTPAssociation? {
        if let known = associations[peer] { return known }
        guard let place = places[peer], let made = SCTPAssociation(limits: limits, remotePort: place.port) else {
            return nil
        }
        associations[peer] = made
        router.add(
            peer, named: place.name, in: place.room, isDTLSClient: place.isDTLSClient,
            maxMessageSize: place.maxMessageSize,
            at: now)
        return made
    }

    private func pump(_ peer: PeerID, _ association: SCTPAssociation, at now: Timestamp) {
        collect(from: association, of: peer)
        while let event = association.pollEvent() {
            switch event {
            case .up(let streams): router.connect(peer, streams: streams)
            case .message(let message): router.handle(message, from: peer, at: now)
            case .reset(let streams): router.handleReset(streams, from: peer, at: now)
            case .lost(let reason): end(peer, because: reason)
            }
        }
    }

    /// Does what the router wants done, until it wants nothing more: an end can bring further ends.
    private func carryOut() {
        while let (peer, command) = router.pollCommand() {
            guard let association = associations[peer] else { continue }
            switch command {
            case .send(let message): send(message, over: association, to: peer)
            case .reset(let stream): association.reset(stream)
            case .abort(let reason): end(peer, because: reason)
            }
            collect(from: association, of: peer)
        }
    }

    private func send(_ message: SCTPMessage, over association: SCTPAssociation, to peer: PeerID) {
        guard association.send(message) == .full else { return }
        router.noteDrop(.slowReceiver, of: peer)
        // What a reliable channel promises cannot be kept any more; better an end that is seen than a hole that is not.
        if message.reliability.isReliable { end(peer, because: "The participant took its messages too slowly.") }
    }

    private func end(_ peer: PeerID, because reason: String? = nil) {
        guard let association = associations.removeValue(forKey: peer) else { return }
        if let reason, var figures = router.statistics(of: peer) {
            figures.isConnected = false
            figures.channels = 0
            figures.endReason = reason
            association.abort()
            ended[peer] = End(figures: figures, association: association)
        } else {
            association.close()
        }
        collect(from: association, of: peer)
        router.remove(peer)
    }

    private func collect(from association: SCTPAssociation, of peer: PeerID) {
        guard let worker = places[peer]?.worker else { return }
        while let packet = association.pollTransmit() {
            outgoing[worker, default: []].append(ApplicationPacket(peer: peer, bytes: packet))
        }
    }
}

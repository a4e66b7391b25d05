internal import Forwarding
public import Negotiation
internal import RTP
public import Wire

/// A worker's queues to and from the other workers, and what could not be told yet.
struct Relays {
    let worker: Int
    /// By the other worker's index; `nil` for its own.
    var outgoing: [RelayQueue?] = []
    var incoming: [RelayQueue?] = []
    /// Workers that have to be woken, a bit each.
    var wakes: UInt64 = 0
    /// Mirrors whose wishes found a full queue.
    var untold: [Publication] = []
    /// When to try again.
    var nextRetry = Timestamp.distantFuture

    init(worker: Int) { self.worker = worker }
}

/// What a worker needs to know to mirror a publication.
public struct MirrorSeed: Sendable {
    /// The publication.
    public var publication: PublicationID
    /// The publisher's worker.
    public var home: Int
    /// The room it belongs to.
    public var room: RoomKey
    /// What was negotiated for it.
    public var section: UplinkSection
    /// Whether it is forwarded whatever its level.
    public var isAlwaysHeard: Bool
}

/// A change of a publication that a worker with a mirror of it has to hear of.
public struct MirrorChange: Sendable {
    /// The worker.
    public var worker: Int
    /// The publication.
    public var publication: PublicationID
    /// What is negotiated now; `nil` when the publication has ended.
    public var section: UplinkSection?
    /// Makes a change.
    public init(worker: Int, publication: PublicationID, section: UplinkSection?) {
        self.worker = worker
        self.publication = publication
        self.section = section
    }
}

/// Publications whose receivers live on other workers: packets go there through queues, wishes come back the same way.
extension Engine {
    /// Gives the engine its queues to and from the other workers, by their indices.
    public func connectRelays(outgoing: [RelayQueue?], incoming: [RelayQueue?]) {
        relays.outgoing = outgoing
        relays.incoming = incoming
    }

    /// The workers that there is something new for since the last call, a bit each: wake them once a batch.
    public func takeRelayWakes() -> UInt64 {
        defer { relays.wakes = 0 }
        return relays.wakes
    }

    // MARK: Commands

    /// Prepares to send a publication to another worker; `nil` if it is not here, or has ended.
    public func openMirror(of id: PublicationID, on worker: Int) -> MirrorSeed? {
        guard let publication = publications[id], publication.peer != nil else { return nil }
        publication.addMirror(on: worker)
        return MirrorSeed(
            publication: id, home: relays.worker, room: publication.room, section: publication.section,
            isAlwaysHeard: publication.isAlwaysHeard)
    }

    /// Makes the mirror of a publication from another worker, if there is none.
    public func addMirror(_ seed: MirrorSeed) {
        guard publications[seed.publication] == nil, seed.home != relays.worker else { return }
        publications[seed.publication] = Publication(mirroring: seed)
    }

    /// Whether the publication is here, published or mirrored.
    public func hasPublication(_ id: PublicationID) -> Bool { publications[id] != nil }

    /// Follows what the publisher's worker said about a mirrored publication.
    public func apply(_ change: MirrorChange, at now: Timestamp) {
        guard let publication = publications[change.publication], publication.home != nil else { return }
        guard let section = change.section else { return end(publication) }
        publication.renegotiate(section)
        updateVoice(of: publication)
    }

    /// Changes of publications that other workers mirror, since the last call.
    public func takeMirrorChanges() -> [MirrorChange] {
        defer { mirrorChanges = [] }
        return mirrorChanges
    }

    /// Remembers that the mirrors of a publication have to hear of a change.
    func noteChange(of publication: Publication, section: UplinkSection?) {
        for mirror in publication.mirrors {
            mirrorChanges.append(
                MirrorChange(worker: mirror.worker, publication: publication.id, section: section))
        }
    }

    // MARK: From the publisher's worker

    /// Sends a packet to every worker with receivers of its publication.
    @inline(__always)
    func relay(
        _ packet: MediaPacket, of layer: MediaLayer, bytes: Span<UInt8>, isPadding: Bool = false, at now: Timestamp
    ) {
        let mirrors = layer.publication.mirrors
        guard !mirrors.isEmpty else { return }
        var header = makeHeader(isPadding ? .padding : .media, of: layer)
        header.value = packet.number.rawValue
        header.highestBefore = packet.highestBefore.rawValue
        for mirror in mirrors where mirror.demand.isSomething {
            let isTaken = unsafe bytes.withUnsafeBufferPointer {
                unsafe append(header, bytes: $0, to: mirror.worker)
            }
            guard !isTaken else { continue }
            layer.publication.peer?.drops.count(.mirrorQueueFull)
            // What is missing over there cannot be asked for again: its receivers need a new beginning.
            if !isPadding, layer.codec.codec.kind == .video, mirror.demand.contains(rank: layer.rank) {
                wishKeyframe(of: layer, reason: .loss, at: now)
            }
        }
    }

    /// Tells the mirrors of everything a peer publishes what the clocks show now. All of them at once: the estimate of the
    /// publisher's clock has just changed, and sound and pictures must not be mapped by two different ones.
    func relayClocks(of peer: Peer, at now: Timestamp) {
        for publication in peer.publications {
            for layer in publication.layers { relayClock(of: layer, at: now) }
        }
    }

    /// Tells the mirrors what a layer's RTP clock shows now, for their sender reports.
    func relayClock(of layer: MediaLayer, at now: Timestamp) {
        guard let timestamp = layer.rtpTimestamp(at: now) else { return }
        for mirror in layer.publication.mirrors where mirror.demand.isSomething {
            var header = makeHeader(.clock, of: layer)
            header.value = UInt64(bitPattern: now.nanoseconds)
            header.word = timestamp.rawValue
            header.highestBefore = UInt64(bitPattern: layer.publication.playoutDelay.nanoseconds)
            // The next report brings another one.
            _ = append(header, to: mirror.worker)
        }
    }

    private func makeHeader(_ kind: RelayQueue.Kind, of layer: MediaLayer) -> RelayQueue.Header {
        var header = RelayQueue.Header()
        header.kind = kind
        header.publication = layer.publication.id.rawValue
        header.word = layer.ssrc.rawValue
        header.serial = layer.serial
        header.rank = UInt8(truncatingIfNeeded: layer.rank)
        header.payloadType = layer.codec.payloadType.rawValue
        header.incompleteRanks = layer.publication.incompleteRanks
        return header
    }

    private func append(_ header: RelayQueue.Header, bytes: UnsafeBufferPointer<UInt8>, to worker: Int) -> Bool {
        guard worker < relays.outgoing.count, let queue = relays.outgoing[worker],
            unsafe queue.append(header, bytes: bytes)
        else { return false }
        relays.wakes |= 1 << UInt64(worker)
        return true
    }

    private func append(_ header: RelayQueue.Header, to worker: Int) -> Bool {
        unsafe append(header, bytes: UnsafeBufferPointer(start: nil, count: 0), to: worker)
    }

    // MARK: From a mirror's worker

    /// Asks the publisher's worker for a keyframe.
    func relayWish(for layer: MediaLayer, reason: KeyframeReason, at now: Timestamp) {
        guard let home = layer.publication.home else { return }
        var header = makeHeader(.keyframeWish, of: layer)
        header.value = UInt64(reason.rawValue)
        guard !append(header, to: home) else { return }
        layer.publication.untoldWishes.append((layer, reason))
        retryLater(layer.publication, at: now)
    }

    /// Works out what is wanted of a publication, and tells its publisher's worker if that is another.
    func updateDemand(of publication: Publication, at now: Timestamp) {
        let demand = publication.updateDemand()
        noteNeeded(of: publication, at: now)
        guard let home = publication.home, demand != publication.toldDemand else { return }
        var header = RelayQueue.Header()
        header.kind = .demand
        header.publication = publication.id.rawValue
        header.value = demand.wire
        guard append(header, to: home) else { return retryLater(publication, at: now) }
        publication.toldDemand = demand
        // Nothing comes any more: what is kept for retransmission has no use.
        if !demand.isSomething { publication.removeAllLayers() }
    }

    private func retryLater(_ publication: Publication, at now: Timestamp) {
        if !relays.untold.contains(where: { $0 === publication }) { relays.untold.append(publication) }
        relays.nextRetry = now + .milliseconds(5)
    }

    /// Tells again what found a full queue.
    func retryRelays(at now: Timestamp) {
        guard relays.nextRetry <= now else { return }
        relays.nextRetry = .distantFuture
        let untold = relays.untold
        relays.untold = []
        for publication in untold where publications[publication.id] === publication {
            updateDemand(of: publication, at: now)
            let wishes = publication.untoldWishes
            publication.untoldWishes = []
            for wish in wishes { relayWish(for: wish.layer, reason: wish.reason, at: now) }
        }
    }

    // MARK: What comes in

    /// Records taken from one queue before the others have their turn: about as many as a receive batch holds.
    private static let relayBurst = 64

    /// Takes in what other workers sent. Drain `forwardPending` before and after, as for datagrams; then call
    /// `releaseRelays`. Returns whether there is more.
    public func handleRelays(at now: Timestamp) -> Bool {
        var isMore = false
        for (worker, queue) in relays.incoming.enumerated() {
            guard let queue else { continue }
            for _ in 0..<Self.relayBurst {
                guard let record = unsafe queue.next() else { break }
                unsafe take(record.header, bytes: record.bytes, from: worker, at: now)
            }
            isMore = isMore || queue.hasRecords
        }
        return isMore
    }

    /// Gives the room of the records that were taken in back to their writers.
    public func releaseRelays() {
        for case let queue? in relays.incoming { queue.release() }
    }

    private func take(
        _ header: RelayQueue.Header, bytes: UnsafeBufferPointer<UInt8>, from worker: Int, at now: Timestamp
    ) {
        guard let publication = publications[PublicationID(header.publication)] else { return }
        switch header.kind {
        case .media, .padding:
            guard publication.home == worker, !publication.receivers.isEmpty else { return }
            let bytes = unsafe Span<UInt8>(_unsafeElements: bytes)
            takeIn(header, bytes: bytes, of: publication, at: now)
        case .clock:
            guard publication.home == worker else { return }
            publication.setPlayoutDelay(Interval(nanoseconds: Int64(bitPattern: header.highestBefore)))
            let reading = ClockReading(
                time: Timestamp(nanoseconds: Int64(bitPattern: header.value)), timestamp: RTPTimestamp(header.word))
            guard let layer = publication.layer(serial: header.serial) else {
                // It comes before the first packet, when receivers here want the layer for the first time.
                return publication.keep(reading, ofLayer: header.serial)
            }
            layer.clockReading = reading
            reportSoon(on: publication, at: now)
        case .keyframeWish:
            guard publication.home == nil, let layer = publication.layer(serial: header.serial),
                let reason = KeyframeReason(rawValue: UInt8(truncatingIfNeeded: header.value))
            else { return }
            wishKeyframe(of: layer, reason: reason, at: now)
        case .demand:
            guard publication.home == nil else { return }
            let isNew = publication.setDemand(Publication.Demand(wire: header.value), of: worker)
            _ = publication.updateDemand()
            noteNeeded(of: publication, at: now)
            if isNew { for layer in publication.layers { relayClock(of: layer, at: now) } }
        }
    }

    /// A packet of a mirrored publication, as the publisher's worker decrypted and numbered it.
    private func takeIn(
        _ header: RelayQueue.Header, bytes: Span<UInt8>, of publication: Publication, at now: Timestamp
    ) {
        let number = ExtendedSequenceNumber(header.value)
        guard let layer = mirroredLayer(header, of: publication, at: now) else { return }
        layer.noteArrival(at: now)
        layer.recordRelayed(byteCount: bytes.count, at: now)
        guard let rtp = try? RTPHeader(parsing: bytes) else { return }
        if header.kind == .padding {
            let packet = MediaPacket(header: rtp, number: number, layer: layer.serial)
            return enqueue(PendingPacket(packet, bytes: bytes, isPadding: true), of: publication)
        }
        guard var packet = layer.describe(bytes, header: rtp, number: number) else { return }
        packet.highestBefore = ExtendedSequenceNumber(header.highestBefore)
        layer.count(packet, byteCount: bytes.count, at: now)
        if packet.isKeyframeStart, layer.codec.codec.kind == .video {
            layer.noteKeyframe(bytes.extracting(rtp.payloadRange))
        }
        layer.keep(bytes, number: number, timestamp: packet.header.timestamp, at: now)
        publication.setIncomplete(header.incompleteRanks)
        if publication.supplyChanged { followSupply(of: publication, at: now) }
        guard isHeard(&packet, of: layer, at: now) else { return drops.count(.notAmongLoudest) }
        enqueue(PendingPacket(packet, bytes: bytes), of: publication)
    }

    /// The layer a record belongs to, made when it is first heard of: each record says enough for that.
    private func mirroredLayer(
        _ header: RelayQueue.Header, of publication: Publication, at now: Timestamp
    ) -> MediaLayer? {
        if let known = publication.layer(serial: header.serial) { return known }
        let payloadType = PayloadType(header.payloadType)
        let rank = Int(header.rank)
        let rids = publication.section.rids
        guard header.kind == .media, rids.isEmpty || rank < rids.count,
            let codec = publication.section.codecs.first(where: { $0.payloadType == payloadType })
        else { return nil }
        let layer = MediaLayer(
            ssrc: SSRC(header.word), rid: rids.isEmpty ? nil : rids[rank], rank: rank, serial: header.serial,
            codec: codec, publication: publication)
        layer.clockReading = publication.takeReading(ofLayer: layer.serial)
        publication.insert(layer)
        layersChanged(of: publication, at: now)
        return layer
    }
}

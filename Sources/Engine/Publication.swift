internal import Forwarding
internal import Negotiation
internal import RTP
internal import Wire

/// One track that a peer sends, as its receivers see it: its layers, who receives it, who asks for keyframes.
///
/// On the publisher's worker it is fed by the publisher's packets. On every other worker with a receiver of it stands a
/// mirror: the same object, fed by the queue from the publisher's worker.
final class Publication {
    let id: PublicationID
    /// The publisher; `nil` on a worker that mirrors it.
    private(set) unowned var peer: Peer?
    /// The worker it is mirrored from; `nil` on the publisher's own.
    let home: Int?
    /// The room it belongs to.
    let room: RoomKey
    /// Its place among the voices of its room; `nil` for video, for sound that is forwarded whatever its level, and while
    /// nobody here receives it.
    var voice: (room: RoomVoices, place: LoudestVoices.Voice)?
    /// Whether it is forwarded whatever its level.
    let isAlwaysHeard: Bool
    /// What was negotiated for the m-line.
    private(set) var section: UplinkSection
    /// The streams it consists of, lowest layer first: one for audio and plain video, one for each RID otherwise.
    private(set) var layers: [MediaLayer] = []
    /// The slots it is on.
    var receivers: [EgressStream] = []
    /// The workers that mirror it.
    private(set) var mirrors: [Mirror] = []
    /// Packets of the batch that is being taken in.
    var pending: [PendingPacket] = []
    /// Whether media has arrived.
    var hasStarted = false
    /// Whether what receivers want may have changed since the last look.
    var demandChanged = false
    /// How many layers the receivers here would show.
    private var localNeeded = 0
    /// How many layers the publisher believes are needed; all of them until it is told otherwise.
    var toldNeeded = Int.max
    /// Since when fewer have been needed than the publisher believes.
    var lessNeededSince: Timestamp?
    /// How long receivers keep its pictures, so that what is lost on the publisher's way is repaired in time.
    private(set) var playoutDelay = Interval.zero
    /// The shorter sides of the pictures of the layers within the stream, lowest first, when there were most of them: who
    /// has been told to leave some out would send them again. Empty where there are none, or it does not say their sizes.
    private var spatialHeights: [Int] = []
    private var rates: [LayerRate] = []
    private var ratesTaken: Timestamp?
    private var formerRates = FormerRates()
    /// The rates as receivers' decisions know them; a new edition when they differ by more than encoders vary.
    private var notedRates: [LayerRate] = []
    private(set) var ratesEdition: UInt64 = 1
    /// A mirror's last word to the publisher's worker about what its receivers want.
    var toldDemand = Demand.nothing
    /// A mirror's: what the clock of a layer shows of which there has been no packet yet, by the layer's serial number.
    private var earlyReadings: [(serial: UInt8, reading: ClockReading)] = []
    /// Keyframe wishes that found the queue to the publisher's worker full, by layer.
    var untoldWishes: [(layer: MediaLayer, reason: KeyframeReason)] = []
    /// The number of the next stream.
    private var nextSerial: UInt8 = 0
    /// The layers that do not arrive whole while smaller ones do, a bit for each rank: receivers are sent those.
    private(set) var incompleteRanks: UInt8 = 0
    /// Whether these have become others since the last look.
    var supplyChanged = false

    /// A worker that mirrors the publication, and what its receivers want.
    struct Mirror {
        let worker: Int
        var demand = Demand.nothing
    }

    /// What the receivers on one worker want of a publication: anything at all, and which layers, by rank.
    struct Demand: Equatable {
        private var bits: UInt8
        /// How many layers, from the lowest, somebody would show if they were sent and there were room.
        var needed: UInt8 = 0
        static let nothing = Demand(wire: 0)

        init(wire: UInt64) {
            bits = UInt8(truncatingIfNeeded: wire)
            needed = UInt8(truncatingIfNeeded: wire >> 8)
        }
        var wire: UInt64 { UInt64(bits) | UInt64(needed) << 8 }

        init(hasReceivers: Bool) { bits = hasReceivers ? 0x80 : 0 }
        var isSomething: Bool { bits != 0 }
        func contains(rank: Int) -> Bool { bits & 1 << UInt8(clamping: min(rank, 6)) != 0 }
        mutating func insert(rank: Int) { bits |= 1 << UInt8(clamping: min(rank, 6)) }
    }

    init(id: PublicationID, peer: Peer, section: UplinkSection, isAlwaysHeard: Bool) {
        self.id = id
        self.peer = peer
        room = peer.room
        self.isAlwaysHeard = isAlwaysHeard
        self.section = section
        home = nil
    }

    /// A mirror of a publication from another worker.
    init(mirroring seed: MirrorSeed) {
        id = seed.publication
        home = seed.home
        room = seed.room
        section = seed.section
        isAlwaysHeard = seed.isAlwaysHeard
        peer = nil
    }

    /// Whether there may be more than one thing to send of it.
    var isLayered: Bool {
        layers.count > 1 || !section.rids.isEmpty || layers.first?.isLayered == true
    }

    /// Whether its layers are streams of their own.
    var isSimulcast: Bool { section.rids.count > 1 }

    /// Whether anybody receives it, here or elsewhere.
    var hasReceivers: Bool { !receivers.isEmpty || mirrors.contains { $0.demand.isSomething } }

    // MARK: Layers

    /// The stream with a RID, made when it is first heard of; `nil` if the RID was not negotiated. The caller keeps it.
    func stream(rid: String?, ssrc: SSRC, codec: NegotiatedCodec) -> IngressStream? {
        let rank: Int
        if let rid {
            guard let place = section.rids.firstIndex(of: rid) else { return nil }
            rank = place
        } else {
            rank = 0
        }
        if let known = layers.first(where: { $0.rid == rid && $0.ssrc == ssrc })?.ingress { return known }
        defer { nextSerial &+= 1 }
        let layer = MediaLayer(
            ssrc: ssrc, rid: rid, rank: rank, serial: nextSerial, codec: codec, publication: self)
        insert(layer)
        return IngressStream(layer: layer)
    }

    /// Takes in a layer; one of the same RID goes, since the publisher began that stream anew.
    func insert(_ layer: MediaLayer) {
        layers.removeAll { $0.rid == layer.rid }
        layers.append(layer)
        layers.sort { $0.rank < $1.rank }
        ratesTaken = nil
        spatialHeights = []
        updateSupply()
    }

    /// Takes a layer out: its publisher changed what it carries.
    func removeLayer(_ layer: MediaLayer) {
        layers.removeAll { $0 === layer }
        ratesTaken = nil
    }

    /// Forgets all layers, with what they keep for retransmission.
    func removeAllLayers() {
        layers = []
        ratesTaken = nil
    }

    /// Keeps what the clock of a layer shows until its first packet comes.
    func keep(_ reading: ClockReading, ofLayer serial: UInt8) {
        earlyReadings.removeAll { $0.serial == serial }
        // As many as there can be layers, and as many again that were replaced.
        if earlyReadings.count >= 8 { earlyReadings.removeFirst() }
        earlyReadings.append((serial, reading))
    }

    /// What the clock of a layer shows, if that came before its first packet.
    func takeReading(ofLayer serial: UInt8) -> ClockReading? {
        earlyReadings.firstIndex { $0.serial == serial }.map { earlyReadings.remove(at: $0).reading }
    }

    /// The stream that the egress index named, if it is still there.
    func layer(serial: UInt8) -> MediaLayer? { layers.first { $0.serial == serial } }

    /// Follows a renegotiation.
    func renegotiate(_ section: UplinkSection) {
        self.section = section
        for layer in layers { layer.renegotiate(section) }
    }

    // MARK: Repairs

    /// Looks how long the repairs of the layers take at present.
    func updatePlayoutDelay(at now: Timestamp) {
        guard section.kind == .video else { return }
        setPlayoutDelay(layers.reduce(.zero) { max($0, $1.ingress?.nack.repairDelay.value(at: now) ?? .zero) })
    }

    /// Lets the receivers here keep pictures for as long as this.
    func setPlayoutDelay(_ delay: Interval) {
        playoutDelay = delay
        for receiver in receivers { receiver.keepPictures(delay) }
    }

    // MARK: Supply

    /// How much longer than half of a round trip more a repair may take, at 100 ms of a publisher's own delays.
    private static let repairDelay = Interval.milliseconds(100)

    /// Takes that a frame of a layer has come whole: what larger ones are held against.
    func noteWholeFrame(of stream: IngressStream, at now: Timestamp) {
        let roundTrip = peer?.roundTrip ?? .zero
        let repairTime = roundTrip + Interval(nanoseconds: roundTrip.nanoseconds / 2) + Self.repairDelay
        var hasChanged = false
        for layer in layers where layer.rank >= stream.layer.rank {
            guard let other = layer.ingress,
                other.noteWholeFrame(of: stream, repairTime: repairTime, at: now)
            else { continue }
            hasChanged = true
        }
        if hasChanged { updateSupply() }
    }

    /// Takes that the publisher's path carries much less than it sends: its larger layers are given up at once, for as long as
    /// they are sent, and repaired, next to nothing of the smallest gets through.
    func noteOverload(at now: Timestamp) {
        guard isSimulcast, let smallest = smallestLayer(at: now) else { return }
        var hasChanged = false
        for layer in layers where layer.rank > smallest.rank {
            if layer.ingress?.noteOverload(at: now) == true { hasChanged = true }
        }
        if hasChanged { updateSupply() }
    }

    /// The smallest layer that its publisher sends.
    func smallestLayer(at now: Timestamp) -> MediaLayer? {
        layers.first { $0.isAlive(at: now, silence: Self.smallestSilence) }
    }

    /// One that is not in the middle of a pause.
    private static let smallestSilence = Interval.seconds(1)

    private func updateSupply() {
        guard peer != nil else { return }
        setIncomplete(
            layers.reduce(0) { $0 | ($1.ingress?.isIncomplete == true ? Self.bit(ofRank: $1.rank) : 0) })
    }

    /// Takes which layers do not arrive whole, as the publisher's worker sees it.
    func setIncomplete(_ ranks: UInt8) {
        guard ranks != incompleteRanks else { return }
        incompleteRanks = ranks
        supplyChanged = true
        ratesTaken = nil
    }

    private func isIncomplete(_ layer: MediaLayer) -> Bool { incompleteRanks & Self.bit(ofRank: layer.rank) != 0 }

    private static func bit(ofRank rank: Int) -> UInt8 { rank < 8 ? 1 << UInt8(truncatingIfNeeded: rank) : 0 }

    /// The largest layer that a receiver would show and that does not arrive whole; `nil` if there is none.
    func incompleteLayer(
        within maximumHeight: Int?, at now: Timestamp, silence: Interval
    ) -> TrackDemand<UInt64>.Incomplete? {
        guard incompleteRanks != 0 else { return nil }
        let heights = layers.filter { isIncomplete($0) && $0.isAlive(at: now, silence: silence) }
            .map { height(rank: $0.rank) }
            .filter { height in
                guard let height, let maximumHeight else { return true }
                return height <= maximumHeight
            }
        return heights.last.map { TrackDemand<UInt64>.Incomplete(height: $0) }
    }

    // MARK: Demand

    /// Works out which layers anybody is sent or waits for, and returns what the receivers here want.
    func updateDemand() -> Demand {
        demandChanged = false
        noteSpatialLayers()
        var demand = Demand(hasReceivers: !receivers.isEmpty)
        for receiver in receivers {
            if let layer = receiver.layer { demand.insert(rank: layer.rank) }
            if let target = receiver.target { demand.insert(rank: target.rank) }
            demand.needed = max(demand.needed, UInt8(clamping: neededLayers(of: receiver)))
        }
        localNeeded = Int(demand.needed)
        for layer in layers {
            let isWanted =
                demand.contains(rank: layer.rank) || mirrors.contains { $0.demand.contains(rank: layer.rank) }
            if layer.isWanted, !isWanted { layer.ingress?.arbiter.withdraw() }
            layer.isWanted = isWanted
        }
        return demand
    }

    /// How many layers the publisher can be told to leave out or to send: simulcast streams, or else the spatial layers
    /// within the one stream.
    var layerCount: Int { section.rids.isEmpty ? max(spatialHeights.count, 1) : section.rids.count }

    /// How many layers, from the lowest, somebody would show; none while nobody would.
    var neededLayers: Int { min(mirrors.reduce(localNeeded) { max($0, Int($1.demand.needed)) }, layerCount) }

    /// How many layers a receiver would show if they were all sent and there were room.
    private func neededLayers(of receiver: EgressStream) -> Int {
        // Until it is known what is shown, what the receiver is sent is enough: to wake all sizes at each join would have a
        // room of small tiles send them for seconds.
        if receiver.wishDue != nil { return max(1, (receiver.target?.rank ?? 0) + 1) }
        let wish = receiver.wish
        guard wish.isVisible, !wish.isPaused else { return 0 }
        if section.rids.isEmpty { return receiver.takesSpatialLayers ? neededSpatialLayers(for: wish) : 1 }
        guard let maximum = wish.maximumHeight else { return layerCount }
        return max(1, (0..<layerCount).count { height(rank: $0).map { $0 <= maximum } ?? true })
    }

    /// The same of the layers within the one stream. There may be more than are known here: a mirror that was made while the
    /// publisher left some out has never seen them. Each is then taken for twice the one below; the publisher's own worker
    /// knows how many there are.
    private func neededSpatialLayers(for wish: SlotWish) -> Int {
        guard let maximum = wish.maximumHeight else { return Int(UInt8.max) }
        guard var highest = spatialHeights.last, highest > 0, highest <= maximum else {
            return max(1, spatialHeights.count { $0 <= maximum })
        }
        var count = spatialHeights.count
        while count < Self.mostSpatialLayers, highest * 2 <= maximum {
            highest *= 2
            count += 1
        }
        return count
    }

    /// More than any codec has (RFC 9628 §4.2).
    private static let mostSpatialLayers = 8

    /// Takes a look at the layers within the stream. Who leaves some out, having been told that nobody wants them, is known to
    /// have them; whether it is for that they are missing, only the publisher knows.
    private func noteSpatialLayers() {
        guard section.rids.isEmpty, let heights = layers.first?.spatialHeights, let lowest = heights.first, lowest > 0
        else { return }
        guard heights.count < spatialHeights.count, let known = spatialHeights.first else {
            spatialHeights = heights
            return
        }
        // Another camera, perhaps: what is not sent has grown or shrunk with the lowest.
        if lowest != known { spatialHeights = spatialHeights.map { $0 * lowest / known } }
    }

    /// The shorter side of a layer's picture in pixels, by what its keyframes say or else by the next layer's: each is
    /// taken for twice the one below. `nil` where nothing is known.
    private func height(rank: Int) -> Int? {
        if section.rids.isEmpty, spatialHeights.count > 1 {
            return spatialHeights.indices.contains(rank) ? spatialHeights[rank] : nil
        }
        if let known = layers.first(where: { $0.rank == rank })?.height { return known }
        guard let near = layers.filter({ $0.height != nil }).min(by: { abs($0.rank - rank) < abs($1.rank - rank) }),
            let height = near.height
        else { return nil }
        return near.rank > rank ? height >> (near.rank - rank) : height << (rank - near.rank)
    }

    /// What each layer costs at present, taken once for all receivers, at most every 100 ms.
    func layerRates(at now: Timestamp, silence: Interval) -> [LayerRate] {
        takeRates(at: now, silence: silence)
        return rates
    }

    /// Brings the rates up to date, and their edition if they have become others than those it stands for.
    func takeRates(at now: Timestamp, silence: Interval) {
        if let ratesTaken, now - ratesTaken < .milliseconds(100) { return }
        ratesTaken = now
        rates = layers.filter { $0.isAlive(at: now, silence: silence) && !isIncomplete($0) }.flatMap { layer in
            let choices = layer.rates(at: now)
            let isSpatial = choices.contains { $0.target.spatialID > 0 }
            return choices.map { target, rate, size in
                // A simulcast stream counts as a spatial layer; those within it, if there are any, go together.
                let spatialID = section.rids.isEmpty ? target.spatialID : UInt8(clamping: layer.rank)
                let target = LayerTarget(spatialID: spatialID, temporalID: target.temporalID)
                return LayerRate(
                    target: target,
                    // One that has just begun costs more than it has yet cost.
                    bitsPerSecond: max(
                        formerRates.rate(of: target, measured: rate, lastArrival: layer.lastArrival, at: now),
                        Self.leastRate),
                    // The stream's own size is that of its highest layer.
                    height: size ?? (isSpatial ? nil : height(rank: layer.rank)))
            }
        }
        guard !rates.elementsEqual(notedRates, by: Self.isNearly) else { return }
        notedRates = rates
        ratesEdition &+= 1
    }

    /// Whether two rates differ by less than any decision would: encoders vary by some percent from second to second.
    private static func isNearly(_ left: LayerRate, _ right: LayerRate) -> Bool {
        let difference = max(left.bitsPerSecond, right.bitsPerSecond) - min(left.bitsPerSecond, right.bitsPerSecond)
        return left.target == right.target && left.height == right.height
            && difference <= right.bitsPerSecond / 10 + 2_000
    }

    /// Whether a target is all that there is of its spatial layer.
    private func isFullRate(_ target: LayerTarget) -> Bool {
        !rates.contains { $0.target.spatialID == target.spatialID && $0.target.temporalID > target.temporalID }
    }

    /// What a receiver's selectors shall send at most for a target. The highest there is stands for more that may come.
    func selection(for target: LayerTarget) -> LayerTarget {
        let isTopSpatial = !section.rids.isEmpty || !rates.contains { $0.target.spatialID > target.spatialID }
        return LayerTarget(
            spatialID: isTopSpatial ? .max : target.spatialID, temporalID: isFullRate(target) ? .max : target.temporalID
        )
    }

    private static let leastRate: UInt64 = 10_000

    /// Whether receivers are sent the layer, here or elsewhere.
    func isForwarded(_ layer: MediaLayer) -> Bool {
        receivers.contains { $0.layer === layer } || mirrors.contains { $0.demand.contains(rank: layer.rank) }
    }

    /// Knows of a mirror on `worker`; it is sent nothing until it wants something.
    func addMirror(on worker: Int) {
        if !mirrors.contains(where: { $0.worker == worker }) { mirrors.append(Mirror(worker: worker)) }
    }

    /// Takes what the receivers on `worker` want. Returns whether they want something for the first time.
    func setDemand(_ demand: Demand, of worker: Int) -> Bool {
        guard let place = mirrors.firstIndex(where: { $0.worker == worker }) else { return false }
        defer { mirrors[place].demand = demand }
        return demand.isSomething && !mirrors[place].demand.isSomething
    }
}

internal import Congestion
internal import Forwarding
internal import Negotiation
internal import RTP
public import Wire

/// Which layer of what is on its slots each receiver is sent: the ``BitrateAllocator``'s decisions, and what follows from
/// them.
extension Engine {
    /// The least time between two decisions that feedback brings about.
    private static let allocationInterval = Interval.milliseconds(100)
    /// The longest time for which a decision stands without being thought over.
    private static let allocationLifetime = Interval.seconds(1)
    /// How long nobody may want a layer before its publisher is told.
    private static let demandPatience = Interval.seconds(5)

    // MARK: Commands

    /// Takes what a receiver does with what is on its slots, by their m-lines. Slots that are not named keep their wish.
    public func setWishes(_ wishes: [String: SlotWish], of receiver: PeerID, at now: Timestamp) {
        guard let peer = peers[receiver] else { return }
        var hasChanged = false
        for slot in peer.slots {
            guard let wish = wishes[slot.mid], slot.publication != nil else { continue }
            guard wish != slot.wish || slot.wishDue != nil else { continue }
            slot.wish = wish
            slot.wishDue = nil
            slot.publication?.demandChanged = true
            hasChanged = true
        }
        if hasChanged { allocate(for: peer, at: now) }
    }

    // MARK: What is known

    /// How long a receiver that is to report arrivals may take for its first report: the longest round trip, and its interval.
    private static let silenceAtStart = Interval.seconds(2)

    /// What the link to the peer carries, in bits a second; `nil` while nothing is known. The peer's own limit holds at once.
    ///
    /// What an estimator begins with is a guess. It counts until the first report of arrivals, from which on probes show more
    /// within a moment: who joins over a narrow link would otherwise wait behind the largest picture. A receiver that does
    /// not report after all is no receiver on a narrow link.
    func linkEstimate(of peer: Peer, at now: Timestamp) -> UInt64? {
        var estimate: UInt64?
        if let bandwidth = peer.bandwidth, bandwidth.estimator.isFounded {
            estimate = bandwidth.estimator.estimate
        } else if peer.bandwidth.map({ now - $0.began < Self.silenceAtStart }) ?? true, peer.isToReportArrivals {
            estimate = configuration.downlinkStart
        }
        guard let maximum = peer.receiverMaximum else { return estimate }
        return min(maximum, estimate ?? maximum)
    }

    // MARK: Decisions

    /// Lets the receiver's layers be decided anew as soon as the last decision is old enough.
    func allocateSoon(for peer: Peer, at now: Timestamp) {
        peer.wantsAllocation = true
        let due = max(now, peer.lastAllocation + Self.allocationInterval)
        if due < peer.nextLayerLook { setTimer(\.nextLayerLook, of: peer, to: due) }
    }

    /// Looks whether the estimate has changed by so much that layers may change: below what is sent, or by a twentieth.
    func noteEstimate(of peer: Peer, at now: Timestamp) {
        guard let estimate = linkEstimate(of: peer, at: now) else { return }
        let isBearable = peer.bandwidth?.estimator.isLossBearable ?? false
        if estimate * 20 < peer.notedEstimate * 19, !isBearable { peer.congestedAt = now }
        peer.notedEstimate = estimate
        if let last = peer.allocatedEstimate, estimate >= peer.allocator.allocatedBitrate {
            guard estimate * 20 > last * 21 || estimate * 20 < last * 19 else { return }
        }
        allocateSoon(for: peer, at: now)
    }

    /// Decides anew if what the last decision rested on has changed: the estimate, or what a publication costs. That is looked
    /// at often, so that a layer that begins is shown soon; what only time changes may wait for `allocationLifetime`.
    func lookAtLayers(of peer: Peer, at now: Timestamp) {
        let isDue = peer.wantsAllocation || peer.allocator.nextLook.map { $0 <= now } ?? false
        let expiry = peer.lastAllocation + Self.allocationLifetime
        // As long as rates vary within an edition, what is sent still fits. What is probed for is more than this.
        let estimate = linkEstimate(of: peer, at: now)
        let hasRoom = estimate.map { $0 * 10 >= peer.allocator.allocatedBitrate * 11 + 40_000 } ?? true
        guard !isDue, hasRoom, now < expiry, !haveRatesChanged(for: peer, at: now) else {
            return allocate(for: peer, at: now)
        }
        let next = TimerQueue.sharedMoment(after: min(now + configuration.layerInterval, expiry))
        peer.nextLayerLook = min(next, peer.allocator.nextLook ?? next)
    }

    /// Lets the receivers of a publication be decided about anew: other layers of it arrive whole than before.
    func followSupply(of publication: Publication, at now: Timestamp) {
        publication.supplyChanged = false
        for receiver in publication.receivers { allocateSoon(for: receiver.peer, at: now) }
    }

    private func haveRatesChanged(for peer: Peer, at now: Timestamp) -> Bool {
        for slot in peer.slots {
            guard let publication = slot.publication else { continue }
            publication.takeRates(at: now, silence: configuration.layerSilence)
            if publication.ratesEdition != slot.ratesEdition { return true }
        }
        return false
    }

    /// Decides which layers a receiver is sent, and sees to it.
    ///
    /// - Parameter reason: What a keyframe is asked for that a decision takes.
    func allocate(for peer: Peer, reason: KeyframeReason = .layerSwitch, at now: Timestamp) {
        peer.lastAllocation = now
        peer.wantsAllocation = false
        peer.forgetStaleLimit(at: now)
        var demands: [TrackDemand<UInt64>] = []
        let link = linkEstimate(of: peer, at: now)
        var isAdaptive = link != nil
        for slot in peer.slots {
            guard let publication = slot.publication else { continue }
            demands.append(demand(of: slot, for: publication, at: now))
            guard slot.kind == .video else { continue }
            isAdaptive = isAdaptive || publication.isLayered
        }
        let ceiling: BitrateAllocator<UInt64>.Ceiling =
            switch loadLevel {
            case .normal: .all
            case .lowestLayer: .lowestLayer
            case .soundOnly: .nothing
            }
        let estimate = link.map { peer.isUnproven(at: now) ? max($0, Self.leastRate(of: demands)) : $0 }
        _ = peer.allocator.allocate(demands, estimate: estimate, ceiling: ceiling, at: now)
        peer.allocatedEstimate = link
        peer.setWantedDownlink(peer.allocator.wantedBitrate ?? peer.allocator.allocatedBitrate * 115 / 100)
        for slot in peer.slots {
            guard let publication = slot.publication, let decision = peer.allocator.decision(for: slot.assignment)
            else { continue }
            follow(decision, on: slot, of: publication, reason: reason, at: now)
            if let due = slot.wishDue, now >= due {
                slot.wishDue = nil
                publication.demandChanged = true
            }
            if publication.demandChanged { updateDemand(of: publication, at: now) }
        }
        var next =
            isAdaptive && !demands.isEmpty
            ? TimerQueue.sharedMoment(after: now + configuration.layerInterval) : .distantFuture
        if let look = peer.allocator.nextLook { next = min(next, look) }
        peer.nextLayerLook = .distantFuture
        setTimer(\.nextLayerLook, of: peer, to: next)
    }

    /// What the lowest layer of everything shown takes, with room to begin.
    private static func leastRate(of demands: [TrackDemand<UInt64>]) -> UInt64 {
        demands.reduce(0) { sum, demand in
            guard case .shown = demand.wish else { return sum }
            return sum + (demand.layers.first?.bitsPerSecond ?? 0)
        } * 5 / 4
    }

    private func demand(
        of slot: EgressStream, for publication: Publication, at now: Timestamp
    ) -> TrackDemand<UInt64> {
        let wish = slot.wish
        let content: TrackDemand<UInt64>.Content
        if slot.kind == .audio {
            content = .audio
        } else {
            content = wish.content == .screen ? .screen : .camera
        }
        let standing: TrackDemand<UInt64>.Standing =
            switch wish.standing {
            case .onStage: .onStage
            case .speaker: .speaker
            case .other: .other
            }
        let use: TrackDemand<UInt64>.Wish
        if wish.isPaused {
            use = .paused
        } else if slot.kind == .video, !wish.isVisible {
            use = .hidden
        } else {
            use = .shown(maximumHeight: wish.maximumHeight)
        }
        // A voice that becomes one of the loudest takes the room of another: those that are left out need none besides.
        let isLeftOut = isLeftOut(publication)
        let layers = isLeftOut ? [] : publication.layerRates(at: now, silence: configuration.layerSilence)
        slot.ratesEdition = publication.ratesEdition
        var demand = TrackDemand(
            id: slot.assignment, content: content, standing: standing, order: wish.order, wish: use, layers: layers)
        demand.isQuieter = isLeftOut
        if case .shown(let maximumHeight) = use {
            demand.incomplete = publication.incompleteLayer(
                within: maximumHeight, at: now, silence: configuration.layerSilence)
        }
        if publication.section.rids.isEmpty, !slot.takesSpatialLayers {
            demand.isLimitedByFormat = demand.layers.contains { $0.target.spatialID > 0 }
            demand.layers.removeAll { $0.target.spatialID > 0 }
        }
        return demand
    }

    /// Brings a slot to what was decided for it.
    private func follow(
        _ decision: AllocationDecision, on slot: EgressStream, of publication: Publication, reason: KeyframeReason,
        at now: Timestamp
    ) {
        let wanted: MediaLayer?
        switch decision.reason {
        case .notSent:
            // Nothing comes of it. What it is aimed at stays, so that it is shown when it comes; what is withheld stays
            // so too, until it is known what it would take.
            guard !slot.isPaused else { return }
            wanted = slot.target ?? publication.layers.first
        case _ where decision.target == nil:
            wanted = nil
        default:
            let rank = Int(decision.target?.spatialID ?? 0)
            wanted =
                slot.kind == .audio
                ? publication.layers.first
                : publication.layers.first { $0.rank == rank } ?? publication.layers.first
        }
        if let target = decision.target { slot.selection = publication.selection(for: target) }
        if decision.target == nil, decision.reason != .notSent {
            slot.pause()
        } else if slot.aim(at: wanted), let wanted {
            wishKeyframe(of: wanted, reason: reason, at: now)
        } else if slot.isWaitingForSpatialLayer, let layer = slot.layer {
            wishKeyframe(of: layer, reason: .layerSwitch, at: now)
        }
        if slot.kind == .video, let flowing = slot.layer, let wanted, wanted.rank < flowing.rank,
            slot.peer.bandwidth?.estimator.isFlooding ?? false
        {
            slot.letGo()
        }
        let withheld: WithholdingReason? =
            decision.isWithheld ? (decision.reason == .load ? .serverLoad : .bandwidth) : nil
        guard withheld != slot.withheld else { return }
        slot.withheld = withheld
        post(.withholding(mid: slot.mid, publication: publication.id, reason: withheld), of: slot.peer)
    }

    // MARK: What publishers need not send

    /// Tells the publisher which of its layers somebody would show: more at once, less after some seconds.
    func noteNeeded(of publication: Publication, at now: Timestamp) {
        guard let peer = publication.peer, publication.section.kind == .video else { return }
        let needed = publication.neededLayers
        let told = min(publication.toldNeeded, publication.layerCount)
        if needed >= told {
            publication.lessNeededSince = nil
            guard needed > told else { return }
        } else {
            let since = publication.lessNeededSince ?? now
            publication.lessNeededSince = since
            let due = since + Self.demandPatience
            guard now >= due else {
                if due < peer.nextDemandLook { setTimer(\.nextDemandLook, of: peer, to: due) }
                return
            }
            publication.lessNeededSince = nil
        }
        publication.toldNeeded = needed
        let rids = publication.section.rids
        let layers: NeededLayers = rids.isEmpty ? .spatial(count: needed) : .encodings(rids: Array(rids.prefix(needed)))
        post(.layersNeeded(publication.id, layers), of: peer)
    }

    /// Looks whether layers have not been wanted for long enough.
    func lookAtDemand(for peer: Peer, at now: Timestamp) {
        peer.nextDemandLook = .distantFuture
        for publication in peer.publications where publication.lessNeededSince != nil {
            noteNeeded(of: publication, at: now)
        }
    }
}

extension Peer {
    /// How long a fall of the estimate is taken as proof that the path carries no more.
    private static let proof = Interval.seconds(20)

    /// Whether the estimate only says how much has been sent so far, and not that there is no room for more. Pictures in one
    /// layer may need more than an estimate begins with, and nothing but sending them would ever raise it.
    func isUnproven(at now: Timestamp) -> Bool {
        receiverMaximum == nil && congestedAt.map { now - $0 > Self.proof } ?? true
    }
}

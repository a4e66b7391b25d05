internal import Congestion
internal import RTP
internal import Wire

/// The estimate of what the path to one peer carries, and what has been tried for it.
///
/// Made when media is first sent to the peer: who receives nothing has none.
final class DownlinkBandwidth {
    var estimator: BandwidthEstimator
    /// When media was first sent.
    let began: Timestamp
    /// What may be sent at once, where the path loses the ends of bursts.
    var pacer = Pacer()
    /// Whether what is sent is a long probe's, for which pictures are not held up. A short one lets them wait until it is over,
    /// instead of taking their room.
    var isSendingLongProbe = false
    /// Bits a second at which it lets go as a rule.
    var pacingRate = 0.0
    /// Packets that were held back for a while.
    var pacedPackets: UInt64 = 0
    /// Whether nothing has been sent for a while, and no timer runs.
    var isResting = false
    private(set) var paddingPackets: UInt64 = 0
    private(set) var paddingBytes: UInt64 = 0
    /// The sizes of a burst, on their way to the log.
    private var sizes: [64 of UInt16] = .init(repeating: 0)

    init(configuration: EngineConfiguration, wantedBitrate: UInt64, at now: Timestamp) {
        began = now
        var bounds = BandwidthEstimator.Configuration()
        bounds.start = configuration.downlinkStart
        bounds.most = configuration.downlinkMost
        estimator = BandwidthEstimator(
            configuration: bounds, canProbe: false, wantedBitrate: wantedBitrate)
    }

    /// Remembers a burst: the last datagrams of `batch`, numbered from `first` on if they are numbered at all.
    func record(_ outlet: Outlet, first: UInt16, from batch: EgressBatch, at now: Timestamp) {
        let count = outlet.datagrams
        if pacer.isEngaged, !isSendingLongProbe { pacer.spend(outlet.bytes, at: now) }
        // An old packet that is sent again as it was keeps its old number, and is not told from its first sending.
        guard outlet.transportNumber &- first == UInt16(truncatingIfNeeded: count) else {
            return estimator.recordUnnumbered(packets: count, bytes: outlet.bytes, at: now)
        }
        var place = batch.count - count
        var number = first
        var left = count
        while left > 0 {
            let part = min(left, sizes.count)
            var bytes = 0
            for index in 0..<part {
                let length = batch.entry(place &+ index).length
                sizes[index] = UInt16(truncatingIfNeeded: length)
                bytes &+= Int(length)
            }
            estimator.recordSent(
                first: SequenceNumber(number), sizes: sizes.span.extracting(first: part), bytes: bytes, at: now)
            place += part
            number &+= UInt16(truncatingIfNeeded: part)
            left -= part
        }
    }

    /// Counts padding that was sent.
    func count(padding outlet: Outlet) {
        paddingPackets &+= UInt64(outlet.datagrams)
        paddingBytes &+= UInt64(outlet.bytes)
    }
}

extension Peer {
    /// How long a repair takes to be missed again if it is lost: a round trip, and the queue of the moment.
    var repairTime: Interval? { roundTrip.map { $0 + (bandwidth?.estimator.standingQueue ?? .zero) } }

    /// Whether the peer has agreed to report when packets arrived, by transport-wide numbers.
    var isToReportArrivals: Bool { slots.contains { $0.kind == .video && $0.rewriter.writer.isNumbered } }

    /// Bits a second an allocator could use: with the next layer up of what the peer watches. It is probed for no more.
    func setWantedDownlink(_ bitsPerSecond: UInt64) {
        wantedDownlink = bitsPerSecond
        bandwidth?.estimator.wantedBitrate = bitsPerSecond
    }
}

/// The clock of the estimates, and their probes.
extension Engine {
    /// Begins, or begins again, to estimate: media is being sent.
    func startBandwidth(of peer: Peer, at now: Timestamp) {
        peer.wantsBandwidth = false
        peer.bandwidth?.isResting = false
        if peer.bandwidth == nil {
            peer.bandwidth = DownlinkBandwidth(
                configuration: configuration, wantedBitrate: peer.wantedDownlink, at: now)
        }
        setTimer(\.nextBandwidth, of: peer, to: now + .milliseconds(50))
    }

    /// How much may be sent again at once, as time at the estimate: a full path is not helped by filling it once more. And no
    /// less than a keyframe, nor more than the largest. The pictures that flow share it, each with enough for a small keyframe.
    private static let repairTime = 0.3
    private static let repairBytes = 15_000.0...150_000.0
    private static let leastRepairBytes = 5_000.0

    private func limitRepairs(of peer: Peer) {
        guard let estimate = peer.bandwidth?.estimator.estimate else { return }
        let bytes = Double(estimate) / 8 * Self.repairTime
        let bounded = min(max(bytes, Self.repairBytes.lowerBound), Self.repairBytes.upperBound)
        let flowing = peer.slots.count { $0.kind == .video && $0.layer != nil }
        let share = Int(max(bounded / Double(max(flowing, 1)), Self.leastRepairBytes))
        for slot in peer.slots where slot.kind == .video { slot.rewriter.writer.limitRepairs(to: share) }
    }

    /// Feedback has come in, for which an estimate's clock waits.
    func tickAfterFeedback(of peer: Peer, at now: Timestamp) {
        guard let bandwidth = peer.bandwidth, !bandwidth.isResting, bandwidth.estimator.isTickDue(at: now) else {
            return
        }
        tickBandwidth(of: peer, at: now)
        putOffTimers(of: peer)
    }

    /// One step of a peer's estimate: backs off, probes, and stops when nothing has been sent for a while.
    func tickBandwidth(of peer: Peer, at now: Timestamp) {
        guard let bandwidth = peer.bandwidth else {
            peer.nextBandwidth = .distantFuture
            return
        }
        var slot: EgressStream?
        var isStarved = false
        for candidate in peer.slots
        where candidate.kind == .video && candidate.publication != nil && candidate.rewriter.writer.canPad {
            // Without a picture that flows there is the retransmission stream of one that shall come back.
            if slot == nil || slot?.layer == nil && candidate.layer != nil { slot = candidate }
            isStarved = isStarved || candidate.withheld == .bandwidth
        }
        bandwidth.estimator.canProbe = slot != nil
        bandwidth.estimator.isStarved = isStarved
        bandwidth.estimator.sendDelay = sendDelay.value(at: now)
        bandwidth.estimator.tick(at: now)
        noteEstimate(of: peer, at: now)
        limitRepairs(of: peer)
        updatePacing(of: peer, at: now)
        slot?.probe(with: bandwidth, into: egress, at: now)
        if bandwidth.estimator.isActive(at: now) || bandwidth.estimator.isStarved {
            let due = bandwidth.estimator.nextTick(at: now)
            peer.nextBandwidth = bandwidth.estimator.isProbing ? due : TimerQueue.sharedMoment(after: due)
        } else {
            peer.nextBandwidth = .distantFuture
            bandwidth.isResting = true
        }
    }
}

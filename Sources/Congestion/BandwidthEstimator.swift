public import RTP
public import Wire

/// How much the path to one receiver carries: what an allocator may spend on it.
///
/// Sans-IO. It is told of every packet that is sent, of every feedback, and the time; it tells an estimate and orders
/// probes:
///
///     recordSent ─▶ log ─┐                ┌▶ trend of the delay ─▶ rate controller ─┐
///                        ├─▶ feedback ────┼▶ loss ────────────────▶ bound ──────────┼─▶ least of them: estimate
///     receive(feedback) ─┘                └▶ probe results ─▶ both                  │
///     receive(REMB) ────────────────────────────────────────▶ ceiling ─────────────┘
///
/// A receiver without transport-wide feedback is estimated by its REMB and the loss in its reports.
///
/// Several things that only look are `mutating`, so that they are done in place: an object that holds an estimator would
/// otherwise copy it, with its windows, at each look.
public struct BandwidthEstimator: Sendable {
    /// The bounds of the estimate, in bits a second.
    public struct Configuration: Sendable {
        /// Where it begins: enough for sound and the smallest picture.
        public var start: UInt64 = 500_000
        /// It never falls below this: sound has to go through.
        public var least: UInt64 = 30_000
        /// It never rises above this.
        public var most: UInt64 = 30_000_000
        /// Makes the usual bounds.
        public init() {}
    }

    /// What keeps the estimate from being higher.
    public enum Limit: UInt8, Sendable, CaseIterable {
        /// Nothing has been learnt yet.
        case start
        /// The delay grew at a higher rate.
        case delay
        /// Too much was lost at a higher rate.
        case loss
        /// The receiver's own word (REMB).
        case remb
        /// So little is sent that more cannot be known.
        case application
        /// Nothing is heard from the receiver.
        case silence
    }

    /// How long a receiver's own word (REMB) holds if it is not renewed: browsers repeat theirs every second.
    public static let ceilingLifetime = Interval.seconds(10)

    private let configuration: Configuration
    private var log = SentPacketLog()
    private var groups = PacketGroups()
    private var trend = DelayTrend()
    private var controller: RateController
    private var outages = OutageWatch()
    private var lossController = LossController()
    private var queue = QueueingDelay()
    private var acknowledgedWindow = RateWindow()
    private var sentWindow = RateWindow()
    private var delivery = DeliveryWindow()
    private var probes = ProbeController()
    private var bursts = BurstLoss()
    private var active: [ActiveProbe] = []
    private var nextCluster: UInt8 = 1
    private var lastTick: Timestamp?
    private var probedUntil = Timestamp.zero

    private var roundTripTime: Interval?
    private var lastTicks: Int64?
    private var lastFeedback: Timestamp?
    /// When the first packet since the last feedback was sent.
    private var unheardSince: Timestamp?
    private var beforeSilence: Double?
    private var nextBackOff = Timestamp.zero
    private var silenceEnded = Timestamp.zero
    private var lastSent: Timestamp?
    private var ceiling: (rate: Double, at: Timestamp)?
    private var hasProof = false
    private var raisedAt: Timestamp?

    /// Whether padding can be sent: not to a receiver without RTX (RFC 4588).
    public var canProbe: Bool
    /// How much later than their time says packets may have been sent: so much of a queue is not the path's.
    public var sendDelay = Interval.zero
    /// Whether something is withheld for want of bandwidth: then it is probed also while nothing is being sent.
    public var isStarved = false
    /// What the allocator could use, in bits a second: with the next layer up. It is probed for that, and for no more.
    public var wantedBitrate: UInt64
    /// The estimate in bits a second.
    public private(set) var estimate: UInt64
    /// What the estimate is limited by.
    public private(set) var limit = Limit.start

    /// Makes an estimator at its start.
    public init(configuration: Configuration = Configuration(), canProbe: Bool, wantedBitrate: UInt64 = 5_000_000) {
        self.configuration = configuration
        self.canProbe = canProbe
        self.wantedBitrate = wantedBitrate
        controller = RateController(rate: Double(configuration.start))
        estimate = configuration.start
    }

    /// Whether the estimate rests on what came back: transport-wide feedback, REMB, or reports of too much loss. Until then
    /// it is what the estimator began with, and a client that never says anything is no client on a narrow path.
    public var isFounded: Bool {
        mutating get { roundTripTime != nil && lastFeedback != nil || ceiling != nil || limit == .loss }
    }

    /// Whether the delay shows no queue.
    public var isCalm: Bool { mutating get { trend.use != .over && queue.smoothed < .milliseconds(50) } }
    /// The queue that stands in the path at present.
    public var standingQueue: Interval { mutating get { queue.standing } }

    /// Whether loss alone holds the estimate down, and less of it than a picture with retransmissions gets over.
    public var isLossBearable: Bool { mutating get { limit == .loss && lossController.loss < 0.2 } }

    /// Whether the path loses so much by itself, however little is sent, that many repairs are lost, too.
    public var losesRepairs: Bool {
        mutating get { lossController.loss > 0.04 && lossController.ownLoss > 0.02 && isCalm }
    }

    /// Whether clearly more is being sent than the path carries: most of what is added to it is lost, or waits.
    public var isFlooding: Bool {
        mutating get {
            (limit == .delay || limit == .loss) && (sentWindow.bitsPerSecond ?? 0) > 1.5 * Double(estimate)
        }
    }

    /// Whether the path loses the last packets of what is sent at once, and hardly others: then it is worth spreading.
    public mutating func losesBurstEnds(at now: Timestamp) -> Bool { bursts.isPresent(at: now) }

    /// What feedback has said of a packet that was sent under the transport-wide number `number`.
    public mutating func fate(of number: SequenceNumber) -> SentPacketLog.Fate { log.fate(of: number) }

    // MARK: What is sent

    /// Remembers a packet that goes out under the transport-wide number `number`, `size` bytes as a datagram's payload.
    public mutating func recordSent(_ number: SequenceNumber, size: Int, at now: Timestamp) {
        log.record(number, size: size, cluster: note(packets: 1, bytes: size, at: now), at: now)
        if unheardSince == nil { unheardSince = now }
    }

    /// Remembers a burst that goes out under the transport-wide numbers from `first` on; `bytes` are the sum of `sizes`.
    public mutating func recordSent(first: SequenceNumber, sizes: Span<UInt16>, bytes: Int, at now: Timestamp) {
        log.record(first: first, sizes: sizes, cluster: note(packets: sizes.count, bytes: bytes, at: now), at: now)
        if unheardSince == nil { unheardSince = now }
    }

    /// Remembers packets without a transport-wide number, as to a receiver without feedback.
    public mutating func recordUnnumbered(packets: Int, bytes: Int, at now: Timestamp) {
        _ = note(packets: packets, bytes: bytes, at: now)
    }

    /// Counts what is sent; returns the probe that it belongs to, zero for none.
    private mutating func note(packets: Int, bytes: Int, at now: Timestamp) -> UInt8 {
        lastSent = now
        sentWindow.record(bytes, at: now)
        guard let probe = active.last, !probe.isSent else { return 0 }
        active[active.count - 1].count(packets: packets, bytes: bytes, at: now)
        return probe.cluster
    }

    /// The padding to be sent now for the probe that is under way, in bytes; zero for none.
    public mutating func probeBytesDue(at now: Timestamp) -> Int {
        guard let probe = active.last, !probe.isSent else { return 0 }
        return probe.bytesDue(at: now)
    }

    /// The rate of the probe that is under way, in bits a second; zero for none.
    public var probeRate: Double { mutating get { active.last.map { $0.isSent ? 0 : $0.rate } ?? 0 } }

    /// Whether media has been sent in the last second: as long as it has, `tick` wants to be called.
    public mutating func isActive(at now: Timestamp) -> Bool { lastSent.map { now - $0 < .seconds(1) } ?? false }

    /// Whether the probe that is being sent is one that has to outlast what a policer lets through at once.
    public var isLongProbe: Bool { mutating get { active.last.map { $0.isLong && !$0.isSent } ?? false } }

    /// When `tick` wants to be called next, while media is being sent. Feedback is the better clock, since there is something
    /// new to look at then: this is for when it does not come.
    public mutating func nextTick(at now: Timestamp) -> Timestamp {
        if isProbing { return now + ActiveProbe.step }
        return now + (isStarved ? Self.tickInterval : Self.longestTickInterval)
    }

    /// Whether `tick` wants to be called now, after feedback has been taken in.
    public mutating func isTickDue(at now: Timestamp) -> Bool {
        !isProbing && lastTick.map { now - $0 >= Self.tickInterval } ?? true
    }

    /// Whether a probe is being sent, which has a clock of its own.
    public var isProbing: Bool { mutating get { active.last.map { !$0.isSent } ?? false } }

    /// A little less than the least distance of browsers' feedback, which is 50 ms.
    private static let tickInterval = Interval.milliseconds(45)
    /// More than the usual distance of browsers' feedback, which is 100 ms.
    private static let longestTickInterval = Interval.milliseconds(150)

    // MARK: What comes back

    /// Takes transport-wide feedback; `bytes` are those that the cursor was made from.
    public mutating func receive(_ feedback: TransportFeedbackCursor, in bytes: Span<UInt8>, at now: Timestamp) {
        var cursor = feedback
        var received = 0
        var lost = 0
        var lastSentAt: Timestamp?
        let endsSilence = beforeSilence != nil
        if endsSilence { silenceEnded = now }
        while let report = cursor.next(in: bytes) {
            let arrival = report.arrival.map { unwrap($0) }
            guard let packet = log.acknowledge(report.sequenceNumber, isReceived: report.isReceived) else { continue }
            let counts = packet.cluster == 0 && packet.sentAt >= silenceEnded
            if counts, !packet.wasMissing {
                bursts.count(
                    sent: packet.sentAt, size: packet.size, isReceived: arrival != nil, lastWait: queue.latest,
                    rate: max(Double(estimate), 1.25 * (sentWindow.bitsPerSecond ?? 0)), at: now)
            }
            if !packet.wasMissing {
                lost -= outages.note(sent: packet.sentAt, isReceived: arrival != nil, isCounted: counts)
            }
            guard let arrival else {
                if counts { lost += 1 }
                delivery.record(packet.size, sent: packet.sentAt, delay: nil)
                noteLoss(of: packet)
                continue
            }
            if counts {
                received += 1
                if packet.wasMissing { lost -= 1 }
            }
            lastSentAt = packet.sentAt
            take(packet, arrived: arrival)
        }
        lastFeedback = now
        guard let lastSentAt else { return }
        unheardSince = nil
        let measured = max(now - lastSentAt, .milliseconds(1))
        let smoothed = roundTripTime ?? measured
        roundTripTime = Interval(nanoseconds: smoothed.nanoseconds + (measured - smoothed).nanoseconds / 8)
        if endsSilence { recover() }
        lossController.count(received: received, lost: lost)
        finishProbes(at: now)
        update(at: now)
    }

    /// Ticks of 250 µs on the receiver's clock, made to run on where 24 bits of reference time wrap.
    private mutating func unwrap(_ ticks: Int64) -> Timestamp {
        let last = lastTicks ?? ticks
        let unwrapped = last &+ Int64(Int32(truncatingIfNeeded: ticks &- last))
        lastTicks = unwrapped
        // Far from zero, so that an honest receiver's clock is never negative.
        return .zero + .microseconds(unwrapped &* 250 &+ 1 << 50)
    }

    private mutating func take(_ packet: SentPacketLog.Packet, arrived: Timestamp) {
        acknowledgedWindow.record(packet.size, at: arrived)
        if packet.wasMissing {
            delivery.recordLate(packet.size, sent: packet.sentAt, delay: arrived - packet.sentAt)
        } else {
            delivery.record(packet.size, sent: packet.sentAt, delay: arrived - packet.sentAt)
        }
        queue.add(
            sent: packet.sentAt, arrived: arrived, size: packet.cluster == 0 ? packet.size : 0, rate: Double(estimate))
        if packet.cluster != 0, let place = active.firstIndex(where: { $0.cluster == packet.cluster }) {
            active[place].result.add(size: packet.size, sent: packet.sentAt, arrived: arrived)
            active[place].note(size: packet.size, sent: packet.sentAt, isReceived: true)
            if active[place].isLong, queue.latest > Self.mostProbeQueue || isFull(active[place]) {
                active[place].isAborted = true
            }
        }
        guard packet.cluster == 0, let change = groups.add(sent: packet.sentAt, arrived: arrived) else { return }
        trend.add(change)
    }

    /// Takes the receiver's own estimate (draft-alvestrand-rmcat-remb-03): a ceiling for ten seconds.
    public mutating func receive(remb bitsPerSecond: UInt64, at now: Timestamp) {
        ceiling = (Double(bitsPerSecond), now)
        publish(at: now)
    }

    /// Takes the loss of a receiver report (RFC 3550 §6.4.1), for receivers without transport-wide feedback.
    /// - Parameter fraction: The share of packets lost since the last report, 0 to 1.
    public mutating func receive(reportedLoss fraction: Double, roundTrip: Interval?, at now: Timestamp) {
        guard lastFeedback == nil else { return }
        hasProof = true
        if let roundTrip { roundTripTime = roundTrip }
        let sent = sentWindow.bitsPerSecond ?? 0
        lossController.count(received: Int((1 - fraction) * 256), lost: Int(fraction * 256))
        lossController.update(
            rate: controller.rate, acknowledged: sent * (1 - fraction), isCalm: true, canTry: false,
            roundTrip: roundTripTime ?? .milliseconds(100), at: now)
        // Each stream has a report of its own: one step a second at most.
        if fraction < 0.02, !isLimitedByApplication, raisedAt.map({ now - $0 >= .milliseconds(900) }) ?? true {
            raisedAt = now
            controller.set(min(controller.rate * 1.08, max(controller.rate, sent * 1.5)))
        }
        publish(at: now)
    }

    // MARK: Time

    /// Lets time pass: backs off in silence, orders a probe where one is worth it, and sees a source that has become quiet.
    public mutating func tick(at now: Timestamp) {
        lastTick = now
        log.growIfNeeded()
        sentWindow.advance(to: now)
        backOffIfSilent(at: now)
        if let probe = active.last, !probe.isSent, probe.isAborted || now - probe.began >= probe.duration {
            active[active.count - 1].isSent = true
            probedUntil = now + (roundTripTime ?? .milliseconds(100)) + .milliseconds(250)
        }
        finishProbes(at: now)
        orderProbe(at: now)
        publish(at: now)
    }

    private mutating func backOffIfSilent(at now: Timestamp) {
        let round = roundTripTime ?? .milliseconds(200)
        guard lastFeedback != nil, let unheardSince, isActive(at: now),
            now - unheardSince > max(round * 3, .milliseconds(600))
        else { return }
        if beforeSilence == nil {
            beforeSilence = controller.rate
            nextBackOff = now
        }
        guard now >= nextBackOff else { return }
        nextBackOff = now + .milliseconds(500)
        controller.backOff(to: max(controller.rate * 0.7, Double(configuration.least)))
    }

    /// The path is heard of again: what was learnt in between is worth nothing, what was known before is worth a probe.
    private mutating func recover() {
        let former = beforeSilence ?? controller.rate
        beforeSilence = nil
        groups.reset()
        trend.reset()
        acknowledgedWindow.reset()
        delivery.reset()
        lossController.forgetWindow()
        probes.recover(to: former)
    }

    /// Knows that packets take another path from now on: what is known of delays is worth nothing there.
    public mutating func changePath() {
        groups.reset()
        trend.reset()
        queue.reset()
        acknowledgedWindow.reset()
        delivery.reset()
        bursts.changePath()
        lossController.changePath()
    }

    // MARK: Probes

    private mutating func orderProbe(at now: Timestamp) {
        guard canProbe, lastFeedback != nil, beforeSilence == nil, isActive(at: now) || isStarved, active.isEmpty
        else { return }
        // Below a ceiling short probes say nothing.
        let isTrial = lossController.wantsTrial(at: now)
        if let ceiling = lossController.ceiling, !isTrial, Double(estimate) > 0.9 * ceiling { return }
        let rate = probes.pollProbe(
            estimate: Double(estimate), wanted: wanted(at: now), most: Double(configuration.most),
            queue: queue.standing, queueOfOthers: controller.queueOfOthers,
            decreasedAt: controller.decreasedAt, at: now)
        guard let rate else { return }
        active.append(
            ActiveProbe(cluster: nextCluster, rate: rate, isLong: isTrial, spread: queue.spread, at: now))
        nextCluster = nextCluster == .max ? 1 : nextCluster + 1
    }

    /// What is worth knowing that the path carries.
    private func wanted(at now: Timestamp) -> Double {
        min(Double(wantedBitrate), ceilingRate(at: now) ?? .infinity)
    }

    private mutating func finishProbes(at now: Timestamp) {
        while let probe = active.first, probe.isSent,
            probe.result.packets >= probe.packets || now - probe.lastSent > ActiveProbe.patience
        {
            active.removeFirst()
            if probe.isLong {
                let isShort = probe.isAborted && !isFull(probe)
                lossController.endTrial(
                    rate: isFull(probe) ? probe.dry?.rate : isShort ? nil : probe.result.rate, isFull: probe.isAborted,
                    wanted: wanted(at: now), at: now)
            }
            let result = probe.result.result(expectedPackets: probe.packets, expectedBytes: probe.bytes)
            probes.take(
                result: result?.rate, probed: probe.rate, estimate: Double(estimate), wanted: wanted(at: now),
                isSaturated: result?.isSaturated ?? false, at: now)
            guard let result, result.rate > controller.rate else { continue }
            hasProof = true
            controller.set(result.rate)
            lossController.prove(result.rate)
        }
    }

    /// How much queue ends a long probe.
    private static let mostProbeQueue = Interval.milliseconds(80)
    /// How long a long probe goes on losing before it is ended: as long as it takes to see how much gets through.
    private static let leastDryTime = Interval.milliseconds(150)

    private mutating func noteLoss(of packet: SentPacketLog.Packet) {
        guard packet.cluster != 0, let place = active.firstIndex(where: { $0.cluster == packet.cluster }) else {
            return
        }
        active[place].note(size: packet.size, sent: packet.sentAt, isReceived: false)
    }

    /// Whether a probe has lost clearly more than the path does by itself, for long enough to know what it carries.
    private func isFull(_ probe: ActiveProbe) -> Bool {
        guard let dry = probe.dry, dry.length >= Self.leastDryTime else { return false }
        return dry.loss > lossController.ownLoss + 0.1
    }

    // MARK: The estimate

    /// Whether less is sent than could be, so that what arrives says nothing about the path.
    private var isLimitedByApplication: Bool { (sentWindow.bitsPerSecond ?? 0) < 0.8 * Double(estimate) }

    private mutating func update(at now: Timestamp) {
        let acknowledged = acknowledgedWindow.bitsPerSecond
        if acknowledged != nil { hasProof = true }
        let round = roundTripTime ?? .milliseconds(100)
        // Little may be sent, and yet not all of that arrives: then it is the path after all.
        let isFallingShort = delivery.share(longer: queue.longer).map { $0 < 0.85 } ?? false
        controller.update(
            RateController.Observation(
                use: trend.use, queue: queue.standing, unexplained: max(queue.unexplained - sendDelay, .zero),
                spread: queue.spread, acknowledged: acknowledged,
                latest: acknowledgedWindow.latestBitsPerSecond,
                isLimitedByApplication: isLimitedByApplication, isFallingShort: isFallingShort, canProbe: canProbe,
                roundTrip: round,
                isProbing: now < probedUntil), at: now)
        lossController.update(
            rate: Double(estimate), acknowledged: acknowledged,
            isCalm: isCalm, canTry: canProbe, roundTrip: round, at: now)
        publish(at: now)
    }

    private func ceilingRate(at now: Timestamp) -> Double? {
        guard let ceiling, now - ceiling.at < Self.ceilingLifetime else { return nil }
        return ceiling.rate
    }

    /// The least of all bounds, and which it is.
    private mutating func publish(at now: Timestamp) {
        var rate = controller.rate
        var limit = Limit.delay
        if beforeSilence != nil {
            limit = .silence
        } else if !hasProof {
            limit = .start
        } else if isLimitedByApplication {
            limit = .application
        }
        if let bound = lossController.bound, bound < rate {
            rate = bound
            limit = .loss
        }
        if let ceiling = ceilingRate(at: now), ceiling < rate || lastFeedback == nil {
            rate = lossController.bound.map { min($0, ceiling) } ?? ceiling
            limit = rate < ceiling ? .loss : .remb
        }
        let bounded = min(max(rate, Double(configuration.least)), Double(configuration.most))
        estimate = UInt64(bounded)
        self.limit = limit
    }
}

extension BandwidthEstimator {
    /// Figures for whoever watches.
    public struct Figures: Sendable, Equatable {
        /// Bits a second that the path is thought to carry.
        public var estimate: UInt64
        /// What keeps it from being more.
        public var limit: Limit
        /// Bits a second that arrive; zero while not known.
        public var acknowledged: UInt64
        /// The share of packets that is lost, smoothed.
        public var loss: Double
        /// The share that is lost however little is sent.
        public var ownLoss: Double
        /// From sending a packet to its feedback; `nil` without feedback.
        public var feedbackDelay: Interval?
        /// How long packets wait in the path's queues.
        public var queueingDelay: Interval
        /// Probes sent.
        public var probes: UInt32
        /// Probes that have raised the estimate.
        public var successfulProbes: UInt32
        /// The highest rate worth probing for.
        public var wanted: UInt64
    }

    /// The figures now.
    public var figures: Figures {
        Figures(
            estimate: estimate, limit: limit, acknowledged: UInt64(acknowledgedWindow.bitsPerSecond ?? 0),
            loss: lossController.loss, ownLoss: lossController.ownLoss,
            feedbackDelay: lastFeedback == nil ? nil : roundTripTime,
            queueingDelay: queue.smoothed, probes: probes.ordered, successfulProbes: probes.succeeded,
            wanted: wantedBitrate)
    }
}

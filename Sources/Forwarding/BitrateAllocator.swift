public import Wire

/// Decides for one receiver which layer of each track it is sent, so that everything together fits its link.
///
/// Sound comes first and is always sent. What is left of the estimate is given to video by ``RateDistribution``: everybody
/// visible gets the lowest layer before anybody climbs, and then screens, who is on stage, speakers and the rest climb in
/// this order. At the bottom nothing but sound is left (``isAudioOnly``).
///
/// Downwards it goes at once, for a link that is too full loses sound too. Upwards it goes only when there has been room,
/// and some to spare, for a while; and for longer each time a climb had to be taken back soon after. What the receiver
/// itself asks for (another size, another person on stage) does not wait.
///
/// Sans-IO and deterministic: the same calls give the same decisions. Not for each packet: ask it when the estimate or a
/// wish changes, a few times a second otherwise, and at ``nextLook``.
public struct BitrateAllocator<ID: Hashable & Comparable & Sendable>: Sendable {
    /// How much of the video the server can carry at all.
    public enum Ceiling: Sendable, Equatable {
        /// Everything.
        case all
        /// Of each track the smallest picture.
        case lowestLayer
        /// Nothing.
        case nothing
    }

    /// How cautious the allocator is.
    public struct Configuration: Sendable {
        /// What has to be to spare for a climb, in percent of what is sent after it. Estimates and measured rates vary by
        /// some percent each without meaning anything.
        public var headroomPercent: UInt64 = 15
        /// How long there has to have been room for a climb.
        public var steadyTime = Interval.seconds(1)
        /// The longest this becomes when climbs fail.
        public var longestSteadyTime = Interval.seconds(16)
        /// The same while a picture is withheld: none for long is worse than another try that fails.
        public var longestSteadyTimeWithoutPicture = Interval.seconds(8)
        /// How long after its first track a receiver climbs without waiting, unless it had to go down.
        public var beginning = Interval.seconds(3)
        /// A climb that is taken back within this time has failed.
        public var trialTime = Interval.seconds(10)
        /// After this time without a step down, climbs wait for `steadyTime` again.
        public var forgivingTime = Interval.seconds(30)
        /// The size, by its shorter side, that everybody of a standing climbs to before anybody climbs further.
        public var preferredHeight = 360
        /// How long publishers take to begin with a layer that is wanted.
        public var productionTime = Interval.seconds(5)

        /// Makes the default configuration.
        public init() {}
    }

    /// A track of which something else is sent from now on.
    public struct Change: Sendable {
        /// Which.
        public var id: ID
        /// What was sent; `nil` for nothing.
        public var former: LayerTarget?
        /// What is sent now.
        public var decision: AllocationDecision
    }

    private struct Track: Sendable {
        var decision: AllocationDecision
        var wish: TrackDemand<ID>.Wish
        var standing: TrackDemand<ID>.Standing
        /// When the receiver last wanted something else of it.
        var wishedAt: Timestamp
        /// What the publisher sent.
        var produced: Set<LayerTarget>
    }

    private typealias Contender = RateDistribution.Contender

    private let configuration: Configuration
    private var tracks: [ID: Track] = [:]
    /// When there was first something to decide about.
    private var began: Timestamp?
    private var climbableSince: Timestamp?
    private var lastClimb: Timestamp?
    private var lastDescent: Timestamp?
    private var patience: Interval
    /// Whether there is no room for a picture that the receiver would show.
    private var isWithholding = false

    /// What everything that is sent takes at present, sound included, in bits a second.
    public private(set) var allocatedBitrate: UInt64 = 0
    /// The estimate that the next climb needs, in bits a second, and that is worth probing for; `nil` when nothing more is
    /// wanted.
    public private(set) var wantedBitrate: UInt64?
    /// Whether the receiver would show video and there is no room for any.
    public private(set) var isAudioOnly = false
    /// When to ask again, if nothing changes before: a climb is waiting.
    public private(set) var nextLook: Timestamp?

    /// Makes an allocator that sends nothing.
    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        patience = configuration.steadyTime
    }

    /// What was decided for a track; `nil` for one that was not among those asked about last.
    public func decision(for id: ID) -> AllocationDecision? { tracks[id]?.decision }

    /// Decides anew.
    ///
    /// - Parameters:
    ///   - demands: Every track that is on one of the receiver's slots, in any order, each once.
    ///   - estimate: What the link to the receiver carries, in bits a second; `nil` while nothing is known, which counts as
    ///     enough for everything.
    /// - Returns: what changes, the most important track first. Tracks that are not named any more are forgotten silently.
    public mutating func allocate(
        _ demands: [TrackDemand<ID>], estimate: UInt64?, ceiling: Ceiling = .all, at now: Timestamp
    ) -> [Change] {
        let demands = demands.sorted(by: TrackDemand.isServedBefore)
        let limit = min(estimate ?? LayerRate.highestRate, LayerRate.highestRate)
        let limits = RateDistribution.Limits(
            keeping: limit, climbing: limit * 100 / (100 + configuration.headroomPercent))
        let spent = demands.reduce(UInt64(0)) { sum, demand in
            guard demand.content == .audio, demand.wish != .paused else { return sum }
            return sum + (demand.layers.first?.bitsPerSecond ?? 0)
        }
        var contenders: [Contender] = []
        var places: [ID: Int] = [:]
        var fresh: [Bool] = []
        for demand in demands {
            guard let contender = makeContender(demand, ceiling: ceiling) else { continue }
            places[demand.id] = contenders.count
            contenders.append(contender)
            fresh.append(isFresh(demand, at: now))
        }
        let ideal = RateDistribution(contenders, spent: spent, limits: limits)
        let isClimb = contenders.indices.contains { !fresh[$0] && ideal.levels[$0] > contenders[$0].present }
        var result = ideal
        if !mayClimb(isPossible: isClimb, isKnown: estimate != nil, at: now), isClimb {
            var capped = contenders
            for place in capped.indices where !fresh[place] {
                capped[place].cap = min(capped[place].cap, capped[place].present)
            }
            result = RateDistribution(capped, spent: spent, limits: limits)
        }
        if began == nil, !contenders.isEmpty { began = now }
        note(result.levels, of: contenders, fresh: fresh, at: now)
        allocatedBitrate = result.total
        wantedBitrate = ideal.nextTotal.map { $0 + $0 * configuration.headroomPercent / 100 + 1 }
        isAudioOnly = !contenders.isEmpty && result.levels.allSatisfy { $0 < 0 }
        isWithholding = result.levels.contains { $0 < 0 }
        let outcome = Outcome(
            ceiling: ceiling, estimate: estimate ?? 0, contenders: contenders, levels: result.levels,
            ideal: ideal.levels)
        return conclude(demands, places: places, outcome: outcome, at: now)
    }

    // MARK: Before the distribution

    /// A track that takes part; `nil` for sound, for what the receiver does not show, and for what is not produced.
    private func makeContender(_ demand: TrackDemand<ID>, ceiling: Ceiling) -> Contender? {
        guard demand.content != .audio, case .shown(let maximumHeight) = demand.wish else { return nil }
        let present = tracks[demand.id]?.decision.target
        var rates = demand.layers
        if ceiling == .lowestLayer {
            let lowest = Self.lowestSpatialLayer(of: rates)
            rates.removeAll { $0.target.spatialID != lowest }
        }
        let ladder = LayerLadder(
            rates: rates, isCamera: demand.content == .camera, maximumHeight: maximumHeight,
            present: present, preferredHeight: configuration.preferredHeight)
        guard ladder.top >= 0 else { return nil }
        let group: Contender.Group
        switch (demand.content, demand.standing) {
        case (.screen, _): group = .screen
        case (_, .onStage): group = .onStage
        case (_, .speaker): group = .speaker
        case (_, .other): group = .other
        }
        return Contender(
            group: group, ladder: ladder, present: ladder.level(notAbove: present),
            cap: ceiling == .nothing ? -1 : ladder.top)
    }

    private static func lowestSpatialLayer(of rates: [LayerRate]) -> UInt8? {
        rates.lazy.filter { $0.bitsPerSecond > 0 }.map(\.target.spatialID).min()
    }

    /// Whether a track's place in the picture is new, or what was wanted for it then has come only now: it begins with what
    /// fits, without waiting.
    private func isFresh(_ demand: TrackDemand<ID>, at now: Timestamp) -> Bool {
        guard let track = tracks[demand.id], !track.produced.isEmpty else { return true }
        if track.wish != demand.wish || track.standing != demand.standing { return true }
        return now - track.wishedAt < configuration.productionTime
            && demand.layers.contains { $0.bitsPerSecond > 0 && !track.produced.contains($0.target) }
    }

    /// How long there has to have been room at present.
    private var presentPatience: Interval {
        isWithholding ? min(patience, configuration.longestSteadyTimeWithoutPicture) : patience
    }

    /// Whether there has been room for long enough.
    private mutating func mayClimb(isPossible: Bool, isKnown: Bool, at now: Timestamp) -> Bool {
        nextLook = nil
        guard isPossible else {
            climbableSince = nil
            return false
        }
        let since = climbableSince ?? now
        climbableSince = since
        var due = since + presentPatience
        if let lastDescent { due = max(due, lastDescent + presentPatience) }
        // Without an estimate there is nothing that could be unsteady; and who has just come, and began with what surely fits,
        // has nothing yet that a climb could spoil.
        guard isKnown, !isBeginning(at: now), due > now else { return true }
        nextLook = due
        return false
    }

    /// Whether the receiver has just come and has not had to go down yet.
    private func isBeginning(at now: Timestamp) -> Bool {
        lastDescent == nil && began.map { now - $0 < configuration.beginning } ?? true
    }

    /// Whether so little time has passed that rates, which are those of a second, may still be rising: going down then says
    /// nothing of the link.
    private func areRatesNew(at now: Timestamp) -> Bool {
        began.map { now - $0 < min(configuration.beginning, .seconds(1)) } ?? true
    }

    /// Learns from what came of the last climb.
    private mutating func note(_ levels: [Int], of contenders: [Contender], fresh: [Bool], at now: Timestamp) {
        var isClimb = false
        var isDescent = false
        var isExchange = false
        for place in contenders.indices {
            let before = min(contenders[place].present, contenders[place].cap)
            if levels[place] > before, !fresh[place] { isClimb = true }
            if levels[place] < before { isDescent = true }
            // What was taken from one and given to another is no sign of a bad link.
            if levels[place] > before { isExchange = true }
        }
        if isClimb {
            climbableSince = nil
            if lastDescent.map({ now - $0 >= configuration.forgivingTime }) ?? true {
                patience = configuration.steadyTime
            }
            // Up from where one begins is no climb that could fail.
            if !isBeginning(at: now) { lastClimb = now }
        } else if isDescent, !isExchange, !areRatesNew(at: now) {
            if let lastClimb, now - lastClimb < configuration.trialTime {
                patience = min(patience * 2, configuration.longestSteadyTime)
            }
            lastDescent = now
        }
    }

    // MARK: After it

    private struct Outcome {
        var ceiling: Ceiling
        var estimate: UInt64
        var contenders: [Contender]
        var levels: [Int]
        var ideal: [Int]
    }

    private mutating func conclude(
        _ demands: [TrackDemand<ID>], places: [ID: Int], outcome: Outcome, at now: Timestamp
    ) -> [Change] {
        var next: [ID: Track] = [:]
        next.reserveCapacity(demands.count)
        var changes: [Change] = []
        for demand in demands {
            let former = tracks[demand.id]?.decision
            var decision = decide(demand, place: places[demand.id], outcome: outcome, at: now)
            if let former, former.target == decision.target { decision.since = former.since }
            let track = tracks[demand.id]
            let isSame = track.map { $0.wish == demand.wish && $0.standing == demand.standing } ?? false
            next[demand.id] = Track(
                decision: decision, wish: demand.wish, standing: demand.standing,
                wishedAt: isSame ? track?.wishedAt ?? now : now,
                produced: Set(demand.layers.lazy.filter { $0.bitsPerSecond > 0 }.map(\.target)))
            if former?.target != decision.target || former?.isWithheld != decision.isWithheld {
                changes.append(Change(id: demand.id, former: former?.target, decision: decision))
            }
        }
        tracks = next
        return changes
    }

    private func decide(
        _ demand: TrackDemand<ID>, place: Int?, outcome: Outcome, at now: Timestamp
    ) -> AllocationDecision {
        if demand.wish == .paused { return AllocationDecision(target: nil, reason: .pausedByReceiver, since: now) }
        if demand.content == .audio {
            return AllocationDecision(
                target: .all, bitsPerSecond: demand.layers.first?.bitsPerSecond ?? 0,
                reason: demand.isQuieter ? .quieter : .best, since: now)
        }
        if demand.wish == .hidden { return AllocationDecision(target: nil, reason: .hidden, since: now) }
        guard let place else { return AllocationDecision(target: nil, reason: .notSent, since: now) }
        let contender = outcome.contenders[place]
        let level = outcome.levels[place]
        let reason: AllocationDecision.Reason
        if level < contender.ladder.top {
            if outcome.ideal[place] > level {
                reason = .steadying(presentPatience)
            } else if outcome.ceiling == .nothing {
                reason = .load
            } else {
                reason = .estimate(bitsPerSecond: outcome.estimate, sharers: outcome.contenders.count)
            }
        } else if outcome.ceiling == .lowestLayer, let lowest = Self.lowestSpatialLayer(of: demand.layers),
            demand.layers.contains(where: { $0.bitsPerSecond > 0 && $0.target.spatialID > lowest })
        {
            reason = .load
        } else if let incomplete = demand.incomplete {
            reason = .incomplete(height: incomplete.height)
        } else if contender.ladder.isSizeLimited, case .shown(let height?) = demand.wish {
            reason = .size(maximumHeight: height)
        } else if demand.isLimitedByFormat {
            reason = .format
        } else {
            reason = .best
        }
        guard level >= 0 else { return AllocationDecision(target: nil, reason: reason, since: now) }
        let step = contender.ladder.steps[level]
        var decision = AllocationDecision(
            target: step.target, bitsPerSecond: step.bitsPerSecond, height: step.height, reason: reason, since: now)
        decision.isReducedRate = demand.layers.contains {
            $0.target.spatialID == step.target.spatialID && $0.target.temporalID > step.target.temporalID
        }
        return decision
    }
}

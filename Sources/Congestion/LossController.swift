internal import Wire

/// A bound by loss, which tells the loss of a full path from that of a bad one.
///
/// Up to 2 % is no reason to go down, and up to 10 % none by itself (draft-ietf-rmcat-gcc-02 §6). Beyond that the rate goes
/// down once and it is looked at what happens: a path that was overfull loses less afterwards, one that loses at random
/// loses as much. In the latter case the loss is taken for the path's own, the rate is given back, and only what is lost
/// beyond that counts.
///
/// Where no queue had told of the overfull path, something drops what is above a rate and lets short bursts through: a
/// policer. Then what arrived there is a ceiling, which neither time nor a short probe lifts, only sending more for longer:
///
///     loss without delay ──▶ ceiling held (3 s, twice as long each time, a minute at most)
///            ▲                      │
///            └──── it loses ──── long probe ──── it does not ──▶ no ceiling
struct LossController: Sendable {
    private static let harmless = 0.02
    private static let harmful = 0.10
    /// A window has to have this many packets, and last this long.
    private static let leastPackets = 30
    private static let leastTime = Interval.milliseconds(400)
    /// Loss that is not held against the rate at all, even where it is the path's own.
    private static let mostOwn = 0.4
    /// Of it at most this is taken for that without having been tried.
    private static let mostAssumed = 0.05
    /// Windows looked at after the rate went down.
    private static let trialWindows = 3
    /// How long a verdict is relied on, and how long one that few paths bear out.
    private static let doubt = Interval.seconds(60)
    private static let shortDoubt = Interval.seconds(10)
    private static let unlikelyOwn = 0.15
    /// The longest it is relied on after it has been confirmed again and again.
    private static let longestDoubt = Interval.seconds(240)
    /// How long a ceiling is held before more is tried, at first and at most.
    private static let hold = Interval.seconds(3)
    private static let longestHold = Interval.seconds(60)
    /// How long the bound rises slowly near a limit.
    private static let caution = Interval.seconds(6)

    private struct Trial: Sendable {
        /// The bound before, what arrived and the loss that was seen there, and the share that the rate was lowered to.
        var rate: Double
        var acknowledged: Double
        var loss: Double
        var share: Double
        /// Windows that began before this say nothing of the lower rate.
        var begins: Timestamp
        /// Whether no queue told of it.
        var isSilent: Bool
        /// What was lost in the windows since: several, since losses come in bursts.
        var lost = 0.0
        var windows = 0
    }

    /// The bound in bits a second; `nil` while loss is no reason for one.
    private(set) var bound: Double?
    /// The smoothed share of packets that are lost.
    private(set) var loss = 0.0
    /// The share that the path loses however little is sent.
    private(set) var ownLoss = 0.0
    private var received = 0
    private var lost = 0
    private var windowBegan: Timestamp?
    private var trial: Trial?
    private var lastTrial = Timestamp(nanoseconds: .min / 2)
    /// What arrived where the path was found to be overfull: near it the bound rises slowly.
    private var limit: Double?
    private var doubt = Self.doubt
    /// What a path carries that drops the rest without delaying it.
    private(set) var ceiling: Double?
    private var hold = Self.hold
    /// When more than the ceiling may be tried.
    private var triesAgain = Timestamp.zero

    /// Whether it is time to find out by a long probe whether the ceiling is still there.
    func wantsTrial(at now: Timestamp) -> Bool { ceiling != nil && now >= triesAgain }

    /// Counts what feedback has reported.
    mutating func count(received: Int, lost: Int) {
        self.received += received
        self.lost = max(self.lost + lost, 0)
    }

    /// Judges the loss once there is enough of it to see.
    /// - Parameters:
    ///   - rate: The estimate so far, in bits a second.
    ///   - acknowledged: What arrives, in bits a second.
    ///   - isCalm: Whether the delay shows no queue.
    ///   - canTry: Whether there can be long probes, without which a ceiling would never be lifted.
    mutating func update(
        rate: Double, acknowledged: Double?, isCalm: Bool, canTry: Bool, roundTrip: Interval, at now: Timestamp
    ) {
        let began = windowBegan ?? now
        windowBegan = began
        let total = received + lost
        guard now - began >= Self.leastTime, total >= Self.leastPackets else { return }
        let share = Double(lost) / Double(total)
        loss += (share - loss) * 0.4
        received = 0
        lost = 0
        windowBegan = now
        judge(
            share, total: total, began: began, rate: rate, acknowledged: acknowledged ?? rate, isCalm: isCalm,
            canTry: canTry, settle: roundTrip + .milliseconds(200), at: now)
        if now - lastTrial > Self.caution { limit = nil }
        if let bound, trial == nil, share < ownLoss + Self.harmful {
            raise(bound, share: share, isCalm: isCalm, rate: rate)
        }
    }

    /// Half a second of little loss: 5 % more, and less near where the path was overfull, until it binds no longer.
    private mutating func raise(_ bound: Double, share: Double, isCalm: Bool, rate: Double) {
        var raised = bound
        if let limit, raised > limit * 0.92 {
            if share <= ownLoss + Self.harmless { raised *= 1.01 }
            if raised > limit * 1.1 { self.limit = nil }
        } else if share <= ownLoss + Self.harmless || isCalm {
            raised *= 1.05
        }
        if let ceiling {
            self.bound = min(raised, max(ceiling, bound))
        } else {
            self.bound = raised > rate * 2 ? nil : raised
        }
    }

    private mutating func judge(
        _ share: Double, total: Int, began: Timestamp, rate: Double, acknowledged: Double, isCalm: Bool, canTry: Bool,
        settle: Interval, at now: Timestamp
    ) {
        if var trial {
            guard began >= trial.begins else { return }
            trial.lost += share / Double(Self.trialWindows)
            trial.windows += 1
            self.trial = trial
            guard trial.windows == Self.trialWindows else { return }
            let share = trial.lost
            self.trial = nil
            // Had the path been full, this much would be left of the loss.
            let expected = max(1 - (1 - trial.loss) / trial.share, 0)
            // Or much is lost still at a rate that surely fits, and before it was no more than chance above that.
            let isLittleMore = share > trial.loss * 0.3 && trial.loss - share < Self.harmful
            if share > (expected + trial.loss) / 2 || (expected == 0 && isLittleMore), isCalm {
                ownLoss = min((share + trial.loss) / 2, Self.mostOwn)
                bound = trial.rate
                limit = nil
                doubt = min(doubt * 2, Self.longestDoubt)
                return
            }
            doubt = Self.doubt
            ownLoss = share > Self.harmless ? share : 0
            limit = trial.acknowledged
            if trial.isSilent { setCeiling(trial.acknowledged, at: now) }
        }
        ownLoss = min(ownLoss, max(ownLoss * 0.9 + share * 0.1, share))
        // Little loss that lasts is the path's own, as nothing is done about it anyway: beside it chance looks like less.
        if bound == nil, isCalm, loss < Self.harmful {
            ownLoss = max(ownLoss, min(ownLoss + (loss - ownLoss) * 0.05, Self.mostAssumed))
        }
        // What chance alone can do to the smoothed share, which is that of about four windows: a path that loses one packet in
        // twenty would otherwise be tried every few seconds where few packets are sent.
        let noise = 2.5 * (max(ownLoss, 0.05) / Double(total * 4)).squareRoot()
        let isHarmful = loss > ownLoss + Self.harmful + noise && share > ownLoss + Self.harmful
        // What was taken for the path's own is looked at again from time to time.
        // So much that it is rather a full path whose loss was misjudged while it rose.
        let patience = ownLoss > Self.unlikelyOwn ? Self.shortDoubt : doubt
        let isDoubtful =
            ownLoss > Self.mostAssumed && min(share, loss) > Self.harmful * 0.8 && now - lastTrial > patience
        guard isHarmful || isDoubtful else { return }
        // A sender with less to send than the estimate allows is not slowed down by a share of the estimate, and loss that
        // stays would then say nothing: it is measured from what is sent.
        let sent = acknowledged / max(1 - share, 0.1)
        let tried = sent < rate * 0.8 ? sent : rate
        let present = min(tried, bound ?? tried)
        // Far enough down that the two cases differ by more than chance.
        let lower = max(present * 0.75, acknowledged * 0.8)
        // Where nothing was sent, what was lost before says nothing.
        guard tried > 0, lower < rate * 0.98 else { return }
        lastTrial = now
        // One window of many losses may be chance, and the next would then look like a success.
        trial = Trial(
            rate: rate, acknowledged: min(acknowledged, rate), loss: (min(loss, share) + share) / 2,
            share: min(max(lower / tried, 0.5), 1),
            begins: now + settle, isSilent: isCalm && canTry)
        bound = lower
    }

    private mutating func setCeiling(_ rate: Double, at now: Timestamp) {
        ceiling = rate
        triesAgain = now + hold
        hold = min(hold * 2, Self.longestHold)
    }

    /// Takes the outcome of a long probe above the ceiling.
    /// - Parameters:
    ///   - rate: What got through, in bits a second; `nil` if it was too short to tell.
    ///   - isFull: Whether it was ended because of loss or delay.
    ///   - wanted: What is worth knowing that the path carries.
    mutating func endTrial(rate: Double?, isFull: Bool, wanted: Double, at now: Timestamp) {
        guard let known = ceiling else { return }
        if !isFull, let rate {
            hold = Self.hold
            ceiling = rate < wanted ? max(rate, known) : nil
            triesAgain = now + hold
            return prove(rate)
        }
        // The first ceiling was but a guess; one that was far too low is tried again soon.
        if let rate, rate > known * 1.2 { hold = Self.hold }
        setCeiling(rate ?? known, at: now)
        if let rate { bound = max(rate * 0.95, min(bound ?? rate, rate)) }
    }

    /// Knows that packets take another path.
    mutating func changePath() {
        forgetWindow()
        bound = nil
        ceiling = nil
        hold = Self.hold
        doubt = Self.doubt
    }

    /// Forgets the window: what was lost while the path was gone is no sign of too high a rate.
    mutating func forgetWindow() {
        received = 0
        lost = 0
        windowBegan = nil
        trial = nil
    }

    /// Knows that the path carries `rate`, for a moment at least.
    mutating func prove(_ rate: Double) {
        let proven = min(rate, ceiling ?? rate)
        if let bound, bound < proven { self.bound = proven }
    }
}

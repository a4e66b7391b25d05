internal import Wire

/// Follows what the delays say: up step by step, down at once (draft-ietf-rmcat-gcc-02 §5.5).
///
///            overuse              queue drained
///     any ────────────▶ decrease ──────────────▶ hold ─────▶ increase
///                                     under ────▶ hold        while normal
///
/// Far from the last rate at which the queue grew the increase is by a share of the rate; near it by about a packet a round
/// trip, so that the path is found again without being flooded. A standing queue stops the increase, and one that stands
/// higher than the trend of it could show is overuse too.
struct RateController: Sendable {
    private static let decrease = 0.85
    /// Enough to let the queue drain where the path's end is known.
    private static let knownDecrease = 0.88
    /// Beside a flow that takes the room at once, giving way as usual would be giving up.
    private static let besideOthers = 0.95
    /// Growth a second far from convergence, and before the path has ever shown a limit.
    private static let growth = 1.08
    private static let startGrowth = 1.5
    /// Below this a trend of the delay is the noise of frames that differ in size.
    private static let noise = Interval.milliseconds(18)
    /// And below so many times the spread of single waits it is the path's jitter.
    private static let jitter: Int64 = 3
    /// A queue that stops the increase.
    private static let standing = Interval.milliseconds(30)
    /// A queue that is overuse; raised while going down does not help, as beside a flow that fills the queue.
    private static let leastTolerance = Interval.milliseconds(70)
    private static let mostTolerance = Interval.milliseconds(600)

    /// What the controller is told with each feedback.
    struct Observation {
        var use: PathUse
        /// The queue that stands, and not only while a frame passes.
        var queue: Interval
        /// What of it the sender's own bursts do not explain at the present rate.
        var unexplained: Interval
        /// How far single waits differ, as far as the sender's bursts do not explain it.
        var spread: Interval
        /// Bits a second that arrive; `nil` while not known.
        var acknowledged: Double?
        /// Likewise, just now: where a queue stands this is what the path carries, also when more is sent than a moment ago.
        var latest: Double?
        /// Whether less is sent than could be.
        var isLimitedByApplication: Bool
        /// Whether less arrives than is sent.
        var isFallingShort: Bool
        /// Whether padding can try a higher rate, so that none has to be assumed while too little is sent to know.
        var canProbe: Bool
        var roundTrip: Interval
        /// A probe's own queue is not to be held against the rate.
        var isProbing: Bool
    }

    /// The rate, in bits a second.
    private(set) var rate: Double
    /// The rate at which the queue last grew, smoothed, and how much it varies.
    private(set) var limit: Double?
    private var deviation = 0.05
    private var lastUpdate: Timestamp?
    private var lastDecrease: Timestamp?
    private var tolerance = leastTolerance
    private var queueAtDecrease = Interval.zero
    private var unheeded = 0
    /// Whether the path has ever shown where it ends.
    private(set) var hasSeenLimit = false

    init(rate: Double) { self.rate = rate }

    /// The queue that somebody else is thought to keep filled; zero if there is no such flow.
    var queueOfOthers: Interval { tolerance > Self.leastTolerance ? tolerance : .zero }

    /// When the rate was last lowered.
    var decreasedAt: Timestamp? { lastDecrease }

    /// Takes what feedback showed.
    mutating func update(_ observed: Observation, at now: Timestamp) {
        let passed = lastUpdate.map { min((now - $0).seconds, 1) } ?? 0
        lastUpdate = now
        let noise = max(Self.noise, observed.spread * Self.jitter)
        let isOver = observed.unexplained > tolerance || (observed.use == .over && observed.unexplained > noise)
        if isOver {
            guard !observed.isProbing else { return }
            lower(observed, at: now)
        } else {
            tolerance = max(tolerance - Interval(nanoseconds: Int64(passed * 5e6)), Self.leastTolerance)
            guard observed.use != .under, observed.queue < Self.standing || tolerance > Self.leastTolerance else {
                return
            }
            raise(observed, by: passed)
        }
    }

    private mutating func lower(_ observed: Observation, at now: Timestamp) {
        let response = observed.roundTrip + .milliseconds(100)
        let isDue = lastDecrease.map { now - $0 > response } ?? true
        let acknowledged = max(observed.acknowledged ?? rate, min(observed.latest ?? 0, rate))
        let isLimitedByApplication = observed.isLimitedByApplication && !observed.isFallingShort
        guard isDue || acknowledged < rate / 2 else { return }
        // Down again: all that is sent arrives, and yet the queue is no shorter. Somebody else fills it, and will not go
        // away by our waiting. A queue of our own would drain, and for so long more would arrive than is sent.
        let isAllArriving = acknowledged < rate * 1.08 && acknowledged > rate * 0.9
        if let lastDecrease, now - lastDecrease < .seconds(2), observed.queue > tolerance,
            isAllArriving || isLimitedByApplication,
            queueAtDecrease.nanoseconds / 5 * 4 < observed.queue.nanoseconds
        {
            unheeded += 1
        } else {
            unheeded = 0
        }
        if unheeded >= 2 {
            tolerance = min(Interval(nanoseconds: observed.queue.nanoseconds * 5 / 4), Self.mostTolerance)
        }
        queueAtDecrease = observed.queue
        // What arrives while little is sent says nothing about the path; and half a second of frames is a little less
        // than what the path has proven to carry.
        var base = acknowledged
        var factor = tolerance > Self.leastTolerance ? Self.besideOthers : Self.decrease
        if isLimitedByApplication {
            base = max(acknowledged, rate)
        } else if let limit, abs(limit - acknowledged) < 0.15 * limit {
            base = max(acknowledged, limit)
            factor = max(factor, Self.knownDecrease)
        }
        rate = min(rate, factor * base)
        lastDecrease = now
        hasSeenLimit = true
        if !isLimitedByApplication { note(limit: acknowledged) }
    }

    private mutating func note(limit sample: Double) {
        guard let known = limit, abs(sample - known) < 3 * deviation * known else {
            limit = sample
            return
        }
        limit = known + 0.05 * (sample - known)
        let error = abs(sample - known) / known
        deviation = min(max(deviation + 0.05 * (error - deviation), 0.03), 0.15)
    }

    private mutating func raise(_ observed: Observation, by seconds: Double) {
        // More arrives than the path was thought to carry: it has become another one.
        if let known = limit, let acknowledged = observed.acknowledged, acknowledged > known * (1 + 3 * deviation) {
            limit = nil
        }
        guard !(observed.isLimitedByApplication && observed.canProbe) else { return }
        var raised = rate
        if limit != nil {
            raised += Self.additive(rate, roundTrip: observed.roundTrip) * seconds
        } else {
            raised *= Self.power(hasSeenLimit ? Self.growth : Self.startGrowth, seconds)
        }
        // What has not been sent has not been tried: no further than half above what arrives.
        if let acknowledged = observed.acknowledged { raised = min(raised, 1.5 * acknowledged + 10_000) }
        rate = max(rate, raised)
    }

    /// Bits a second to add in a second: a packet each time the path can answer, and no more than a twentieth.
    private static func additive(_ rate: Double, roundTrip: Interval) -> Double {
        let frame = rate / 30
        let packets = max((frame / 9_600).rounded(.up), 1)
        let answer = roundTrip.seconds + 0.1
        return min(max(frame / packets / answer, 4_000), rate / 20)
    }

    /// `base` to the power of a second or less: close enough, and the same on every machine.
    private static func power(_ base: Double, _ exponent: Double) -> Double { 1 + (base - 1) * exponent }

    /// Takes the rate that a probe has shown.
    mutating func set(_ proven: Double) { rate = proven }

    /// Lowers the rate without a word from the path, as when nothing is heard any more.
    mutating func backOff(to lower: Double) { rate = min(rate, lower) }
}

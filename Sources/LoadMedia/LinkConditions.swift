public import Wire

/// What one direction of a network does to packets, until further notice.
public struct LinkConditions: Sendable, Equatable {
    /// Loss that comes in bursts: a chain of two states, which lose different shares (Gilbert 1960, Elliott 1963).
    public struct BurstLoss: Sendable, Equatable {
        /// The chance, each packet, that a good state turns bad.
        public var begin: Double
        /// The chance, each packet, that a bad state turns good.
        public var end: Double
        /// The share that is lost in the bad state.
        public var loss: Double
        /// Makes a chain from its chances.
        public init(begin: Double, end: Double, loss: Double = 1) {
            self.begin = begin
            self.end = end
            self.loss = loss
        }
        /// Makes the chain that loses `share` of all packets, in bursts of `length` packets on average.
        public init(share: Double, length: Double) {
            let share = min(max(share, 0), 0.99)
            end = 1 / max(length, 1)
            begin = min(end * share / (1 - share), 1)
            loss = 1
        }
    }

    /// The time every packet takes.
    public var delay = Interval.zero
    /// The most that is added to it, evenly spread.
    public var jitter = Interval.zero
    /// Whether jitter leaves packets in order, as a queue does, or lets them overtake each other.
    public var keepsOrder = true
    /// The share of packets that are lost, one by one.
    public var loss = 0.0
    /// Loss in bursts, beside ``loss``.
    public var burstLoss: BurstLoss?
    /// The share of packets that are held back, so that those behind overtake them.
    public var reordering = 0.0
    /// How long those are held back.
    public var reorderingDelay = Interval.milliseconds(10)
    /// The share of packets that arrive twice.
    public var duplication = 0.0
    /// Bits a second that pass; `nil` for no limit.
    public var bitrate: Int?
    /// The bytes that may wait for a limited ``bitrate``; what comes beyond is lost.
    public var queueLimit = 64 * 1024
    /// Whether nothing passes at all.
    public var isBlackout = false

    /// Makes conditions that change nothing.
    public init() {}

    /// Nothing happens to any packet.
    public static let perfect = LinkConditions()
}

/// Conditions from a moment on.
public struct LinkStep: Sendable, Equatable {
    /// When they begin, counted from the schedule's start.
    public var after: Interval
    /// What they are.
    public var conditions: LinkConditions
    /// Makes a step.
    public init(after: Interval, _ conditions: LinkConditions) {
        self.after = after
        self.conditions = conditions
    }
}

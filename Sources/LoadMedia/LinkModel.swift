public import Wire

/// Decides what a network does to each packet: pure, cheap, and the same again from the same seed.
public struct LinkModel: Sendable {
    /// Why a packet does not arrive.
    public enum LossReason: UInt8, Sendable, CaseIterable {
        /// It was lost by itself.
        case random
        /// It was lost in a burst.
        case burst
        /// The queue in front of the limited rate was full.
        case queueFull
        /// Nothing passes at this time.
        case blackout
    }

    /// What becomes of one packet.
    public enum Fate: Sendable, Equatable {
        /// It arrives then, and perhaps again.
        case arrives(Timestamp, again: Timestamp?)
        /// It does not arrive.
        case lost(LossReason)
    }

    /// What has happened so far.
    public struct Figures: Sendable, Equatable {
        /// Packets that were offered.
        public internal(set) var offered: UInt64 = 0
        /// Packets that arrive twice.
        public internal(set) var duplicated: UInt64 = 0
        /// Packets that were held back.
        public internal(set) var heldBack: UInt64 = 0
        fileprivate var losses = (random: UInt64(0), burst: UInt64(0), queueFull: UInt64(0), blackout: UInt64(0))

        /// Packets that were lost for this reason.
        public func lost(_ reason: LossReason) -> UInt64 {
            switch reason {
            case .random: losses.random
            case .burst: losses.burst
            case .queueFull: losses.queueFull
            case .blackout: losses.blackout
            }
        }

        /// Packets that were lost.
        public var lost: UInt64 { losses.random + losses.burst + losses.queueFull + losses.blackout }

        public static func == (left: Figures, right: Figures) -> Bool {
            left.offered == right.offered && left.duplicated == right.duplicated && left.heldBack == right.heldBack
                && left.losses == right.losses
        }

        fileprivate mutating func count(_ reason: LossReason) {
            switch reason {
            case .random: losses.random += 1
            case .burst: losses.burst += 1
            case .queueFull: losses.queueFull += 1
            case .blackout: losses.blackout += 1
            }
        }
    }

    /// What has happened so far.
    public private(set) var figures = Figures()
    private let steps: [LinkStep]
    private let start: Timestamp
    private var step = -1
    private var current: LinkConditions
    private var generator: SeededGenerator
    private var isBad = false
    private var freeAt: Timestamp
    private var lastArrival: Timestamp

    /// Makes a link whose conditions do not change.
    public init(_ conditions: LinkConditions, seed: UInt64) {
        self.init([LinkStep(after: .zero, conditions)], start: .zero, seed: seed)
    }

    /// Makes a link whose conditions change at the given moments; before the first step it is perfect.
    public init(_ steps: [LinkStep], start: Timestamp, seed: UInt64) {
        self.steps = steps.sorted { $0.after < $1.after }
        self.start = start
        current = .perfect
        generator = SeededGenerator(seed: seed)
        freeAt = .zero
        lastArrival = .zero
    }

    /// The conditions at `now`, which does not go back.
    public mutating func conditions(at now: Timestamp) -> LinkConditions {
        while step + 1 < steps.count, start + steps[step + 1].after <= now {
            step += 1
            current = steps[step].conditions
        }
        return current
    }

    /// Decides about a packet of `byteCount` bytes that is sent at `now`.
    public mutating func admit(byteCount: Int, at now: Timestamp) -> Fate {
        let conditions = conditions(at: now)
        figures.offered += 1
        // Every packet draws the same numbers, so a change of one rate leaves the other decisions as they were.
        let draws = (
            chain: generator.unit(), burst: generator.unit(), loss: generator.unit(), jitter: generator.unit(),
            order: generator.unit(), copy: generator.unit(), copyJitter: generator.unit()
        )
        let isBurst = advanceChain(conditions.burstLoss, draws.chain) && draws.burst < conditions.burstLoss?.loss ?? 0
        if conditions.isBlackout { return lose(.blackout) }
        if isBurst { return lose(.burst) }
        if draws.loss < conditions.loss { return lose(.random) }
        guard let leaves = passRate(byteCount, conditions, at: now) else { return lose(.queueFull) }

        var arrival = leaves + conditions.delay + Self.share(draws.jitter, of: conditions.jitter)
        if draws.order < conditions.reordering {
            figures.heldBack += 1
            arrival = arrival + conditions.reorderingDelay
        } else if conditions.keepsOrder {
            arrival = max(arrival, lastArrival)
            lastArrival = arrival
        }
        guard draws.copy < conditions.duplication else { return .arrives(arrival, again: nil) }
        figures.duplicated += 1
        let copy = leaves + conditions.delay + Self.share(draws.copyJitter, of: conditions.jitter)
        return .arrives(arrival, again: max(copy, arrival))
    }

    private mutating func lose(_ reason: LossReason) -> Fate {
        figures.count(reason)
        return .lost(reason)
    }

    private mutating func advanceChain(_ chain: LinkConditions.BurstLoss?, _ draw: Double) -> Bool {
        guard let chain else {
            isBad = false
            return false
        }
        isBad = isBad ? draw >= chain.end : draw < chain.begin
        return isBad
    }

    /// When the packet's last bit has passed the bottleneck; `nil` when the queue in front of it is full.
    private mutating func passRate(_ byteCount: Int, _ conditions: LinkConditions, at now: Timestamp) -> Timestamp? {
        guard let bitrate = conditions.bitrate, bitrate > 0 else {
            freeAt = now
            return now
        }
        let begins = max(freeAt, now)
        let waiting = (begins - now).seconds * Double(bitrate) / 8
        // An idle link takes a packet however small the queue is.
        guard waiting == 0 || waiting + Double(byteCount) <= Double(conditions.queueLimit) else { return nil }
        freeAt = begins + Interval(nanoseconds: Int64(Double(max(byteCount, 0)) * 8 / Double(bitrate) * 1e9))
        return freeAt
    }

    private static func share(_ draw: Double, of interval: Interval) -> Interval {
        Interval(nanoseconds: Int64(Double(interval.nanoseconds) * draw))
    }
}

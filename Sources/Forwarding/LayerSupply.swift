public import Wire

/// Whether one size of a track arrives whole, beside the smaller ones of the same publisher.
///
///              a smaller one goes on without it, for 0.5 s and three frames; or the path is overloaded
///     complete ─────────────────────────────────────────────────────────────▶ incomplete
///        ▲                                                                        │
///        └──── it comes whole again, for 1 s; 2, 4 … 16 s after each relapse ─────┘
///
/// A publisher that pauses stops all sizes at once, and nothing follows from that. One that has stopped a size by itself is
/// believed at once when it begins with it again.
public struct LayerSupply: Sendable {
    /// How long a smaller size has to go on without this one.
    static let patience = Interval.milliseconds(500)
    /// The same in frames of the smaller size: slow screens have five a second.
    static let patienceInFrames: Int64 = 3
    /// How much longer a keyframe may take of which nothing is missing so far.
    static let keyframePatience: Int64 = 3
    /// How long it has to come whole to be trusted again, at first and at most.
    static let trial = Interval.seconds(1)
    static let longestTrial = Interval.seconds(16)
    /// Failing so soon after having been trusted is a relapse.
    static let relapseTime = Interval.seconds(20)
    /// The share of its frames that has to come whole meanwhile, one of so many: nobody is sent it, so nothing is repaired, and
    /// of large frames few come whole over a path that loses some packets.
    static let leastShare: UInt64 = 3

    /// Whether receivers are better off with a smaller size.
    public private(set) var isIncomplete = false
    /// Whether it comes in part and not whole. What its publisher has stopped is not failing, and is repaired from the first
    /// packet on when it begins again.
    public var isFailing: Bool { isIncomplete && presentTrial > .zero }
    /// Since when smaller sizes have gone on without this one, by their rank: one of them may itself come to an end.
    private var behind = [4 of Behind?](repeating: nil)
    /// Since when it has been coming whole again, and the frames meanwhile.
    private var recovery: (since: Timestamp, begun: UInt64, whole: UInt64)?
    private var presentTrial = Interval.zero
    private var recoveredAt: Timestamp?

    /// How a smaller size goes on without this one.
    private struct Behind {
        var since: Timestamp
        var frames: Int64
        /// Frames of this one that had begun before.
        var begun: UInt64
    }

    /// Makes the supply of a layer that is trusted.
    public init() {}

    /// Takes that a frame of this size has come whole.
    ///
    /// - Parameter begun: Frames of it so far of which something came.
    /// - Returns: Whether ``isIncomplete`` has changed.
    public mutating func frameCame(begun: UInt64, at now: Timestamp) -> Bool {
        behind = .init(repeating: nil)
        guard isIncomplete else { return false }
        var recovery = recovery ?? (now, begun, 0)
        recovery.whole &+= 1
        self.recovery = recovery
        guard now - recovery.since >= presentTrial else { return false }
        self.recovery = nil
        guard recovery.whole &* Self.leastShare >= begun &- recovery.begun else { return false }
        isIncomplete = false
        recoveredAt = now
        return true
    }

    /// Takes that a frame of a smaller size has come whole.
    ///
    /// - Parameters:
    ///   - rank: Which size.
    ///   - frames: What has come of this size.
    ///   - repairTime: How long a frame takes at most that had to be repaired once.
    /// - Returns: Whether ``isIncomplete`` has changed.
    public mutating func smallerFrameCame(
        rank: Int, frames: WholeFrames, repairTime: Interval, at now: Timestamp
    ) -> Bool {
        // What has not begun is not missing.
        guard frames.begun > 0 else { return false }
        guard self.behind.indices.contains(rank) else { return false }
        guard var behind = self.behind[rank] else {
            self.behind[rank] = Behind(since: now, frames: 1, begun: frames.begun)
            return false
        }
        behind.frames += 1
        self.behind[rank] = behind
        // Two and a half usual intervals of this one.
        let own = Interval(nanoseconds: frames.interval.nanoseconds / 2 * 5)
        var patience = max(Self.patience, max(own, repairTime))
        if frames.isWithinKeyframe { patience = patience * Self.keyframePatience }
        guard behind.frames > Self.patienceInFrames, now - behind.since >= patience else { return false }
        // Of what was stopped not even a part comes.
        return fail(firstTrial: frames.begun == behind.begun ? .zero : Self.trial, at: now)
    }

    /// Takes that the publisher's path carries much less than is sent over it. Smaller sizes are lost as well then, so that
    /// there is nothing to hold this one against; and it is this one that takes the room.
    ///
    /// - Returns: Whether ``isIncomplete`` has changed.
    public mutating func pathIsOverloaded(at now: Timestamp) -> Bool { fail(firstTrial: Self.trial, at: now) }

    private mutating func fail(firstTrial first: Interval, at now: Timestamp) -> Bool {
        // A pause in the recovery, too.
        recovery = nil
        guard !isIncomplete else { return false }
        isIncomplete = true
        let isRelapse = recoveredAt.map { now - $0 < Self.relapseTime } ?? false
        presentTrial = isRelapse ? min(max(presentTrial * 2, Self.trial), Self.longestTrial) : first
        return true
    }
}

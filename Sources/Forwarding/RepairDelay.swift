public import Wire

/// How long a publisher's pictures have to be kept for its lost packets to be repaired in time.
///
/// A receiver measures how long its own repairs take and keeps pictures that long. What was lost before the server looks to
/// it like a repair that takes much longer than its own round trip, so somebody has to tell it.
///
///     fewer than three repairs in ten seconds ──▶ nothing
///     a repair that took longer               ──▶ half of the way up to what it took, and a margin
///     time                                    ──▶ 10 ms a second down
///
/// Half of the way: what is lost twice is rare on most paths and frequent on bad ones, and the delay shall follow the usual,
/// not the longest.
public struct RepairDelay: Sendable {
    /// Repairs that make a path one that loses packets; libwebrtc's receivers count three, too.
    private static let leastRepairs = 3
    private static let memory = Interval.seconds(10)
    /// From when a packet ought to have come to when it is missed, as a rule: a part of the distance of two frames.
    private static let margin = Interval.milliseconds(30)
    /// What people who talk with each other do not notice much, beside the path's own delay (ITU-T G.114).
    static let most = Interval.milliseconds(250)
    /// Nanoseconds a second.
    private static let decay: Int64 = 10_000_000

    private var level = Interval.zero
    private var notedAt = Timestamp.zero
    private var latest: [3 of Timestamp] = .init(repeating: Timestamp(nanoseconds: .min / 2))
    private var next = 0

    /// Makes one that has seen no repair.
    public init() {}

    /// Takes a repair that came `time` after its packet had been missed.
    public mutating func note(_ time: Interval, at now: Timestamp) {
        latest[next] = now
        next = (next + 1) % Self.leastRepairs
        // The next to be overwritten is the oldest.
        guard now - latest[next] <= Self.memory else { return }
        let present = value(at: now)
        let needed = min(max(time, .zero) + Self.margin, Self.most)
        level = present < needed ? Interval(nanoseconds: (present.nanoseconds + needed.nanoseconds) / 2) : present
        notedAt = now
    }

    /// How long to keep pictures: zero for as long as they come by themselves, 250 ms at most.
    public func value(at now: Timestamp) -> Interval {
        // Further back nothing would be left of it.
        let passed = min(max((now - notedAt).nanoseconds, 0), 60_000_000_000)
        let left = level.nanoseconds - passed / 1_000 * Self.decay / 1_000_000
        return left > Self.margin.nanoseconds ? Interval(nanoseconds: left) : .zero
    }
}

internal import Wire

/// Decides when a worker may look for the next datagrams: at once while few come, after a rest while many do.
///
/// A turn costs a wake-up and two system calls before its first packet. Receivers answer with feedback of their own, each
/// at its own time, so a worker of a few hundred receivers would be woken thousands of times a second for one small
/// datagram each. With a rest between turns they come together, and so do the packets of several publishers for one
/// receiver. It has to bring two of them on average, or the rest is only one more wake-up. A turn that takes longer than the
/// rest is followed by the next at once: then the batches grow by themselves.
struct TurnPacer {
    /// From the beginning of one turn to the next, while many datagrams come. A packet waits half of it on average, and not
    /// longer than all of it; on its way over two workers twice, which keeps it under a millisecond.
    static let rest = Interval.microseconds(450)
    /// Datagrams a second above which a worker rests.
    static let restsAbove = 5_000
    /// Datagrams a second below which it stops resting: less, or it would change to and fro.
    static let wakesBelow = 3_500
    /// How long datagrams are counted before the pace is decided anew: short, so that a burst of joins is not met asleep.
    private static let period = Interval.milliseconds(50)

    /// Whether the worker rests between turns.
    private(set) var isResting = false
    private var received = 0
    private var countedFrom: Timestamp

    init(at now: Timestamp) { countedFrom = now }

    /// Counts what a turn brought.
    mutating func note(received count: Int, at now: Timestamp) {
        received += count
        let elapsed = now - countedFrom
        guard elapsed >= Self.period else { return }
        let limit = isResting ? Self.wakesBelow : Self.restsAbove
        isResting = Int64(received) * 1_000_000_000 >= Int64(limit) * elapsed.nanoseconds
        received = 0
        countedFrom = now
    }

    /// How long to sleep at `now`, after a turn that began at `began` and before something is due at `due`.
    func rest(after began: Timestamp, until due: Timestamp?, at now: Timestamp) -> Interval {
        guard isResting else { return .zero }
        let until = min(began + Self.rest, due ?? .distantFuture)
        return max(until - now, .zero)
    }
}

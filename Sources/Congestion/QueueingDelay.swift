internal import Wire

/// How long packets wait in the path's queues: their delay above the least of the last half minute.
///
/// The clocks of both ends need not agree and may drift: the least delay is looked for in two halves of fifteen seconds.
struct QueueingDelay: Sendable {
    private static let half = Interval.seconds(15)

    /// Nobody's queue is longer: what says so is a clock that was set, or means harm.
    private static let longest = Interval.seconds(10)

    private var least: (present: Interval, past: Interval)?
    private var halfEnds = Timestamp.zero
    /// The smoothed wait, a quarter of each new group.
    private(set) var smoothed = Interval.zero
    /// The wait of the last packet.
    private(set) var latest = Interval.zero

    /// Takes the difference between arrival and sending, each on its own clock.
    mutating func add(sent: Timestamp, arrived: Timestamp) {
        let delay = arrived - sent
        var floor = least ?? (delay, delay)
        if sent >= halfEnds {
            floor = (delay, least?.present ?? delay)
            halfEnds = sent + Self.half
        }
        floor.present = min(floor.present, delay)
        least = floor
        latest = max(min(delay - min(floor.present, floor.past), Self.longest), .zero)
        smoothed = Interval(nanoseconds: smoothed.nanoseconds + (latest - smoothed).nanoseconds / 8)
    }

    /// Forgets the least delay: the path is another one.
    mutating func reset() { self = QueueingDelay() }
}

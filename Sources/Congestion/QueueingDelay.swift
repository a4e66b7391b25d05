internal import Wire

/// How long packets wait in the path's queues: their delay above the least of the last half minute.
///
/// The clocks of both ends need not agree and may drift: the least delay is looked for in two halves of fifteen seconds.
struct QueueingDelay: Sendable {
    private static let half = Interval.seconds(15)
    /// A frame that goes out at once fills the queue for a moment. What stands is what the queue never falls below, looked
    /// for in two of these: longer than the distance of two frames together.
    private static let moment = Interval.milliseconds(50)

    /// Nobody's queue is longer: what says so is a clock that was set, or means harm.
    private static let longest = Interval.seconds(10)

    private var least: (present: Interval, past: Interval)?
    private var halfEnds = Timestamp.zero
    /// The smoothed wait, an eighth of each new group.
    private(set) var smoothed = Interval.zero
    /// The wait of the last packet.
    private(set) var latest = Interval.zero
    /// The least wait in the last moments, which no frame's own size explains.
    var standing: Interval { min(lowest.present, lowest.past) }
    private var lowest = (present: Interval.zero, past: Interval.zero)
    private var momentEnds = Timestamp.zero

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
        if sent >= momentEnds {
            // After a pause nothing is known of what stands now.
            lowest = (latest, sent - momentEnds < Self.moment ? lowest.present : .zero)
            momentEnds = sent + Self.moment
        }
        lowest.present = min(lowest.present, latest)
    }

    /// Forgets the least delay: the path is another one.
    mutating func reset() { self = QueueingDelay() }
}

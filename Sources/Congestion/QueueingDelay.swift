internal import Wire

/// How long packets wait in the path's queues: their delay above the least of the last half minute.
///
/// The clocks of both ends need not agree and may drift: the least delay is looked for in two halves of fifteen seconds.
///
/// Part of a wait is the sender's own doing: a frame or a keyframe leaves faster than any path takes it, and where the path
/// carries little more than is sent, the next frames wait behind it. A queue that would stand at the estimated rate as well
/// is no sign that the path carries less than that, so it is told apart: what has been sent is let run through a queue of
/// its own, served at a tenth more than that rate: where all of the estimate is used, chance alone would keep it filled.
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
    /// How far single waits lie from the usual one, as far as bursts do not explain them: small for a queue that grows, large on
    /// a path that jitters.
    private(set) var spread = Interval.zero
    private var usual = Interval.zero
    /// The wait of the last packet.
    private(set) var latest = Interval.zero
    /// The least wait in the last moments, which no frame's own size explains.
    var standing: Interval { min(lowest.present, lowest.past) }
    private var lowest = (present: Interval.zero, past: Interval.zero)
    /// What stands beyond what the sender's own bursts explain.
    var unexplained: Interval { max(min(leastExcess.present, leastExcess.past) - way.height, .zero) }
    /// By how much the way is supposed to have become longer just now; none of it counts as unexplained.
    var longer: Interval { way.height }
    private var way = LongerWay()
    private var leastExcess = (present: Interval.zero, past: Interval.zero)
    private var momentEnds = Timestamp.zero
    /// Bits that would wait if the path carried what is estimated, at the time of the last packet.
    private var own = (bits: 0.0, at: Timestamp.zero)
    /// No more than this is explained: about what a keyframe takes. A rate that is really too high has to show.
    private static let mostOwn = 0.1
    /// How much faster than estimated the sender's own queue is served.
    private static let service = 1.1
    /// Where the way has become longer by a jump, a growth behind it that is more than noise.
    private static let noise = Interval.milliseconds(18)

    /// Takes the difference between arrival and sending, each on its own clock.
    /// - Parameters:
    ///   - size: Bytes that count as the sender's own burst; none for a probe.
    ///   - rate: What the path is thought to carry, in bits a second.
    mutating func add(sent: Timestamp, arrived: Timestamp, size: Int, rate: Double) {
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
        let burst = min(explained(sent: sent, size: size, rate: rate), latest)
        let excess = latest - burst
        usual = Interval(nanoseconds: usual.nanoseconds + (excess - usual).nanoseconds / 8)
        let distance = Int64(bitPattern: (excess - usual).nanoseconds.magnitude)
        spread = Interval(nanoseconds: spread.nanoseconds + (distance - spread.nanoseconds) / 16)
        if sent >= momentEnds {
            // After a pause nothing is known of what stands now.
            let isRunning = sent - momentEnds < Self.moment
            lowest = (latest, isRunning ? lowest.present : .zero)
            leastExcess = (excess, isRunning ? leastExcess.present : .zero)
            momentEnds = sent + Self.moment
        }
        lowest.present = min(lowest.present, latest)
        leastExcess.present = min(leastExcess.present, excess)
        if let longer = way.add(delay, explained: burst, sent: sent) { raiseFloor(by: longer) }
        if way.height > .zero, min(leastExcess.present, leastExcess.past) > way.height + Self.noise { way.isQueue() }
    }

    /// The way has become longer: what was taken for a queue is none.
    private mutating func raiseFloor(by longer: Interval) {
        if let floor = least { least = (floor.present + longer, floor.past + longer) }
        smoothed = max(smoothed - longer, .zero)
        usual = max(usual - longer, .zero)
        lowest = (max(lowest.present - longer, .zero), max(lowest.past - longer, .zero))
        leastExcess = (max(leastExcess.present - longer, .zero), max(leastExcess.past - longer, .zero))
    }

    /// How long the packet would have waited, and taken to be sent, at `rate`.
    private mutating func explained(sent: Timestamp, size: Int, rate: Double) -> Interval {
        guard rate > 0 else { return .zero }
        let rate = rate * Self.service
        let passed = min(max((sent - own.at).seconds, 0), 10)
        own.at = max(own.at, sent)
        own.bits = max(own.bits - passed * rate, 0) + Double(size * 8)
        own.bits = min(own.bits, Self.mostOwn * rate)
        return Interval(nanoseconds: Int64(own.bits / rate * 1e9))
    }

    /// Forgets the least delay: the path is another one.
    mutating func reset() { self = QueueingDelay() }
}

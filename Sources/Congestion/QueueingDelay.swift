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
    /// By how much the waits of two frames in a row differ, as RFC 3550 §6.4.1 smooths it, as far as earlier bursts do not
    /// explain it: small for a queue that grows, large on a path that jitters.
    private(set) var spread = Interval.zero
    /// What the first packet of the last frame waited.
    private var last = Interval.zero
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
    /// What has been sent at once, and since when: one frame.
    private var frame = (bits: 0.0, began: Timestamp.zero)
    /// No more than this is explained by frames behind each other, in seconds. A rate that is really too high has to show.
    private static let mostOwn = 0.1
    /// No more than this by a single one: at ten pictures a second a keyframe takes so long.
    private static let longestFrame = 0.3
    /// What leaves within this is one frame.
    private static let sentTogether = Interval.milliseconds(5)
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
        let leadsFrame = size > 0 && frame.began == sent && frame.bits <= Double(size * 8)
        if leadsFrame { noteSpread(of: excess) }
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

    /// The rest of a frame waits behind its first packet, and would make the waits look more alike than the path makes them.
    private mutating func noteSpread(of excess: Interval) {
        let difference = Int64(bitPattern: (excess - last).nanoseconds.magnitude)
        last = excess
        spread = Interval(nanoseconds: spread.nanoseconds + (difference - spread.nanoseconds) / 16)
    }

    /// The way has become longer: what was taken for a queue is none.
    private mutating func raiseFloor(by longer: Interval) {
        if let floor = least { least = (floor.present + longer, floor.past + longer) }
        smoothed = max(smoothed - longer, .zero)
        last = max(last - longer, .zero)
        lowest = (max(lowest.present - longer, .zero), max(lowest.past - longer, .zero))
        leastExcess = (max(leastExcess.present - longer, .zero), max(leastExcess.past - longer, .zero))
    }

    /// How long the packet would have waited, and taken to be sent, at `rate`.
    private mutating func explained(sent: Timestamp, size: Int, rate: Double) -> Interval {
        guard rate > 0 else { return .zero }
        let rate = rate * Self.service
        let passed = min(max((sent - own.at).seconds, 0), 10)
        own.at = max(own.at, sent)
        let left = max(own.bits - passed * rate, 0)
        let bits = Double(size * 8)
        if sent - frame.began > Self.sentTogether { frame = (0, sent) }
        frame.bits = min(frame.bits + bits, Self.longestFrame * rate)
        own.bits = min(left + bits, max(Self.mostOwn * rate, left, frame.bits))
        return Interval(nanoseconds: Int64(own.bits / rate * 1e9))
    }

    /// Forgets the least delay: the path is another one.
    mutating func reset() { self = QueueingDelay() }
}

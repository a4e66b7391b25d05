internal import Wire

/// Tells whether a path loses the ends of bursts: its queue has room for a packet that comes alone, and none for the last
/// ones of a frame.
///
/// What is sent is let run through a queue of its own, served at the estimated rate, or a little faster than all is sent: loss
/// may have lowered the estimate already, and between frames this queue has to become empty. A path that loses by chance, or
/// carries less than is sent on the whole, loses packets that find it empty as often as those that find it filled; then
/// spreading a burst would gain nothing. Nor would it where what arrives has not waited at all, as before a policer, or for
/// long, as in a queue with room for many frames that has become full.
///
///     packets of a frame    1 2 3 4 5            1: front, arrives
///     short queue           └┘ └──┴── lost       3 to 5: tail, lost
struct BurstLoss: Sendable {
    /// The wait, in seconds at the estimated rate, below which a packet is at a burst's front, and above which at its tail.
    /// The shortest queues of links have room for about ten milliseconds.
    private static let front = 0.002
    private static let tail = 0.008
    /// What has arrived before a loss in a short queue has waited for about so long; one packet takes 4 ms at 2.5 Mbit/s.
    private static let shortWait = Interval.milliseconds(3)...Interval.milliseconds(50)
    /// By how much more the tail has to lose. Chance alone makes a difference of a third of it where a tenth is lost.
    private static let difference = 0.15
    /// A new packet's weight in the shares.
    private static let weight = 1.0 / 64
    /// How long it is relied on after the last loss of the kind: as long as bursts are spread, none is seen.
    private static let memory = Interval.seconds(60)

    private var queue = (bits: 0.0, at: Timestamp.zero)
    /// The shares that are lost.
    private var frontLoss = 0.0
    private var tailLoss = 0.0
    private var seenAt: Timestamp?

    /// Whether bursts lose their ends, or have lately.
    func isPresent(at now: Timestamp) -> Bool { seenAt.map { now - $0 < Self.memory } ?? false }

    /// Counts a packet of which feedback has spoken.
    /// - Parameters:
    ///   - sent: When it was sent; packets come in the order of sending.
    ///   - size: Its length in bytes.
    ///   - lastWait: How long the last packet that arrived had waited in the path.
    ///   - rate: What the queue is served at, in bits a second.
    mutating func count(
        sent: Timestamp, size: Int, isReceived: Bool, lastWait: Interval, rate: Double, at now: Timestamp
    ) {
        let passed = min(max((sent - queue.at).seconds, 0), 1)
        queue.at = max(queue.at, sent)
        queue.bits = max(queue.bits - passed * rate, 0)
        let wait = queue.bits / max(rate, 1)
        // More than a second of it says nothing more.
        queue.bits = min(queue.bits + Double(size) * 8, max(rate, 1))
        let loss = isReceived ? 0.0 : 1.0
        if wait < Self.front {
            frontLoss += (loss - frontLoss) * Self.weight
        } else if wait > Self.tail {
            tailLoss += (loss - tailLoss) * Self.weight
            let isSeen = tailLoss > frontLoss + Self.difference && Self.shortWait.contains(lastWait)
            if !isReceived, isSeen { seenAt = now }
        }
    }

    /// Knows that packets take another path.
    mutating func changePath() { self = BurstLoss() }
}

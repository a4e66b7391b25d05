public import Wire

/// How much may go to a receiver at once: what has been sent to it, as a queue that its path works off at a rate.
///
/// A leaky bucket: what is sent fills it, time empties it. Sans-IO and without packets: whoever holds those back asks when
/// the next may go (draft-ietf-rmcat-gcc-02 §4 has such a pacer behind the encoder).
public struct Pacer: Sendable {
    /// The queue that may stand when another packet goes, as time at the rate: 2 ms, as often as anybody looks. A packet takes
    /// 14 ms at 700 kbit/s, and sound has to find room besides.
    private static let allowance = 0.002
    /// The longest queue that is waited for, as time at the rate: repairs, which go at once, hold pictures up for no longer
    /// than this.
    private static let longestQueue = 0.1

    /// Whether anything is to be held back. While nothing is, nothing is counted either.
    public var isEngaged = false
    /// Bits a second.
    public private(set) var rate = 1.0
    /// Bits that have been sent and not worked off, at a time.
    private var queue = (bits: 0.0, at: Timestamp.zero)

    /// Makes a pacer that holds nothing back.
    public init() {}

    /// Works off `rate` bits a second from now on.
    public mutating func setRate(_ rate: Double, at now: Timestamp) {
        advance(to: now)
        self.rate = max(rate, 1)
        queue.bits = min(queue.bits, Self.longestQueue * self.rate)
    }

    /// Counts `bytes` that have been sent, whatever they were.
    public mutating func spend(_ bytes: Int, at now: Timestamp) {
        advance(to: now)
        queue.bits = min(queue.bits + Double(bytes) * 8, Self.longestQueue * rate)
    }

    /// Whether another packet may go, with `bytes` sent besides that have not been counted yet.
    public func isFree(besides bytes: Int = 0, at now: Timestamp) -> Bool {
        standing(at: now) + Double(bytes) * 8 <= Self.allowance * rate
    }

    /// When another packet may go: now, or later.
    public func nextFree(at now: Timestamp) -> Timestamp {
        let excess = standing(at: now) - Self.allowance * rate
        // Rounded up: a moment before its time it would be asked again at once.
        return excess > 0 ? now + Interval(nanoseconds: Int64(excess / rate * 1e9) + 1) : now
    }

    private mutating func advance(to now: Timestamp) { queue = (standing(at: now), now) }

    /// What is left of the queue, in bits.
    private func standing(at now: Timestamp) -> Double { max(queue.bits - max((now - queue.at).seconds, 0) * rate, 0) }
}

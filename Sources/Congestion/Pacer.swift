public import Wire

/// How far sending is ahead of its rate: a debt in bytes that time pays off.
///
/// Not a queue. While the debt is below the budget everything goes out as it comes, at the cost of an addition; what comes
/// on top, a keyframe's tail, has to wait until the time that `release` says. Sound and retransmissions are counted but
/// need not ask.
public struct Pacer: Sendable {
    /// Nothing is sent in smaller steps, so that sends keep their runs.
    public static let tick = Interval.milliseconds(2)
    /// Sending goes at most this much faster than the estimate.
    static let factor = 2.5
    /// What may go out at once, as time at the pacing rate; a frame in the normal case.
    static let burst = Interval.milliseconds(40)

    /// Bytes ahead of the rate.
    public private(set) var debt = 0
    private var paidAt = Timestamp.zero
    private var bytesPerSecond = 0.0
    private var budget = Int.max

    /// Makes a pacer that holds nothing back before it knows a rate.
    public init() {}

    /// Paces for an estimate in bits a second.
    public mutating func setEstimate(_ bitsPerSecond: UInt64) {
        bytesPerSecond = Double(bitsPerSecond) * Self.factor / 8
        budget = max(Int(min(bytesPerSecond * Self.burst.seconds, 1e9)), 6_000)
    }

    /// Counts what is sent.
    public mutating func add(_ bytes: Int, at now: Timestamp) {
        debt &+= bytes
        if debt > Self.slack { pay(at: now) }
    }

    /// What may be ahead before it is worth working out what time has paid off, in bytes.
    private static let slack = 3_000

    /// Whether the next packet has to wait.
    public mutating func isBehind(at now: Timestamp) -> Bool {
        guard debt > budget else { return false }
        pay(at: now)
        return debt > budget
    }

    /// When there is room again; a whole tick ahead at least.
    public func release(at now: Timestamp) -> Timestamp {
        guard debt > budget, bytesPerSecond > 0 else { return now }
        let wait = Double(debt - budget) / bytesPerSecond
        return now + max(Interval(nanoseconds: Int64(min(wait, 10) * 1e9)), Self.tick)
    }

    private mutating func pay(at now: Timestamp) {
        let passed = (now - paidAt).seconds
        paidAt = now
        let paid = min(max(passed, 0), 10) * bytesPerSecond
        debt = max(debt - Int(min(paid, 1e9)), 0)
    }
}

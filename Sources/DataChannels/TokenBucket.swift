internal import Wire

/// A rate with room for bursts.
struct TokenBucket: Sendable {
    private let rate: Double
    private let burst: Double
    private var tokens: Double
    private var last: Timestamp

    /// - Parameters:
    ///   - rate: Tokens a second.
    ///   - burst: Tokens there are at first, and at most.
    init(rate: Double, burst: Double, at now: Timestamp) {
        self.rate = rate
        self.burst = burst
        tokens = burst
        last = now
    }

    /// Takes tokens; false, and nothing taken, when there are too few.
    ///
    /// - Parameter debt: How many may be owed afterwards.
    mutating func take(_ count: Double, debt: Double = 0, at now: Timestamp) -> Bool {
        tokens = min(burst, tokens + max(0, (now - last).seconds) * rate)
        last = now
        guard tokens + debt >= count else { return false }
        tokens -= count
        return true
    }
}

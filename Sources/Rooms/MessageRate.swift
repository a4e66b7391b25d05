import Wire

/// A token bucket: so many messages at once, so many a second for long.
struct MessageRate: Sendable {
    private let nanosecondsPerMessage: Int64
    private let burst: Int64
    /// Nanoseconds' worth of messages that may still be sent.
    private var credit: Int64
    private var updatedAt: Timestamp

    init(perSecond: Int, burst: Int, at now: Timestamp) {
        nanosecondsPerMessage = 1_000_000_000 / Int64(max(1, perSecond))
        self.burst = Int64(max(1, burst)) * nanosecondsPerMessage
        credit = self.burst
        updatedAt = now
    }

    /// Whether one more message is within the rate.
    mutating func admit(at now: Timestamp) -> Bool {
        credit = min(burst, credit + max(0, (now - updatedAt).nanoseconds))
        updatedAt = now
        guard credit >= nanosecondsPerMessage else { return false }
        credit -= nanosecondsPerMessage
        return true
    }
}

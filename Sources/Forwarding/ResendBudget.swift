/// Keeps retransmissions to a share of what is sent, so that congestion is not answered with more of it.
///
/// A token bucket in bytes: media earns, retransmissions spend. It starts full, because the first keyframe is
/// when a stream needs repair most and has earned least.
public struct ResendBudget: Sendable {
    private let sharePercent: Int
    private var capacity: Int
    /// Hundredths of a byte, so that small packets earn too.
    private var tokens: Int

    /// Makes a budget that allows `sharePercent` of the media's bytes, and `capacity` bytes at once.
    public init(sharePercent: Int = 25, capacity: Int = 150_000) {
        self.sharePercent = max(sharePercent, 0)
        self.capacity = max(capacity, 0) * 100
        tokens = self.capacity
    }

    /// The bytes that may be spent now.
    public var available: Int { tokens / 100 }

    /// Allows no more than `bytes` at once from now on.
    public mutating func limit(to bytes: Int) {
        capacity = min(max(bytes, 0), .max / 100) * 100
        tokens = min(tokens, capacity)
    }

    /// Counts `bytes` of media sent for the first time.
    public mutating func earn(_ bytes: Int) { tokens = min(capacity, tokens + bytes * sharePercent) }

    /// Takes `bytes` for a retransmission; false, and takes nothing, when there is not enough.
    public mutating func spend(_ bytes: Int) -> Bool {
        guard tokens >= bytes * 100 else { return false }
        tokens -= bytes * 100
        return true
    }

    /// Takes `bytes` for what is sent beside an answer; false where that would leave less than half for answers.
    public mutating func spendSpare(_ bytes: Int) -> Bool {
        guard tokens - bytes * 100 >= capacity / 2 else { return false }
        return spend(bytes)
    }
}

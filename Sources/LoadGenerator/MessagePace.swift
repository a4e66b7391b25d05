internal import Wire

/// When a participant's messages are due.
struct MessagePace: Sendable {
    /// When it sends next.
    var nextDue = Timestamp.distantFuture

    /// What is later than this is left out.
    private static let patience = Interval.seconds(1)

    /// Leaves out what is too late, so that it is not sent all at once; returns how many messages that are.
    mutating func leaveOut(at now: Timestamp, every interval: Interval) -> UInt64 {
        guard nextDue <= now, now - nextDue > Self.patience else { return 0 }
        let count = (now - nextDue).nanoseconds / max(interval.nanoseconds, 1)
        nextDue = now
        return UInt64(count)
    }

    /// There is nobody to write to: what is not sent meanwhile is not late.
    mutating func wait(at now: Timestamp) { nextDue = max(nextDue, now) }
}

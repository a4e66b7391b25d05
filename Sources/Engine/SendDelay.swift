internal import Wire

/// How much later than its time says a packet may have left: a machine that has too much to do lets a worker wait between
/// writing packets and sending them, and all of its receivers' paths would look as if a queue had formed there.
///
/// The longest of late, which time takes back: an eighth of what passes.
struct SendDelay {
    /// A worker that stood still for longer is no reason to be blind for seconds.
    private static let most = Interval.milliseconds(100)

    private var longest = Interval.zero
    private var notedAt = Timestamp.zero

    /// Takes how long a burst took from its time to having been sent.
    mutating func note(_ delay: Interval, at now: Timestamp) {
        let present = value(at: now)
        guard delay > present else { return }
        longest = min(delay, Self.most)
        notedAt = now
    }

    /// What may be the worker's own doing in a delay seen now.
    func value(at now: Timestamp) -> Interval {
        max(Interval(nanoseconds: longest.nanoseconds - max((now - notedAt).nanoseconds, 0) / 8), .zero)
    }
}

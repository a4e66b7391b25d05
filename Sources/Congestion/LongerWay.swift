internal import Wire

/// Tells a way that has become longer from a queue that grows.
///
/// A queue grows with what is put into it, from packet to packet. Another way (a tunnel, a mobile network's next cell, a link
/// that somebody puts in) is one jump between two packets, behind which the delay stays where it is:
///
///     even ──jump──▶ supposed ──stays for a second──▶ the way is longer: `add` returns by how much
///                       │  └──── falls below: by so much less, or even again
///                       └─────── grows on: a queue (`isQueue`)
struct LongerWay: Sendable {
    /// Less than this is what packets of a slow path, or the noise of a fast one, differ by.
    private static let leastJump = Interval.milliseconds(20)
    /// A way that is longer by less than this is no matter.
    private static let leastHeight = Interval.milliseconds(10)
    /// Of two packets further apart others' traffic may have come between.
    private static let longestGap = Interval.milliseconds(250)
    /// How long it has to stay.
    private static let proof = Interval.seconds(1)

    /// By how much the way is supposed to have become longer: what the delay has not fallen below since it jumped.
    private(set) var height = Interval.zero
    private var base = Interval.zero
    private var since = Timestamp.zero
    private var last: (sent: Timestamp, free: Interval)?

    /// Takes the delay of a packet, in the order of sending.
    /// - Parameter explained: what of it the sender's own bursts explain.
    /// - Returns: by how much the way has become longer, once that is certain.
    mutating func add(_ delay: Interval, explained: Interval, sent: Timestamp) -> Interval? {
        let free = delay - explained
        guard let before = last else {
            last = (sent, free)
            return nil
        }
        guard sent >= before.sent else { return nil }
        last = (sent, free)
        if height > .zero {
            height = min(height, delay - base)
            if height < Self.leastHeight { height = .zero }
        }
        let jump = free - before.free
        if jump >= Self.leastJump, jump > height, sent - before.sent <= Self.longestGap {
            base = before.free
            height = delay - base
            since = sent
        }
        guard height > .zero, sent - since >= Self.proof else { return nil }
        defer { height = .zero }
        return height
    }

    /// Knows that the delay has gone on growing.
    mutating func isQueue() { height = .zero }
}

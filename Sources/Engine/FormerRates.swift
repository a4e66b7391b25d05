internal import Forwarding
internal import Wire

/// What the layers of a publication took when they were sent last.
///
/// A rate needs a second. A layer that rested, or was begun anew, seems to cost next to nothing until then: receivers for
/// whom it is too much would be sent it, and have to let go of it again.
struct FormerRates {
    private struct Entry {
        let target: LayerTarget
        /// When it began, or began again.
        var began: Timestamp
        var lastSeen: Timestamp
        /// What it took in a whole second, in bits a second.
        var rate: UInt64 = 0
    }

    /// The time a rate needs.
    private static let measuringTime = Interval.seconds(1)
    /// After so long without a packet the measured rate falls for that alone. Slow screens have five frames a second.
    private static let silence = Interval.milliseconds(250)

    private var entries: [Entry] = []

    /// Takes what was measured of a target that is sent. Returns what it is expected to take.
    mutating func rate(of target: LayerTarget, measured: UInt64, lastArrival: Timestamp?, at now: Timestamp) -> UInt64 {
        let isFlowing = lastArrival.map { now - $0 <= Self.silence } ?? false
        guard let place = entries.firstIndex(where: { $0.target == target }) else {
            entries.append(Entry(target: target, began: now, lastSeen: now))
            return measured
        }
        defer { if isFlowing { entries[place].lastSeen = now } }
        if now - entries[place].lastSeen > Self.measuringTime { entries[place].began = now }
        if now - entries[place].began < Self.measuringTime { return max(measured, entries[place].rate) }
        if isFlowing { entries[place].rate = measured }
        return measured
    }
}

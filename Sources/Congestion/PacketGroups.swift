internal import Wire

/// Gathers packets that were sent together, and tells how much longer each group was on its way than the one before.
///
/// What is sent within 5 ms is one group, since a path's queue is not to be judged by the spacing inside a burst. A group
/// takes in later packets too while these arrive at the heels of it: a path that lets packets through in bursts, as Wi-Fi
/// does, would look like one whose queue rises and falls.
struct PacketGroups: Sendable {
    /// What two groups in a row say.
    struct Change: Sendable, Equatable {
        /// From the last packet of one to the last of the next.
        var sent: Interval
        /// Likewise, on the receiver's clock.
        var arrived: Interval
        /// When the later group had arrived.
        var arrival: Timestamp
        /// How much the delay has changed.
        var delay: Interval { arrived - sent }
    }

    private struct Group: Sendable {
        var firstSent: Timestamp
        var lastSent: Timestamp
        var firstArrival: Timestamp
        var lastArrival: Timestamp
    }

    private static let sentTogether = Interval.milliseconds(5)
    private static let arrivedTogether = Interval.milliseconds(5)
    private static let longestBurst = Interval.milliseconds(100)
    /// A jump of the receiver's clock, or feedback that has nothing to do with this stream.
    private static let longestGap = Interval.seconds(3)

    private var present: Group?
    private var previous: Group?

    /// Takes a packet in the order of sending; returns the change if one group has come to its end with it.
    mutating func add(sent: Timestamp, arrived: Timestamp) -> Change? {
        guard var group = present else {
            present = Group(firstSent: sent, lastSent: sent, firstArrival: arrived, lastArrival: arrived)
            return nil
        }
        guard sent >= group.firstSent else { return nil }
        if belongs(sent: sent, arrived: arrived, to: group) {
            group.lastSent = max(group.lastSent, sent)
            group.lastArrival = max(group.lastArrival, arrived)
            present = group
            return nil
        }
        defer {
            previous = group
            present = Group(firstSent: sent, lastSent: sent, firstArrival: arrived, lastArrival: arrived)
        }
        guard let previous else { return nil }
        let change = Change(
            sent: group.lastSent - previous.lastSent, arrived: group.lastArrival - previous.lastArrival,
            arrival: group.lastArrival)
        // Also none: a clock that was set back.
        let longest = Self.longestGap
        guard change.sent < longest, .zero - longest < change.arrived, change.arrived < longest else { return nil }
        return change
    }

    private func belongs(sent: Timestamp, arrived: Timestamp, to group: Group) -> Bool {
        if sent - group.firstSent <= Self.sentTogether { return true }
        let gap = arrived - group.lastArrival
        return gap <= Self.arrivedTogether && gap < sent - group.lastSent
            && arrived - group.firstArrival < Self.longestBurst
    }

    /// Begins anew.
    mutating func reset() {
        present = nil
        previous = nil
    }
}

internal import Wire

/// Tells a moment in which a path carried nothing at all, as when a telephone changes from one access point to another, from
/// one that cannot carry the rate: the latter goes on letting some packets through.
///
/// What such a moment takes is no reason to send less. Where little is sent it is most of a window of losses, and would look
/// like a path that carries next to nothing.
struct OutageWatch {
    /// Nothing arrived for so long, by when it was sent, and so many packets were sent meanwhile. A path of 100 kbit/s lets
    /// one through each 100 ms.
    private static let least = Interval.milliseconds(100)
    private static let fewest = 4
    /// Again and again it is the rate after all.
    private static let distance = Interval.seconds(5)

    private var lastArrived: Timestamp?
    private var lost = 0
    private var counted = 0
    private var last: Timestamp?

    /// Takes what became of a packet, in the order of sending.
    /// - Parameter isCounted: Whether its loss counts against the rate.
    /// - Returns: how many of the losses before it are explained.
    mutating func note(sent: Timestamp, isReceived: Bool, isCounted: Bool) -> Int {
        guard isReceived else {
            lost += 1
            counted += isCounted ? 1 : 0
            return 0
        }
        defer { (lastArrived, lost, counted) = (sent, 0, 0) }
        guard lost >= Self.fewest, let lastArrived, sent - lastArrived >= Self.least else { return 0 }
        let isFirst = last.map { sent - $0 >= Self.distance } ?? true
        last = sent
        return isFirst ? counted : 0
    }
}

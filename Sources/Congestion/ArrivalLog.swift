import Wire

/// When the packets of one transport arrived, by their transport-wide sequence numbers.
///
/// A ring over the last 2048 numbers, allocated with the first packet.
struct ArrivalLog: Sendable {
    static let capacity: UInt64 = 2048
    /// A packet that comes so many numbers after it was reported missing is reported again, with those behind
    /// it; one that is later still has been given up by the sender.
    static let correctable: UInt64 = 256

    /// The arrival in each place, `distantFuture` for none.
    private var arrivals: [Timestamp] = []
    private var extender = SequenceExtender()
    /// The first number that the next report covers.
    private(set) var start = ExtendedSequenceNumber(0)
    /// The first number that may have a place in the ring.
    private var lowest = ExtendedSequenceNumber(0)
    /// Packets that arrived and were not reported.
    private(set) var pendingCount = 0
    /// When the first of them came.
    private(set) var pendingSince = Timestamp.zero

    /// The highest number that arrived, `nil` before the first.
    var highest: ExtendedSequenceNumber? { extender.highest }

    /// Takes a packet's arrival. Returns false for one that is a duplicate or too late to matter.
    @discardableResult
    mutating func record(_ number: SequenceNumber, at arrival: Timestamp) -> Bool {
        if arrivals.isEmpty { arrivals = Array(repeating: .distantFuture, count: Int(Self.capacity)) }
        let highest = extender.highest
        let extended = extender.extend(number)
        if let highest {
            if extended > highest {
                clear(after: highest, before: extended)
            } else if extended < lowest || extended.rawValue &+ Self.correctable < start.rawValue {
                return false
            }
        } else {
            start = extended
            lowest = extended
        }
        let place = Int(extended.rawValue % Self.capacity)
        guard arrivals[place] == .distantFuture else { return false }
        arrivals[place] = arrival
        if pendingCount == 0 { pendingSince = arrival }
        pendingCount += 1
        if extended < start { start = extended }
        return true
    }

    /// The arrival of a number from ``start`` to ``highest``, if it came.
    func arrival(of number: ExtendedSequenceNumber) -> Timestamp? {
        let arrival = arrivals[Int(number.rawValue % Self.capacity)]
        return arrival == .distantFuture ? nil : arrival
    }

    /// Everything up to the highest number has been reported.
    mutating func noteReported() {
        guard let highest = extender.highest else { return }
        start = highest.advanced(by: 1)
        pendingCount = 0
    }

    /// Makes place for a new highest number; what falls out of the ring unreported is given up.
    private mutating func clear(after highest: ExtendedSequenceNumber, before number: ExtendedSequenceNumber) {
        let first =
            number.rawValue - highest.rawValue > Self.capacity
            ? number.rawValue - Self.capacity + 1 : highest.rawValue + 1
        var cleared = first
        while cleared <= number.rawValue {
            arrivals[Int(cleared % Self.capacity)] = .distantFuture
            cleared += 1
        }
        let kept = number.rawValue - Self.capacity + 1
        if kept > lowest.rawValue { lowest = ExtendedSequenceNumber(kept) }
        if start < lowest { start = lowest }
    }
}

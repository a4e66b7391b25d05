/// How often each ``DropReason`` has occurred: a fixed array, no allocation, one addition a drop.
public struct DropCounters: Sendable {
    /// Room for every reason; a test holds it against the enumeration.
    static let capacity = 32

    private var counts: [32 of UInt64] = .init(repeating: 0)

    /// Makes counters that stand at zero.
    public init() {}

    /// How often `reason` has occurred.
    public subscript(reason: DropReason) -> UInt64 { counts[Int(reason.rawValue)] }

    /// Counts a drop, or several for the same reason.
    public mutating func count(_ reason: DropReason, by number: UInt64 = 1) {
        counts[Int(reason.rawValue)] &+= number
    }

    /// All drops together.
    public var total: UInt64 {
        var sum: UInt64 = 0
        for index in counts.indices { sum &+= counts[index] }
        return sum
    }

    /// Adds another set of counters, such as a peer's to its worker's.
    public mutating func add(_ other: DropCounters) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
    }

    /// Calls `body` with each reason that has occurred, in the order in which a packet meets them.
    public func forEachOccurred(_ body: (DropReason, UInt64) -> Void) {
        for reason in DropReason.allCases where self[reason] > 0 { body(reason, self[reason]) }
    }
}

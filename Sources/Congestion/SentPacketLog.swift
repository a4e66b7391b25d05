public import Wire

/// What was sent on a transport lately, by transport-wide sequence number, until feedback tells what became of it
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01 §2).
///
/// A ring of twelve bytes an entry that takes no memory before the first packet. It begins small and is doubled by
/// `growIfNeeded`, from a timer and never while packets pass, when entries had to be overwritten that feedback could
/// still have reported on. A packet whose entry is gone is one that nobody hears of: neither arrived nor lost.
public struct SentPacketLog: Sendable {
    /// Entries at first: 3 kB, half a second at 5 Mbit/s.
    static let initialCapacity = 256
    /// Entries at most: 96 kB, more than a second at 80 Mbit/s.
    static let maximumCapacity = 8_192
    /// How long feedback may be on its way: a round trip of a second, and the interval of reports.
    private static let patienceMicroseconds: UInt32 = 1_500_000

    /// A packet that feedback speaks of for the first time, or that arrived after it had been given up.
    public struct Packet: Sendable, Equatable {
        /// When it was sent.
        public var sentAt: Timestamp
        /// Its size in bytes, as a datagram's payload.
        public var size: Int
        /// The probe it belonged to; zero for none.
        public var cluster: UInt8
        /// Whether earlier feedback had it missing.
        public var wasMissing: Bool
    }

    /// What became of a packet.
    public enum Fate: UInt8, Sendable {
        /// Feedback has not come to it yet.
        case unknown
        /// Feedback has it missing.
        case missing
        /// It arrived.
        case received
    }

    struct Entry {
        /// The low bits of the number; zero for an entry never used, since numbers begin in the second cycle.
        var number: UInt32 = 0
        /// The time of sending, in microseconds: the low bits.
        var time: UInt32 = 0
        var size: UInt16 = 0
        var cluster: UInt8 = 0
        var fate = Fate.unknown
    }

    private var entries: [Entry] = []
    private var mask: UInt32 = 0
    private var newestTime = Timestamp.zero
    private var isTooSmall = false
    /// The highest number sent; zero before the first.
    public private(set) var newest: UInt64 = 0

    /// Makes a log that holds nothing.
    public init() {}

    /// Packets it can hold now.
    public var capacity: Int { entries.count }

    /// Remembers a packet. Numbers have to ascend; one that does not is passed over.
    public mutating func record(_ number: SequenceNumber, size: Int, cluster: UInt8 = 0, at now: Timestamp) {
        guard begin(at: number, at: now) else { return }
        noteOverwriting(newest, at: now)
        let low = UInt32(truncatingIfNeeded: newest)
        entries[Int(low & mask)] = Entry(
            number: low, time: Self.microseconds(now), size: UInt16(clamping: size), cluster: cluster)
    }

    /// Remembers a burst: packets with the numbers from `first` on, and their sizes.
    public mutating func record(first: SequenceNumber, sizes: Span<UInt16>, cluster: UInt8 = 0, at now: Timestamp) {
        guard !sizes.isEmpty, begin(at: first, at: now) else { return }
        let begin = UInt32(truncatingIfNeeded: newest)
        newest &+= UInt64(sizes.count - 1)
        noteOverwriting(newest, at: now)
        let time = Self.microseconds(now)
        let mask = mask
        var mutable = entries.mutableSpan
        for place in sizes.indices {
            let low = begin &+ UInt32(truncatingIfNeeded: place)
            mutable[Int(low & mask)] = Entry(number: low, time: time, size: sizes[place], cluster: cluster)
        }
    }

    /// Looks whether feedback could still have reported on what the packet `number` takes the place of: of a burst the last
    /// takes the place of the youngest.
    private mutating func noteOverwriting(_ number: UInt64, at now: Timestamp) {
        let former = entries[Int(UInt32(truncatingIfNeeded: number) & mask)]
        if former.fate == .unknown, former.number != 0,
            Self.microseconds(now) &- former.time < Self.patienceMicroseconds
        {
            isTooSmall = true
        }
    }

    /// Makes `number` the newest; false if it is not newer.
    private mutating func begin(at number: SequenceNumber, at now: Timestamp) -> Bool {
        if newest == 0 {
            if entries.isEmpty { reserve(Self.initialCapacity) }
            newest = 0x1_0000 | UInt64(number.rawValue)
        } else {
            let step = Int16(bitPattern: number.rawValue &- UInt16(truncatingIfNeeded: newest))
            guard step > 0 else { return false }
            newest &+= UInt64(step)
        }
        newestTime = now
        return true
    }

    /// Takes what feedback says of a number.
    ///
    /// - Returns: the packet, if that is news; `nil` for a number that was never sent, is forgotten, or of which the same
    ///   was said before.
    public mutating func acknowledge(_ number: SequenceNumber, isReceived: Bool) -> Packet? {
        guard newest != 0 else { return nil }
        let distance = Int16(bitPattern: UInt16(truncatingIfNeeded: newest) &- number.rawValue)
        guard distance >= 0 else { return nil }
        let low = UInt32(truncatingIfNeeded: newest) &- UInt32(distance)
        let place = Int(low & mask)
        let entry = entries[place]
        let isNews = isReceived ? entry.fate != .received : entry.fate == .unknown
        guard entry.number == low, isNews else { return nil }
        entries[place].fate = isReceived ? .received : .missing
        let age = Int64(Self.microseconds(newestTime) &- entry.time)
        return Packet(
            sentAt: newestTime - .microseconds(age), size: Int(entry.size), cluster: entry.cluster,
            wasMissing: entry.fate == .missing)
    }

    /// What feedback has said of a number; unknown also if it is forgotten.
    public func fate(of number: SequenceNumber) -> Fate {
        let distance = Int16(bitPattern: UInt16(truncatingIfNeeded: newest) &- number.rawValue)
        guard newest != 0, distance >= 0 else { return .unknown }
        let low = UInt32(truncatingIfNeeded: newest) &- UInt32(distance)
        let entry = entries[Int(low & mask)]
        return entry.number == low ? entry.fate : .unknown
    }

    /// Makes room for more, if what there is has been too little.
    public mutating func growIfNeeded() {
        guard isTooSmall else { return }
        isTooSmall = false
        if capacity < Self.maximumCapacity { reserve(capacity * 2) }
    }

    private mutating func reserve(_ count: Int) {
        var larger = [Entry](repeating: Entry(), count: count)
        mask = UInt32(count - 1)
        for entry in entries where entry.number != 0 { larger[Int(entry.number & mask)] = entry }
        entries = larger
    }

    @inline(__always)
    private static func microseconds(_ time: Timestamp) -> UInt32 {
        UInt32(truncatingIfNeeded: time.nanoseconds / 1_000)
    }
}

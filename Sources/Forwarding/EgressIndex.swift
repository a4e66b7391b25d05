public import Wire

/// How each packet of one outgoing stream was made, so that a lost one can be made again bit by bit.
///
/// Sending a different packet under the same SRTP index would break the cipher, so a retransmission without
/// RTX has to be the same packet, and one over RTX (RFC 4588) has to carry the same payload. The bytes are in
/// the publication's ``PacketHistory``, shared by all receivers; here is what this receiver's rewriting
/// added: 32 bytes a packet.
public struct EgressIndex: Sendable {
    /// How one packet was made.
    public struct Entry: Equatable, Sendable {
        /// The packet's number in its source.
        public var ingress: ExtendedSequenceNumber
        /// What was added to its RTP timestamp, modulo 2³².
        public var timestampOffset: UInt32
        /// What was written into its VP8 or VP9 descriptor, if anything.
        public var picture: PicturePatch
        /// Which source it came from: a number of the caller's choice, such as the layer.
        public var source: UInt8
        /// Flags of the caller's choice, such as a marker bit that was set.
        public var flags: UInt8

        /// Makes an entry.
        public init(
            ingress: ExtendedSequenceNumber, timestampOffset: UInt32, picture: PicturePatch = .none,
            source: UInt8 = 0,
            flags: UInt8 = 0
        ) {
            self.ingress = ingress
            self.timestampOffset = timestampOffset
            self.picture = picture
            self.source = source
            self.flags = flags
        }
    }

    /// The answer to a receiver that misses a packet.
    public enum Verdict: Equatable, Sendable {
        /// Make it again, so.
        case resend(Entry)
        /// Do not: ``DropReason/notInHistory``, ``DropReason/resentTooSoon`` or
        /// ``DropReason/resentTooOften``.
        case refuse(DropReason)
    }

    /// An entry as it is stored. The low half of its number is enough: the ring is shorter than 2³².
    struct Slot: Sendable {
        var ingress: UInt64 = 0
        var lastResent = Timestamp.zero
        var egress: UInt32 = 0
        var timestampOffset: UInt32 = 0
        var picture = PicturePatch.none
        var source: UInt8 = 0
        var flags: UInt8 = 0
        var resends: UInt8 = 0
        var isUsed = false
    }

    /// The most times one packet is sent again.
    static let maximumResends: UInt8 = 3
    /// No packet is sent again sooner than this after the last time, nor sooner than two round trips.
    static let maximumQuietTime = Interval.milliseconds(100)

    private let mask: UInt64
    private var slots: [Slot] = []
    /// The highest number recorded, `nil` before the first.
    public private(set) var highest: ExtendedSequenceNumber?

    /// Makes an index of the last `capacity` packets, rounded up to a power of two; allocates with the first
    /// packet.
    public init(capacity: Int = 1024) {
        var rounded = 1
        while rounded < capacity, rounded < 32_768 { rounded *= 2 }
        mask = UInt64(rounded - 1)
    }

    /// Remembers how the packet with the number `egress` was made.
    public mutating func record(_ egress: ExtendedSequenceNumber, _ entry: Entry) {
        if slots.isEmpty { slots = Array(repeating: Slot(), count: Int(mask) + 1) }
        if let highest, egress < highest {
            guard egress.rawValue &+ mask >= highest.rawValue else { return }
        } else {
            highest = egress
        }
        slots[Int(egress.rawValue & mask)] = Slot(
            ingress: entry.ingress.rawValue, egress: UInt32(truncatingIfNeeded: egress.rawValue),
            timestampOffset: entry.timestampOffset, picture: entry.picture, source: entry.source, flags: entry.flags,
            isUsed: true)
    }

    /// The full number behind 16 bits that a receiver reports: the nearest one at or below the highest
    /// recorded.
    public func extend(_ number: SequenceNumber) -> ExtendedSequenceNumber? {
        guard let highest else { return nil }
        let behind = highest.wire.rawValue &- number.rawValue
        guard highest.rawValue >= UInt64(behind) else { return nil }
        return highest.advanced(by: -Int64(behind))
    }

    /// How the packet with the number `egress` was made, if it is still known.
    public func entry(for egress: ExtendedSequenceNumber) -> Entry? {
        guard let place = place(of: egress) else { return nil }
        let slot = slots[place]
        return Entry(
            ingress: ExtendedSequenceNumber(slot.ingress), timestampOffset: slot.timestampOffset,
            picture: slot.picture,
            source: slot.source, flags: slot.flags)
    }

    /// Decides on a receiver's request for the packet `number` (RFC 4585 §6.2.1), and counts it as sent again
    /// if so.
    ///
    /// Receivers repeat a request once a round trip; one that comes sooner than the smaller of 100 ms and two
    /// round trips after the last retransmission has crossed with it on the way.
    public mutating func request(
        _ number: SequenceNumber, at now: Timestamp, roundTripTime: Interval?
    ) -> Verdict {
        guard let egress = extend(number), let place = place(of: egress), let entry = entry(for: egress)
        else {
            return .refuse(.notInHistory)
        }
        guard slots[place].resends < Self.maximumResends else { return .refuse(.resentTooOften) }
        let quiet = min(Self.maximumQuietTime, (roundTripTime ?? Self.maximumQuietTime) * 2)
        if slots[place].resends > 0, now - slots[place].lastResent < quiet { return .refuse(.resentTooSoon) }
        slots[place].resends += 1
        slots[place].lastResent = now
        return .resend(entry)
    }

    /// Forgets every packet: the stream's source was given to somebody else's history.
    public mutating func removeAll() {
        for index in slots.indices { slots[index].isUsed = false }
    }

    private func place(of egress: ExtendedSequenceNumber) -> Int? {
        guard !slots.isEmpty, let highest, egress <= highest, egress.rawValue &+ mask >= highest.rawValue
        else {
            return nil
        }
        let place = Int(egress.rawValue & mask)
        guard slots[place].isUsed, slots[place].egress == UInt32(truncatingIfNeeded: egress.rawValue) else {
            return nil
        }
        return place
    }
}

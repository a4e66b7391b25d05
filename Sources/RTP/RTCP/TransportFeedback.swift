public import Wire

/// When the packets of a transport arrived, or that they did not
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |      base sequence number     |      packet status count      |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                 reference time                | fb pkt. count |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |          packet chunk         |  ...          | recv delta    |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
public struct TransportFeedback: Sendable, Equatable {
    static let format: UInt8 = 15

    /// The step of the arrival times: 250 µs.
    public static let tick = Interval.microseconds(250)
    /// The step of the reference time: 64 ms, which is 256 ticks.
    static let ticksPerReference: Int64 = 256

    /// The packets that feedback may report on.
    ///
    /// A few chunks can stand for 65535; no transport has so many in flight, and each costs the reader time.
    public static let maximumPackets = 0x4000

    /// One packet's fate.
    public struct Packet: Sendable, Equatable {
        /// The packet's number on the transport.
        public var sequenceNumber: SequenceNumber
        /// The arrival on the clock of who reports, whose start is arbitrary and which wraps after 12 days;
        /// `nil` if the packet has not arrived.
        public var arrival: Timestamp?

        /// Makes a fate from its parts.
        public init(sequenceNumber: SequenceNumber, arrival: Timestamp?) {
            self.sequenceNumber = sequenceNumber
            self.arrival = arrival
        }
    }

    /// The source that reports.
    public var sender: SSRC
    /// A source of the transport, whichever.
    public var media: SSRC
    /// The number of the first packet reported on.
    public var base: SequenceNumber
    /// What the deltas begin from, in units of 64 ms: 24 bits with a sign.
    public var referenceTime: Int32
    /// Counts the feedback packets of the transport, so that a lost one is noticed.
    public var feedbackCount: UInt8
    /// One entry a packet from ``base`` on: ticks since the packet that came before it in this list, for the
    /// first one since ``referenceTime``; `nil` if it has not arrived.
    public var deltas: [Int16?]

    /// Makes feedback from its fields.
    ///
    /// Deltas beyond ``maximumPackets`` are not written.
    public init(
        sender: SSRC, media: SSRC, base: SequenceNumber, referenceTime: Int32, feedbackCount: UInt8,
        deltas: [Int16?]
    ) {
        self.sender = sender
        self.media = media
        self.base = base
        self.referenceTime = referenceTime
        self.feedbackCount = feedbackCount
        self.deltas = deltas
    }

    /// Reads feedback.
    /// - Throws: ``RTCPParseError`` when the bytes are none.
    public init(parsing bytes: Span<UInt8>) throws(RTCPParseError) {
        let header = try RTCPHeader(
            parsing: bytes, type: .transportFeedback, format: Self.format, minimum: 16)
        sender = SSRC(bytes.uint32(at: 4))
        media = SSRC(bytes.uint32(at: 8))
        base = SequenceNumber(bytes.uint16(at: 12))
        referenceTime = Int32(bitPattern: bytes.uint24(at: 16) << 8) >> 8
        feedbackCount = bytes[19]

        let count = Int(bytes.uint16(at: 14))
        guard count <= Self.maximumPackets else { throw .tooManyPackets(count) }
        let end = header.body.upperBound
        var offset = 20
        var statuses: [PacketStatus] = []
        while statuses.count < count {
            guard end - offset >= 2 else { throw .truncated(needed: offset + 2, have: end) }
            guard PacketStatusChunk.decode(bytes.uint16(at: offset), into: &statuses, limit: count) else {
                throw .reservedSymbol(offset: offset)
            }
            offset += 2
        }

        deltas = []
        deltas.reserveCapacity(count)
        for status in statuses {
            switch status {
            case .missing:
                deltas.append(nil)
            case .smallDelta:
                guard end - offset >= 1 else { throw .truncated(needed: offset + 1, have: end) }
                deltas.append(Int16(bytes[offset]))
                offset += 1
            case .largeDelta:
                guard end - offset >= 2 else { throw .truncated(needed: offset + 2, have: end) }
                deltas.append(Int16(bitPattern: bytes.uint16(at: offset)))
                offset += 2
            }
        }
    }

    /// Appends the feedback; deltas that do not fill a word are padded.
    public func write(into writer: inout ByteWriter) {
        let written = deltas.prefix(Self.maximumPackets)
        writer.appendRTCP(type: .transportFeedback, format: Int(Self.format)) { writer in
            writer.append(sender.rawValue)
            writer.append(media.rawValue)
            writer.append(base.rawValue)
            writer.append(UInt16(truncatingIfNeeded: written.count))
            writer.append24(UInt32(bitPattern: referenceTime))
            writer.append(feedbackCount)
            PacketStatusChunk.encode(written.map(Self.status(of:)), into: &writer)
            for delta in written {
                guard let delta else { continue }
                if let small = UInt8(exactly: delta) {
                    writer.append(small)
                } else {
                    writer.append(UInt16(bitPattern: delta))
                }
            }
        }
    }

    private static func status(of delta: Int16?) -> PacketStatus {
        guard let delta else { return .missing }
        return UInt8(exactly: delta) == nil ? .largeDelta : .smallDelta
    }

    /// The packets reported on, in the order of their numbers.
    public var packets: Packets { Packets(feedback: self) }

    /// The packets feedback reports on, with their numbers and arrival times worked out.
    public struct Packets: Sequence, IteratorProtocol, Sendable {
        private let deltas: [Int16?]
        private let base: UInt16
        private var ticks: Int64
        private var index = 0

        init(feedback: TransportFeedback) {
            deltas = feedback.deltas
            base = feedback.base.rawValue
            ticks = Int64(feedback.referenceTime) * ticksPerReference
        }

        /// The next packet reported on.
        public mutating func next() -> Packet? {
            guard index < deltas.count else { return nil }
            defer { index += 1 }
            let number = SequenceNumber(base &+ UInt16(truncatingIfNeeded: index))
            guard let delta = deltas[index] else { return Packet(sequenceNumber: number, arrival: nil) }
            ticks += Int64(delta)
            return Packet(sequenceNumber: number, arrival: .zero + tick * ticks)
        }
    }
}

public import Wire

/// Walks the packets that a transport feedback reports on, without allocation
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1; the format stands at ``TransportFeedback``).
///
///     var cursor = try TransportFeedbackCursor(parsing: packet)
///     while let report = cursor.next(in: packet) { … }
///
/// Making one reads every chunk and checks that every delta is there, so that the walk itself cannot fail: it takes
/// exactly what ``TransportFeedback`` takes.
public struct TransportFeedbackCursor: Sendable {
    /// One packet's fate.
    public struct Report: Sendable, Equatable {
        /// The packet's number on the transport.
        public let sequenceNumber: SequenceNumber
        /// The arrival in ticks of 250 µs on the clock of who reports, whose start is arbitrary and which wraps after
        /// 12 days; `nil` if the packet has not arrived.
        public let arrival: Int64?

        @inlinable
        init(sequenceNumber: SequenceNumber, arrival: Int64?) {
            self.sequenceNumber = sequenceNumber
            self.arrival = arrival
        }

        /// Whether it has arrived.
        @inlinable
        public var isReceived: Bool { arrival != nil }
    }

    /// The source that reports.
    public let sender: SSRC
    /// A source of the transport, whichever.
    public let media: SSRC
    /// The number of the first packet reported on.
    public let base: SequenceNumber
    /// Counts the feedback packets of the transport, so that a lost one is noticed.
    public let feedbackCount: UInt8
    /// Packets reported on that the walk has not come to yet.
    public private(set) var remaining: Int

    private var number: UInt16
    private var ticks: Int64
    /// The next chunk and the next delta.
    private var chunkOffset: Int
    private var deltaOffset: Int
    /// The chunk the walk is in, and how many symbols of it are left.
    private var chunk: UInt16 = 0
    private var symbols = 0

    /// Whether the packet that begins with the first of `bytes` is transport feedback, well formed or not.
    @inlinable
    public static func recognises(_ bytes: Span<UInt8>) -> Bool {
        bytes.count >= 2 && bytes[0] & 0x1F == 15 && bytes[1] == 205
    }

    /// Stands before the first packet reported on.
    /// - Throws: ``RTCPParseError`` when the bytes are no transport feedback.
    public init(parsing bytes: Span<UInt8>) throws(RTCPParseError) {
        let header = try RTCPHeader(
            parsing: bytes, type: .transportFeedback, format: TransportFeedback.format, minimum: 16)
        sender = SSRC(bytes.uint32(at: 4))
        media = SSRC(bytes.uint32(at: 8))
        base = SequenceNumber(bytes.uint16(at: 12))
        remaining = Int(bytes.uint16(at: 14))
        feedbackCount = bytes[19]
        number = base.rawValue
        let reference = Int32(bitPattern: bytes.uint24(at: 16) << 8) >> 8
        ticks = Int64(reference) * TransportFeedback.ticksPerReference
        chunkOffset = 20
        deltaOffset = 20
        guard remaining <= TransportFeedback.maximumPackets else { throw .tooManyPackets(remaining) }

        let end = header.body.upperBound
        var unread = remaining
        var deltaBytes = 0
        while unread > 0 {
            guard end - deltaOffset >= 2 else { throw .truncated(needed: deltaOffset + 2, have: end) }
            guard let part = Self.measure(bytes.uint16(at: deltaOffset), limit: unread) else {
                throw .reservedSymbol(offset: deltaOffset)
            }
            unread -= part.packets
            deltaBytes += part.deltaBytes
            deltaOffset += 2
        }
        guard end - deltaOffset >= deltaBytes else { throw .truncated(needed: deltaOffset + deltaBytes, have: end) }
    }

    /// How many of the `limit` packets still to come a chunk stands for, and the bytes of their deltas; `nil` if it
    /// has the reserved symbol.
    private static func measure(_ chunk: UInt16, limit: Int) -> (packets: Int, deltaBytes: Int)? {
        if chunk & 0x8000 == 0 {
            let symbol = Int(chunk >> 13 & 3)
            guard symbol < 3 else { return nil }
            let length = min(Int(chunk & 0x1FFF), limit)
            return (length, length * symbol)
        }
        if chunk & 0x4000 == 0 {
            let length = min(14, limit)
            return (length, (chunk & 0x3FFF & ~(0x3FFF >> UInt16(length))).nonzeroBitCount)
        }
        let length = min(7, limit)
        var deltaBytes = 0
        for place in 0..<length {
            let symbol = Int(chunk >> UInt16(12 - 2 * place) & 3)
            guard symbol < 3 else { return nil }
            deltaBytes += symbol
        }
        return (length, deltaBytes)
    }

    /// The next packet reported on, in the order of their numbers, from the same bytes that the cursor was made
    /// from; `nil` behind the last.
    public mutating func next(in bytes: Span<UInt8>) -> Report? {
        guard remaining > 0 else { return nil }
        while symbols == 0 {
            guard chunkOffset + 2 <= bytes.count else { return nil }
            chunk = bytes.uint16(at: chunkOffset)
            chunkOffset += 2
            symbols = chunk & 0x8000 == 0 ? Int(chunk & 0x1FFF) : chunk & 0x4000 == 0 ? 14 : 7
        }
        symbols -= 1
        // A run has one symbol above its length; a vector its first one highest.
        let symbol: UInt16 =
            if chunk & 0x8000 == 0 {
                chunk >> 13 & 3
            } else if chunk & 0x4000 == 0 {
                chunk >> UInt16(symbols) & 1
            } else {
                chunk >> UInt16(2 * symbols) & 3
            }

        let sequenceNumber = SequenceNumber(number)
        number &+= 1
        remaining -= 1
        switch symbol {
        case 0: return Report(sequenceNumber: sequenceNumber, arrival: nil)
        case 1:
            guard deltaOffset < bytes.count else { return nil }
            ticks += Int64(bytes[deltaOffset])
            deltaOffset += 1
        default:
            guard deltaOffset + 2 <= bytes.count else { return nil }
            ticks += Int64(Int16(bitPattern: bytes.uint16(at: deltaOffset)))
            deltaOffset += 2
        }
        return Report(sequenceNumber: sequenceNumber, arrival: ticks)
    }
}

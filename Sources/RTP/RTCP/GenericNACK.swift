public import Wire

/// Lost packets that the receiver wants again (RFC 4585 §6.2.1).
///
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |            PID                |             BLP               |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
public struct GenericNACK: Sendable, Equatable {
    static let format: UInt8 = 1

    /// One lost packet, and which of the sixteen that follow it are lost as well.
    public struct Item: Sendable, Equatable {
        /// The number of the first lost packet (PID).
        public var first: SequenceNumber
        /// Bit `n` stands for the packet `n + 1` after the first (BLP).
        public var following: UInt16
        /// Makes an item from its parts.
        public init(first: SequenceNumber, following: UInt16 = 0) {
            self.first = first
            self.following = following
        }
    }

    /// The source that asks.
    public var sender: SSRC
    /// The source whose packets are lost.
    public var media: SSRC
    /// The lost packets, as they stand on the wire.
    public var items: [Item]

    /// Makes a request from its fields.
    public init(sender: SSRC, media: SSRC, items: [Item]) {
        self.sender = sender
        self.media = media
        self.items = items
    }

    /// Makes a request for `lost` packets, which must be in ascending order, wrapping included.
    public init(sender: SSRC, media: SSRC, lost: some Sequence<SequenceNumber>) {
        self.init(sender: sender, media: media, items: [])
        for number in lost {
            if let last = items.last {
                let distance = number.rawValue &- last.first.rawValue
                if distance == 0 { continue }
                if distance <= 16 {
                    items[items.count - 1].following |= 1 << (distance - 1)
                    continue
                }
            }
            items.append(Item(first: number))
        }
    }

    /// Reads a request; one that asks for nothing is taken.
    /// - Throws: ``RTCPParseError`` when the bytes are none.
    public init(parsing bytes: Span<UInt8>) throws(RTCPParseError) {
        let header = try RTCPHeader(parsing: bytes, type: .transportFeedback, format: Self.format, minimum: 8)
        sender = SSRC(bytes.uint32(at: 4))
        media = SSRC(bytes.uint32(at: 8))
        let count = (header.body.count - 8) / 4
        items = []
        items.reserveCapacity(count)
        for index in 0..<count {
            let offset = 12 + index * 4
            items.append(
                Item(first: SequenceNumber(bytes.uint16(at: offset)), following: bytes.uint16(at: offset + 2))
            )
        }
    }

    /// Appends the request.
    public func write(into writer: inout ByteWriter) {
        writer.appendRTCP(type: .transportFeedback, format: Int(Self.format)) { writer in
            writer.append(sender.rawValue)
            writer.append(media.rawValue)
            for item in items {
                writer.append(item.first.rawValue)
                writer.append(item.following)
            }
        }
    }

    /// The numbers asked for, one after the other, without allocation.
    public var lost: LostNumbers { LostNumbers(items: items) }

    /// The numbers a request asks for, in the order they stand in it.
    public struct LostNumbers: Sequence, IteratorProtocol, Sendable {
        private let items: [Item]
        private var index = 0
        private var isFirst = true
        private var pending: UInt16 = 0

        init(items: [Item]) { self.items = items }

        /// The next number asked for.
        public mutating func next() -> SequenceNumber? {
            while index < items.count {
                let item = items[index]
                if isFirst {
                    isFirst = false
                    pending = item.following
                    return item.first
                }
                if pending != 0 {
                    let bit = UInt16(truncatingIfNeeded: pending.trailingZeroBitCount)
                    pending &= pending - 1
                    return SequenceNumber(item.first.rawValue &+ bit &+ 1)
                }
                index += 1
                isFirst = true
            }
            return nil
        }
    }
}

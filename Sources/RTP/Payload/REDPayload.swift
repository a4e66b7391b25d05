public import Wire

/// Redundant audio: older blocks of sound in front of the newest one (RFC 2198 §3).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |1|   block PT  |  timestamp offset         |   block length    |  redundant
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |0|   block PT  |                                                  primary, last
///     +-+-+-+-+-+-+-+-+
///
/// The blocks' data follows the headers in the same order; the primary block takes what is left. Nothing
/// allocates.
public struct REDPayload: Sendable, Equatable {
    /// One block of sound.
    public struct Block: Sendable, Equatable {
        /// The payload type of the block.
        public let payloadType: PayloadType
        /// How much older than the packet's timestamp it is, in ticks; 0 for the primary block.
        public let timestampOffset: UInt16
        /// Where its data lies in the payload; may be empty.
        public let range: Range<Int>
    }

    /// The newest block: what a receiver without RED gets.
    public let primary: Block
    /// The number of blocks in front of it.
    public let redundantCount: Int
    private let dataStart: Int

    /// Walks the block headers.
    /// - Throws: ``PayloadParseError`` when the payload ends within a header or a redundant block.
    public init(parsing payload: Span<UInt8>) throws(PayloadParseError) {
        let count = payload.count
        var offset = 0
        var redundant = 0
        var redundantBytes = 0
        while true {
            guard count >= offset + 1 else { throw .truncated(needed: offset + 1, have: count) }
            guard payload[offset] & 0x80 != 0 else { break }
            guard count >= offset + 4 else { throw .truncated(needed: offset + 4, have: count) }
            redundantBytes += Int(payload.uint16(at: offset + 2) & 0x3FF)
            redundant += 1
            offset += 4
        }
        dataStart = offset + 1
        let start = dataStart + redundantBytes
        guard count >= start else { throw .truncated(needed: start, have: count) }
        primary = Block(payloadType: PayloadType(payload[offset]), timestampOffset: 0, range: start..<count)
        redundantCount = redundant
    }

    /// Whether every block, the primary one included, is of this payload type; `payload` is what this was read from.
    public func isAll(_ type: PayloadType, in payload: Span<UInt8>) -> Bool {
        guard primary.payloadType == type, payload.count >= redundantCount * 4 else { return false }
        for index in 0..<redundantCount where payload[index * 4] & 0x7F != type.rawValue { return false }
        return true
    }

    /// Gives every block of a payload that was read before another payload type.
    ///
    /// - Parameters:
    ///   - start: Where the payload begins in `packet`.
    ///   - end: Where its primary block begins: nothing from there on is touched.
    @inlinable
    public static func setBlockTypes(
        _ type: PayloadType, in packet: inout MutableSpan<UInt8>, from start: Int, to end: Int
    ) {
        var offset = start
        while offset < end, packet[offset] & 0x80 != 0 {
            packet[offset] = 0x80 | type.rawValue
            offset += 4
        }
        if offset < end { packet[offset] = type.rawValue }
    }

    /// The redundant block at `index` below ``redundantCount``, oldest first as senders write them; `payload`
    /// is what this was read from.
    public func redundantBlock(at index: Int, in payload: Span<UInt8>) -> Block? {
        guard index >= 0, index < redundantCount, payload.count >= primary.range.lowerBound else {
            return nil
        }
        var start = dataStart
        for earlier in 0..<index { start += Int(payload.uint16(at: earlier * 4 + 2) & 0x3FF) }
        let length = Int(payload.uint16(at: index * 4 + 2) & 0x3FF)
        guard start + length <= payload.count else { return nil }
        return Block(
            payloadType: PayloadType(payload[index * 4]),
            timestampOffset: payload.uint16(at: index * 4 + 1) >> 2,
            range: start..<start + length)
    }
}

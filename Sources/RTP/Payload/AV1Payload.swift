import Wire

/// What a relay has to know of an AV1 payload (AOM "RTP Payload Format For AV1" §4.4).
///
///      0 1 2 3 4 5 6 7
///     +-+-+-+-+-+-+-+-+
///     |Z|Y| W |N|-|-|-|   aggregation header
///     +-+-+-+-+-+-+-+-+
public struct AV1Payload: Sendable, Equatable {
    /// Whether the first element continues a unit from the packet before (Z).
    public let continuesUnit: Bool
    /// Whether the last element is continued in the packet behind (Y).
    public let isContinued: Bool
    /// Whether this is the first packet of a coded video sequence (N).
    public let startsSequence: Bool
    /// Whether a sequence header begins in it.
    public let hasSequenceHeader: Bool
    /// The temporal layer of the first unit that says one, 0 to 7; `nil` if none begins here that does.
    public let temporalID: UInt8?
    /// The spatial layer of that unit, 0 to 3.
    public let spatialID: UInt8?

    private static let sequenceHeaderType: UInt8 = 1

    /// Looks into a payload: the aggregation header, and the headers of the units that begin in it.
    /// - Throws: ``PayloadParseError`` when it ends within one of its elements.
    public init(parsing payload: Span<UInt8>) throws(PayloadParseError) {
        let count = payload.count
        guard count >= 1 else { throw .truncated(needed: 1, have: count) }
        let first = payload[0]
        continuesUnit = first & 0x80 != 0
        isContinued = first & 0x40 != 0
        startsSequence = first & 0x08 != 0

        let elementCount = Int(first >> 4 & 3)  // W; zero: as many as there are, each with its size
        var hasSequenceHeader = false
        var layers: UInt8?
        var isUnitStart = first & 0x80 == 0
        var offset = 1
        var element = 1
        while offset < count, elementCount == 0 || element <= elementCount {
            var end = count
            if element != elementCount {
                let size = try Self.size(in: payload, at: &offset)
                guard size <= count - offset else { throw .truncated(needed: offset + size, have: count) }
                end = offset + size
            }
            if isUnitStart, offset < end {
                let header = payload[offset]
                if header >> 3 & 0x0F == Self.sequenceHeaderType { hasSequenceHeader = true }
                if header & 0x04 != 0, layers == nil, end - offset >= 2 { layers = payload[offset + 1] }
            }
            isUnitStart = true
            offset = end
            element += 1
        }
        self.hasSequenceHeader = hasSequenceHeader
        temporalID = layers.map { $0 >> 5 }
        spatialID = layers.map { $0 >> 3 & 3 }
    }

    /// Whether a receiver can begin with this packet.
    public var isKeyframeStart: Bool { startsSequence && !continuesUnit }

    /// A size in LEB128, eight bytes at most (AV1 §4.10.5).
    ///
    /// What is beyond any datagram stays beyond it.
    private static func size(in payload: Span<UInt8>, at offset: inout Int) throws(PayloadParseError) -> Int {
        var size = 0
        for index in 0..<8 {
            guard offset < payload.count else { throw .truncated(needed: offset + 1, have: payload.count) }
            let byte = payload[offset]
            offset += 1
            size |= Int(byte & 0x7F) << (index * 7)
            if byte & 0x80 == 0 { break }
        }
        return size
    }
}

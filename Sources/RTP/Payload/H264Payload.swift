import Wire

/// What a relay has to know of an H.264 payload: whether a keyframe begins in it (RFC 6184 §5.2).
///
/// Single units, aggregates (STAP-A) and fragments (FU-A) are looked into: these are what packetization modes
/// 0 and 1 have.
public struct H264Payload: Sendable, Equatable {
    /// A sequence parameter set is in it, whole or its first fragment.
    public private(set) var hasSequenceParameterSet = false
    /// A picture parameter set is in it, whole or its first fragment.
    public private(set) var hasPictureParameterSet = false
    /// The first slice of an IDR picture begins in it.
    public private(set) var startsIDRPicture = false

    /// The numbers of the unit types (RFC 6184 table 1, H.264 table 7-1).
    private enum UnitType {
        static let idrSlice: UInt8 = 5
        static let sequenceParameterSet: UInt8 = 7
        static let pictureParameterSet: UInt8 = 8
        static let aggregate: UInt8 = 24
        static let fragment: UInt8 = 28
    }

    /// Looks into a payload.
    /// - Throws: ``PayloadParseError`` when it ends within a unit's header, or an aggregate within a unit.
    public init(parsing payload: Span<UInt8>) throws(PayloadParseError) {
        let count = payload.count
        guard count >= 1 else { throw .truncated(needed: 1, have: count) }
        switch payload[0] & 0x1F {
        case UnitType.aggregate:
            var offset = 1
            while offset < count {
                guard count >= offset + 2 else { throw .truncated(needed: offset + 2, have: count) }
                let start = offset + 2
                let end = start + Int(payload.uint16(at: offset))
                guard count >= end else { throw .truncated(needed: end, have: count) }
                if end > start { note(payload[start] & 0x1F, in: payload, body: start + 1..<end) }
                offset = end
            }
        case UnitType.fragment:
            guard count >= 2 else { throw .truncated(needed: 2, have: count) }
            // Only the first fragment (S) is the beginning of anything.
            if payload[1] & 0x80 != 0 { note(payload[1] & 0x1F, in: payload, body: 2..<count) }
        case let type:
            note(type, in: payload, body: 1..<count)
        }
    }

    /// Whether a receiver can begin with this packet.
    ///
    /// The parameter sets come in front of the picture they belong to. An IDR picture alone counts too: there
    /// are senders that give the sets out of band.
    public var isKeyframeStart: Bool { hasSequenceParameterSet || startsIDRPicture }

    private mutating func note(_ type: UInt8, in payload: Span<UInt8>, body: Range<Int>) {
        switch type {
        case UnitType.sequenceParameterSet: hasSequenceParameterSet = true
        case UnitType.pictureParameterSet: hasPictureParameterSet = true
        case UnitType.idrSlice:
            // first_mb_in_slice is an Exp-Golomb number; zero, which begins the picture, is the single bit 1.
            if !body.isEmpty, payload[body.lowerBound] & 0x80 != 0 { startsIDRPicture = true }
        default: break
        }
    }
}

public import Wire

/// The payload descriptor in front of every VP9 payload (RFC 9628 §4.2).
///
///          0 1 2 3 4 5 6 7
///         +-+-+-+-+-+-+-+-+
///         |I|P|L|F|B|E|V|Z| (REQUIRED)
///         +-+-+-+-+-+-+-+-+
///     I:  |M| PICTURE ID  | (RECOMMENDED), one byte more if M
///         +-+-+-+-+-+-+-+-+
///     L:  | TID |U| SID |D| (CONDITIONALLY RECOMMENDED)
///         +-+-+-+-+-+-+-+-+
///         |   TL0PICIDX   | if L and not F (non-flexible mode)
///         +-+-+-+-+-+-+-+-+
///     P,F:| P_DIFF      |N| up to three times, if F and P (flexible mode)
///         +-+-+-+-+-+-+-+-+
///     V:  | SS ..         |
///         +-+-+-+-+-+-+-+-+
public struct VP9Descriptor: Sendable, Equatable {
    @usableFromInline let first: UInt8
    @usableFromInline let layerBits: UInt8
    /// The descriptor's length: where the VP9 frame's own bytes begin.
    public let length: Int
    /// The picture's number, 7 or 15 bits, the same for all its spatial layers; `nil` if pictures are not
    /// numbered.
    public let pictureID: UInt16?
    /// Whether ``pictureID`` takes two bytes.
    public let hasLongPictureID: Bool
    /// The number of the picture of temporal layer 0 that this one depends on, or is; `nil` in flexible mode.
    public let tl0PictureIndex: UInt8?
    /// The spatial layers of the stream, if this packet has the scalability structure; else `nil`.
    public let spatialLayerCount: Int?
    /// Where the scalability structure begins; only with ``spatialLayerCount``.
    @usableFromInline let structureStart: Int

    /// Reads the descriptor at the beginning of `payload`.
    /// - Throws: ``PayloadParseError`` when the payload ends within the descriptor.
    @inlinable
    public init(parsing payload: Span<UInt8>) throws(PayloadParseError) {
        let count = payload.count
        guard count >= 1 else { throw .truncated(needed: 1, have: count) }
        let first = payload[0]
        var offset = 1
        var pictureID: UInt16?
        var isLong = false
        var layerBits: UInt8 = 0
        var tl0PictureIndex: UInt8?

        if first & 0x80 != 0 {
            guard count >= offset + 1 else { throw .truncated(needed: offset + 1, have: count) }
            isLong = payload[offset] & 0x80 != 0
            if isLong {
                guard count >= offset + 2 else { throw .truncated(needed: offset + 2, have: count) }
                pictureID = payload.uint16(at: offset) & 0x7FFF
                offset += 2
            } else {
                pictureID = UInt16(payload[offset])
                offset += 1
            }
        }
        if first & 0x20 != 0 {
            guard count >= offset + 1 else { throw .truncated(needed: offset + 1, have: count) }
            layerBits = payload[offset]
            offset += 1
            if first & 0x10 == 0 {
                guard count >= offset + 1 else { throw .truncated(needed: offset + 1, have: count) }
                tl0PictureIndex = payload[offset]
                offset += 1
            }
        }
        if first & 0x50 == 0x50 {
            var remaining = 3
            var follows = true
            while follows, remaining > 0 {
                guard count >= offset + 1 else { throw .truncated(needed: offset + 1, have: count) }
                follows = payload[offset] & 1 != 0
                offset += 1
                remaining -= 1
            }
        }
        var layers: Int?
        let structureStart = offset
        if first & 0x02 != 0 {
            let structure = try VP9ScalabilityStructure(parsing: payload, at: offset)
            layers = structure.spatialLayerCount
            offset += structure.length
        }
        self.first = first
        self.layerBits = layerBits
        length = offset
        self.pictureID = pictureID
        hasLongPictureID = isLong
        self.tl0PictureIndex = tl0PictureIndex
        spatialLayerCount = layers
        self.structureStart = structureStart
    }

    /// The sizes of the spatial layers, lowest first; empty if this packet does not give them.
    ///
    /// - Parameter payload: What the descriptor was read from.
    public func sizes(in payload: Span<UInt8>) -> [FrameSize] {
        guard let spatialLayerCount, payload.count >= length, payload[structureStart] & 0x10 != 0 else { return [] }
        return (0..<spatialLayerCount).map { layer in
            let place = structureStart + 1 + layer * 4
            return FrameSize(width: Int(payload.uint16(at: place)), height: Int(payload.uint16(at: place + 2)))
        }
    }

    /// Whether the frame depends on an earlier picture (P).
    @inlinable
    public var isInterPicturePredicted: Bool { first & 0x40 != 0 }

    /// Whether the dependencies are given frame by frame (F).
    @inlinable
    public var isFlexible: Bool { first & 0x10 != 0 }

    /// Whether this is the first packet of a layer's frame (B).
    @inlinable
    public var startsFrame: Bool { first & 0x08 != 0 }

    /// Whether this is the last packet of a layer's frame (E).
    ///
    /// Where the layers above are dropped, the marker has to be set here.
    @inlinable
    public var endsFrame: Bool { first & 0x04 != 0 }

    /// Whether no higher spatial layer of the picture depends on this frame (Z).
    @inlinable
    public var isNotUpperReference: Bool { first & 0x01 != 0 }

    /// The temporal layer, 0 to 7; `nil` if the stream gives no layers.
    @inlinable
    public var temporalID: UInt8? { first & 0x20 != 0 ? layerBits >> 5 : nil }

    /// Whether higher temporal layers can be taken up from here: what follows of them depends on nothing of
    /// them from before this frame (U).
    @inlinable
    public var isSwitchingUpPoint: Bool { first & 0x20 != 0 && layerBits & 0x10 != 0 }

    /// The spatial layer, 0 to 7; `nil` if the stream gives no layers.
    @inlinable
    public var spatialID: UInt8? { first & 0x20 != 0 ? layerBits >> 1 & 7 : nil }

    /// Whether the frame depends on the next lower spatial layer of its picture (D).
    @inlinable
    public var isInterLayerPredicted: Bool { first & 0x20 != 0 && layerBits & 1 != 0 }

    /// Whether this is the first packet of a keyframe: of the lowest spatial layer of a picture that depends
    /// on none before it (RFC 9628 §4.2, "P").
    @inlinable
    public var isKeyframeStart: Bool {
        startsFrame && !isInterPicturePredicted && (spatialID ?? 0) == 0 && !isInterLayerPredicted
    }

    /// Writes other numbers into a copy of the payload, each where the descriptor has one and as wide as it
    /// is there.
    ///
    /// - Parameters:
    ///   - packet: The packet that holds the copy.
    ///   - start: Where the payload begins in it.
    ///   - pictureID: The picture's number; its low 7 or 15 bits are written.
    ///   - tl0PictureIndex: The number of the picture of temporal layer 0.
    @inlinable
    public func patch(
        _ packet: inout MutableSpan<UInt8>, at start: Int, pictureID: UInt16, tl0PictureIndex: UInt8
    ) {
        guard start >= 0, length <= packet.count - start else { return }
        var offset = start + 1
        if self.pictureID != nil {
            if hasLongPictureID {
                packet.store(pictureID | 0x8000, at: offset)
                offset += 2
            } else {
                packet[offset] = UInt8(truncatingIfNeeded: pictureID & 0x7F)
                offset += 1
            }
        }
        if self.tl0PictureIndex != nil { packet[offset + 1] = tl0PictureIndex }
    }
}

/// The scalability structure, which keyframes carry (RFC 9628 §4.2.1).
///
///         +-+-+-+-+-+-+-+-+
///     V:  | N_S |Y|G|-|-|-|
///         +-+-+-+-+-+-+-+-+
///     Y:  | width, height | 16 bits each, N_S + 1 times
///         +-+-+-+-+-+-+-+-+
///     G:  |      N_G      |
///         +-+-+-+-+-+-+-+-+
///     N_G:| TID |U| R |-|-| then R times P_DIFF
///         +-+-+-+-+-+-+-+-+
@usableFromInline
struct VP9ScalabilityStructure {
    @usableFromInline let spatialLayerCount: Int
    @usableFromInline let length: Int

    /// Walks the structure that begins at `start`.
    @usableFromInline
    init(parsing payload: Span<UInt8>, at start: Int) throws(PayloadParseError) {
        let count = payload.count
        guard count >= start + 1 else { throw .truncated(needed: start + 1, have: count) }
        let flags = payload[start]
        var end = start + 1
        spatialLayerCount = Int(flags >> 5) + 1
        if flags & 0x10 != 0 { end += spatialLayerCount * 4 }
        if flags & 0x08 != 0 {
            guard count >= end + 1 else { throw .truncated(needed: end + 1, have: count) }
            let pictures = payload[end]
            end += 1
            for _ in 0..<pictures {
                guard count >= end + 1 else { throw .truncated(needed: end + 1, have: count) }
                end += 1 + Int(payload[end] >> 2 & 3)
            }
        }
        guard count >= end else { throw .truncated(needed: end, have: count) }
        length = end - start
    }
}

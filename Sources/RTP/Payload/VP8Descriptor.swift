public import Wire

/// The payload descriptor in front of every VP8 payload (RFC 7741 §4.2).
///
///          0 1 2 3 4 5 6 7
///         +-+-+-+-+-+-+-+-+
///         |X|R|N|S|R| PID | (REQUIRED)
///         +-+-+-+-+-+-+-+-+
///     X:  |I|L|T|K| RSV   | (OPTIONAL)
///         +-+-+-+-+-+-+-+-+
///     I:  |M| PictureID   | (OPTIONAL)
///         +-+-+-+-+-+-+-+-+
///         |   PictureID   | if M
///         +-+-+-+-+-+-+-+-+
///     L:  |   TL0PICIDX   | (OPTIONAL)
///         +-+-+-+-+-+-+-+-+
///     T/K:|TID|Y| KEYIDX  | (OPTIONAL)
///         +-+-+-+-+-+-+-+-+
///
/// Read once for every packet; the fields that count frames are patched for every receiver, because it sees
/// one stream where the publisher sends several. Neither allocates.
public struct VP8Descriptor: Sendable, Equatable {
    @usableFromInline var first: UInt8
    @usableFromInline var extensionBits: UInt8
    @usableFromInline var layerBits: UInt8
    /// The descriptor's length: where the VP8 payload header begins.
    public let length: Int
    /// The frame's number, 7 or 15 bits; `nil` if the sender does not number its frames.
    public let pictureID: UInt16?
    /// The number of the frame of temporal layer 0 that this frame depends on, or is; `nil` if there is none.
    public let tl0PictureIndex: UInt8?
    /// Whether this is the first packet of a keyframe.
    public let isKeyframeStart: Bool
    /// Whether ``pictureID`` takes two bytes.
    public let hasLongPictureID: Bool

    /// Reads the descriptor at the beginning of `payload`.
    /// - Throws: ``PayloadParseError`` when the payload ends within the descriptor.
    @inlinable
    public init(parsing payload: Span<UInt8>) throws(PayloadParseError) {
        let count = payload.count
        guard count >= 1 else { throw .truncated(needed: 1, have: count) }
        first = payload[0]
        extensionBits = 0
        layerBits = 0
        var offset = 1
        var pictureID: UInt16?
        var isLong = false
        var tl0PictureIndex: UInt8?

        if first & 0x80 != 0 {
            guard count >= 2 else { throw .truncated(needed: 2, have: count) }
            extensionBits = payload[1]
            offset = 2
            if extensionBits & 0x80 != 0 {
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
            if extensionBits & 0x40 != 0 {
                guard count >= offset + 1 else { throw .truncated(needed: offset + 1, have: count) }
                tl0PictureIndex = payload[offset]
                offset += 1
            }
            if extensionBits & 0x30 != 0 {
                guard count >= offset + 1 else { throw .truncated(needed: offset + 1, have: count) }
                layerBits = payload[offset]
                offset += 1
            }
        }
        length = offset
        self.pictureID = pictureID
        hasLongPictureID = isLong
        self.tl0PictureIndex = tl0PictureIndex
        // The payload header follows in the first packet of a frame, and its lowest bit P is 0 in a keyframe
        // (§4.3).
        isKeyframeStart = first & 0x1F == 0x10 && count > offset && payload[offset] & 1 == 0
    }

    /// Whether no other frame depends on this one (N).
    @inlinable
    public var isNonReference: Bool { first & 0x20 != 0 }

    /// Whether this is the first packet of a frame: the start of its first partition (S, PID).
    @inlinable
    public var startsFrame: Bool { first & 0x1F == 0x10 }

    /// The temporal layer, 0 to 3; `nil` if the stream has none.
    @inlinable
    public var temporalID: UInt8? { extensionBits & 0x20 != 0 ? layerBits >> 6 : nil }

    /// Whether the frame depends on frames of temporal layer 0 only, so that its layer can be taken up with
    /// it (Y).
    @inlinable
    public var isLayerSync: Bool { extensionBits & 0x20 != 0 && layerBits & 0x20 != 0 }

    /// The number of the last keyframe, 5 bits; `nil` if there is none.
    @inlinable
    public var keyIndex: UInt8? { extensionBits & 0x10 != 0 ? layerBits & 0x1F : nil }

    /// Writes other numbers into a copy of the payload, each where the descriptor has one and as wide as it
    /// is there.
    ///
    /// - Parameters:
    ///   - packet: The packet that holds the copy.
    ///   - start: Where the payload begins in it.
    ///   - pictureID: The frame's number; its low 7 or 15 bits are written.
    ///   - tl0PictureIndex: The number of the frame of temporal layer 0.
    ///   - keyIndex: The number of the keyframe; its low 5 bits are written.
    @inlinable
    public func patch(
        _ packet: inout MutableSpan<UInt8>, at start: Int, pictureID: UInt16, tl0PictureIndex: UInt8,
        keyIndex: UInt8
    ) {
        guard start >= 0, length <= packet.count - start else { return }
        var offset = start + 2
        if self.pictureID != nil {
            if hasLongPictureID {
                packet.store(pictureID | 0x8000, at: offset)
                offset += 2
            } else {
                packet[offset] = UInt8(truncatingIfNeeded: pictureID & 0x7F)
                offset += 1
            }
        }
        if self.tl0PictureIndex != nil {
            packet[offset] = tl0PictureIndex
            offset += 1
        }
        if extensionBits & 0x10 != 0 {
            packet[offset] = layerBits & 0xE0 | keyIndex & 0x1F
        }
    }
}

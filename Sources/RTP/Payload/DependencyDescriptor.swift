/// What a packet's frame is to the layers of its stream, whatever the codec and even if the payload is
/// encrypted (AOM "RTP Payload Format For AV1" Appendix A).
///
///      0                   1                   2
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |S|E| template  |         frame number          |   mandatory, then five flags and what they announce
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// Most packets have the three mandatory bytes only, and then nothing allocates. A structure is allocated
/// when a keyframe brings one.
public struct DependencyDescriptor: Sendable, Equatable {
    /// The bytes that every descriptor has.
    public static let mandatoryLength = 3

    /// The frame's layers, and what it is to each decode target.
    public struct Frame: Sendable, Equatable {
        /// The spatial layer, 0 to 3.
        public let spatialID: UInt8
        /// The temporal layer, 0 to 7.
        public let temporalID: UInt8
        /// What the frame is to each decode target of the structure.
        public let indications: DecodeTargetIndications
        /// Which frames before it the frame refers to.
        public let references: FrameReferences
    }

    /// Whether this is the first packet of the frame.
    public let startsFrame: Bool
    /// Whether this is the last packet of the frame.
    public let endsFrame: Bool
    /// The identifier of the frame's template, 0 to 63.
    public let templateID: UInt8
    /// The frame's number; counts every frame of the stream in decoding order, and wraps.
    public let frameNumber: UInt16
    /// The structure that begins with this frame; `nil` if the one before goes on.
    public let structure: DependencyStructure?
    /// The decode targets that the sender still produces, the first in the lowest bit; `nil` if nothing has
    /// changed.
    public let activeDecodeTargets: UInt32?
    /// What the frame is; `nil` if no structure is known.
    public let frame: Frame?

    /// Where the mask of active decode targets stands, or would, if the five flags are there.
    let maskPosition: Int
    /// The width of the mask; `nil` if no structure is known.
    let maskWidth: Int?
    /// Whether the mask is there.
    let hasMask: Bool

    /// Reads a descriptor.
    ///
    /// - Parameters:
    ///   - bytes: The data of the header extension's element.
    ///   - current: The structure of the stream so far. One that the descriptor brings goes before it.
    /// - Throws: ``PayloadParseError`` when the bytes are no descriptor, or do not fit the structure.
    public init(parsing bytes: Span<UInt8>, structure current: DependencyStructure?) throws(PayloadParseError) {
        guard bytes.count >= Self.mandatoryLength else {
            throw .truncated(needed: Self.mandatoryLength, have: bytes.count)
        }
        startsFrame = bytes[0] & 0x80 != 0
        endsFrame = bytes[0] & 0x40 != 0
        templateID = bytes[0] & 0x3F
        frameNumber = UInt16(bytes[1]) << 8 | UInt16(bytes[2])

        var attached: DependencyStructure?
        var hasMask = false
        var hasIndications = false
        var hasReferences = false
        var reader = BitReader(bytes)
        if bytes.count > Self.mandatoryLength {
            _ = try reader.bits(24)
            let hasStructure = try reader.flag()
            hasMask = try reader.flag()
            hasIndications = try reader.flag()
            hasReferences = try reader.flag()
            // Custom chains stand behind all that is read here.
            _ = try reader.flag()
            if hasStructure { attached = try DependencyStructure(parsing: &reader) }
        }
        structure = attached
        self.hasMask = hasMask
        maskPosition = reader.position
        guard let structure = attached ?? current else {
            activeDecodeTargets = nil
            frame = nil
            maskWidth = nil
            return
        }
        let targetCount = structure.decodeTargets.count
        maskWidth = targetCount
        activeDecodeTargets = hasMask ? try reader.bits(targetCount) : attached?.allDecodeTargets
        guard let template = structure.template(id: templateID) else { throw .unknownTemplate(templateID) }
        frame = Frame(
            spatialID: template.spatialID, temporalID: template.temporalID,
            indications: hasIndications
                ? try DecodeTargetIndications(parsing: &reader, count: targetCount) : template.indications,
            references: hasReferences ? try FrameReferences(frameOf: &reader) : template.references)
    }

    /// Whether a receiver can begin with this packet: it brings the structure of a new coded video sequence.
    public var isKeyframeStart: Bool { startsFrame && structure != nil }

    /// The frame in the words that all codecs share; `nil` if no structure is known.
    public var frameInfo: FrameInfo? {
        guard let frame else { return nil }
        return FrameInfo(
            isKeyframeStart: isKeyframeStart, spatialID: frame.spatialID, temporalID: frame.temporalID,
            isSwitchingPoint: frame.indications.containsSwitch)
    }
}

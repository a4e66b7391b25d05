/// What a payload says of its frame, whatever the codec: what choosing layers needs.
public struct FrameInfo: Sendable, Equatable {
    /// Whether this is the first packet of a keyframe, where a receiver can begin.
    public var isKeyframeStart: Bool
    /// The spatial layer; 0 where the codec has none.
    public var spatialID: UInt8
    /// The temporal layer; 0 where the codec has none.
    public var temporalID: UInt8
    /// Whether a receiver that has had lower temporal layers only can take up the frame's layer with it.
    public var isSwitchingPoint: Bool

    /// Makes a description from its fields.
    @inlinable
    public init(
        isKeyframeStart: Bool = false, spatialID: UInt8 = 0, temporalID: UInt8 = 0,
        isSwitchingPoint: Bool = false
    ) {
        self.isKeyframeStart = isKeyframeStart
        self.spatialID = spatialID
        self.temporalID = temporalID
        self.isSwitchingPoint = isSwitchingPoint
    }

    /// Looks into a payload.
    ///
    /// Sound stands by itself: a receiver can begin with any packet of it.
    /// - Throws: ``PayloadParseError`` when the payload is malformed, an empty one included.
    @inlinable
    public init(codec: MediaCodec, payload: Span<UInt8>) throws(PayloadParseError) {
        switch codec {
        case .opus, .red:
            self.init(isKeyframeStart: true, isSwitchingPoint: true)
        case .vp8:
            let descriptor = try VP8Descriptor(parsing: payload)
            let temporalID = descriptor.temporalID ?? 0
            self.init(
                isKeyframeStart: descriptor.isKeyframeStart, temporalID: temporalID,
                isSwitchingPoint: temporalID == 0 || descriptor.isLayerSync)
        case .vp9:
            let descriptor = try VP9Descriptor(parsing: payload)
            let temporalID = descriptor.temporalID ?? 0
            self.init(
                isKeyframeStart: descriptor.isKeyframeStart, spatialID: descriptor.spatialID ?? 0,
                temporalID: temporalID, isSwitchingPoint: temporalID == 0 || descriptor.isSwitchingUpPoint)
        case .h264:
            self.init(
                isKeyframeStart: try H264Payload(parsing: payload).isKeyframeStart, isSwitchingPoint: true)
        case .av1:
            let parsed = try AV1Payload(parsing: payload)
            let temporalID = parsed.temporalID ?? 0
            // Without a dependency descriptor nothing says where a layer can be taken up, except with the
            // lowest.
            self.init(
                isKeyframeStart: parsed.isKeyframeStart, spatialID: parsed.spatialID ?? 0,
                temporalID: temporalID,
                isSwitchingPoint: temporalID == 0)
        }
    }
}

/// Whether `payload` is the first packet of a keyframe; no if it is malformed.
@inlinable
public func isKeyframeStart(codec: MediaCodec, payload: Span<UInt8>) -> Bool {
    // Expected for what comes from the network, and "no" says all that a caller needs.
    do throws(PayloadParseError) {
        return try FrameInfo(codec: codec, payload: payload).isKeyframeStart
    } catch {
        return false
    }
}

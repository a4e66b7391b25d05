/// Keeps the picture numbers of one outgoing VP9 stream running when its source changes (RFC 9628 §4.2).
///
/// Within a source nothing closes up over pictures that are left out: in flexible mode frames name their references by the
/// distance of the numbers, otherwise by the place in a pattern that is counted by them, and receivers expect the holes that
/// lower temporal layers leave. TL0PICIDX counts pictures that are always sent.
public struct VP9Munger: Sendable {
    /// The fields of an incoming packet's descriptor.
    public struct Fields: Equatable, Sendable {
        /// The picture's number, if there is one.
        public var pictureID: UInt16?
        /// Whether it has 15 bits, not 7.
        public var isLongPictureID: Bool
        /// The TL0PICIDX, if there is one.
        public var tl0PictureIndex: UInt8?

        /// Makes fields.
        public init(pictureID: UInt16?, isLongPictureID: Bool = true, tl0PictureIndex: UInt8?) {
            self.pictureID = pictureID
            self.isLongPictureID = isLongPictureID
            self.tl0PictureIndex = tl0PictureIndex
        }
    }

    /// The bits of a picture's number.
    private static let mask: UInt16 = 0x7FFF

    private var pictureOffset: UInt16 = 0
    private var tl0Offset: UInt8 = 0
    private var lastPicture: UInt16 = 0
    private var lastTL0: UInt8 = 0
    private var hasSource = false

    /// Makes a munger; its first picture gets the number zero.
    public init() {}

    /// Makes the picture with these fields, a keyframe, the next one of the stream.
    public mutating func switchSource(at fields: Fields) {
        let step: UInt16 = hasSource ? 1 : 0
        pictureOffset = lastPicture &+ step &- (fields.pictureID ?? 0)
        tl0Offset = lastTL0 &+ UInt8(step) &- (fields.tl0PictureIndex ?? 0)
        hasSource = true
    }

    /// Pictures: as many as a long loss may take, 17 seconds at 30 frames a second.
    private static let longestGap: UInt16 = 512

    /// Whether a keyframe of the present source does not follow on what came before it: its publisher has begun counting anew.
    public func isRestart(_ fields: Fields) -> Bool {
        guard hasSource, let picture = fields.pictureID else { return false }
        let mask = fields.isLongPictureID ? Self.mask : 0x7F
        return (picture &+ pictureOffset &- lastPicture) & mask > min(Self.longestGap, mask / 2)
    }

    /// Whether a picture lies so far from those before it, in either direction, that it can only be of a new count whose
    /// keyframe has not come.
    public func isFar(_ fields: Fields) -> Bool {
        guard hasSource, let picture = fields.pictureID, fields.isLongPictureID else { return false }
        return (picture &+ pictureOffset &- lastPicture &+ Self.longestGap) & Self.mask > 2 * Self.longestGap
    }

    /// The outgoing numbers of a packet of the present source.
    public mutating func forward(_ fields: Fields) -> PicturePatch {
        guard fields.pictureID != nil || fields.tl0PictureIndex != nil else { return .none }
        let picture = ((fields.pictureID ?? 0) &+ pictureOffset) & Self.mask
        let tl0 = (fields.tl0PictureIndex ?? 0) &+ tl0Offset
        let mask = fields.isLongPictureID ? Self.mask : 0x7F
        let ahead = (picture &- lastPicture) & mask
        // Seven bits are counted on in fifteen, for a source behind it that has as many.
        if fields.pictureID != nil, ahead <= mask / 2 { lastPicture = (lastPicture &+ ahead) & Self.mask }
        if fields.tl0PictureIndex != nil, Int8(bitPattern: tl0 &- lastTL0) > 0 { lastTL0 = tl0 }
        return PicturePatch(pictureID: picture, tl0PictureIndex: tl0)
    }
}

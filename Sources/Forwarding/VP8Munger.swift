public import RTP

/// Keeps PictureID, TL0PICIDX and KEYIDX of one outgoing VP8 stream running when its source changes or frames
/// are left out (RFC 7741 §4.2, §5.1).
///
/// Receivers order frames and find their references by these fields. A jump after a change of layer, or a
/// hole where a temporal layer was left out, would make them wait for frames that nobody sends.
public struct VP8Munger: Sendable {
    /// The fields of an incoming packet's descriptor.
    public struct Fields: Equatable, Sendable {
        /// The PictureID, if there is one.
        public var pictureID: UInt16?
        /// Whether the PictureID has 15 bits, not 7.
        public var isLongPictureID: Bool
        /// The TL0PICIDX, if there is one.
        public var tl0PictureIndex: UInt8?
        /// The KEYIDX, if there is one.
        public var keyIndex: UInt8?

        /// Makes fields.
        public init(
            pictureID: UInt16?, isLongPictureID: Bool = true, tl0PictureIndex: UInt8?, keyIndex: UInt8?
        ) {
            self.pictureID = pictureID
            self.isLongPictureID = isLongPictureID
            self.tl0PictureIndex = tl0PictureIndex
            self.keyIndex = keyIndex
        }

        /// Takes the fields out of a descriptor.
        public init(_ descriptor: VP8Descriptor) {
            self.init(
                pictureID: descriptor.pictureID, isLongPictureID: descriptor.hasLongPictureID,
                tl0PictureIndex: descriptor.tl0PictureIndex, keyIndex: descriptor.keyIndex)
        }
    }

    /// What becomes of a packet.
    public enum Verdict: Equatable, Sendable {
        /// It is sent with these fields.
        case forward(PicturePatch)
        /// It is not sent: ``DropReason/lateAfterSwitch``, ``DropReason/compacted`` or ``DropReason/tooOld``.
        case drop(DropReason)
    }

    /// Where the counted picture numbers begin, so that numbers before the first are still positive.
    private static let base: UInt64 = 1 << 32

    private var map = CompactingMap(highestMapped: VP8Munger.base - 1)
    /// The highest picture of the present source, counted on beyond its 15 or 7 bits.
    private var highestPicture: UInt64 = VP8Munger.base
    private var tl0Offset: UInt8 = 0
    private var keyOffset: UInt8 = 0
    private var lastTL0: UInt8 = 0
    private var lastKey: UInt8 = 0
    private var hasSource = false

    /// Makes a munger; its first picture gets the number zero.
    public init() {}

    /// Makes the frame with these fields, a keyframe, the next one of the stream.
    public mutating func switchSource(at fields: Fields) {
        let width: UInt64 = fields.isLongPictureID ? 0x8000 : 0x80
        highestPicture = Self.base + UInt64(fields.pictureID ?? 0) % width
        map.restart(at: highestPicture, as: map.highestMapped + 1)
        let step: UInt8 = hasSource ? 1 : 0
        tl0Offset = lastTL0 &+ step &- (fields.tl0PictureIndex ?? 0)
        keyOffset = lastKey &+ step &- (fields.keyIndex ?? 0)
        hasSource = true
    }

    /// The outgoing fields of a packet of the present source.
    public mutating func forward(_ fields: Fields) -> Verdict {
        guard hasSource else { return .drop(.lateAfterSwitch) }
        let tl0 = (fields.tl0PictureIndex ?? 0) &+ tl0Offset
        let key = ((fields.keyIndex ?? 0) &+ keyOffset) & 0x1F
        var picture: UInt64 = 0
        if fields.pictureID != nil {
            switch map.map(extend(fields)) {
            case .mapped(let number): picture = number
            case .removed: return .drop(.compacted)
            case .beforeStart: return .drop(.lateAfterSwitch)
            case .forgotten: return .drop(.tooOld)
            }
        } else if fields.tl0PictureIndex == nil, fields.keyIndex == nil {
            return .forward(.none)
        }
        if fields.tl0PictureIndex != nil, Int8(bitPattern: tl0 &- lastTL0) > 0 { lastTL0 = tl0 }
        if fields.keyIndex != nil, (key &- lastKey) & 0x1F < 16 { lastKey = key }
        return .forward(
            PicturePatch(pictureID: UInt16(picture & 0x7FFF), tl0PictureIndex: tl0, keyIndex: key))
    }

    /// Leaves out the frame that this packet belongs to; the frames after it close up.
    ///
    /// Returns false where that is too late, because a later frame has been sent.
    @discardableResult
    public mutating func leaveOut(_ fields: Fields) -> Bool {
        guard hasSource, fields.pictureID != nil else { return false }
        return map.remove(extend(fields))
    }

    /// Pictures: as many as a long loss may take, 17 seconds at 30 frames a second.
    private static let longestGap: UInt64 = 512

    /// Whether a keyframe of the present source does not follow on what came before it: its publisher has begun counting anew.
    public func isRestart(_ fields: Fields) -> Bool {
        guard hasSource, let picture = fields.pictureID else { return false }
        let width: UInt64 = fields.isLongPictureID ? 0x8000 : 0x80
        return (UInt64(picture) &- highestPicture) % width > min(Self.longestGap, width / 2)
    }

    /// Whether a picture lies so far from those before it, in either direction, that it can only be of a new count whose
    /// keyframe has not come.
    public func isFar(_ fields: Fields) -> Bool {
        guard hasSource, let picture = fields.pictureID, fields.isLongPictureID else { return false }
        return (UInt64(picture) &- highestPicture &+ Self.longestGap) & 0x7FFF > 2 * Self.longestGap
    }

    /// Counts a PictureID on beyond its bits: the value nearest to the highest.
    private mutating func extend(_ fields: Fields) -> UInt64 {
        let width: UInt64 = fields.isLongPictureID ? 0x8000 : 0x80
        let ahead = (UInt64(fields.pictureID ?? 0) &- highestPicture) % width
        let picture = ahead < width / 2 ? highestPicture &+ ahead : highestPicture &+ ahead &- width
        highestPicture = max(highestPicture, picture)
        return picture
    }
}

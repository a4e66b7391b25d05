/// What to write into an outgoing packet's VP8 or VP9 payload descriptor (RFC 7741 §4.2, RFC 9628 §4.2).
///
/// Fields that the packet does not have are left alone by whoever writes; a 7-bit PictureID takes the low
/// seven bits.
public struct PicturePatch: Equatable, Sendable {
    /// The PictureID, 15 bits. With the highest bit set there is nothing to write: see ``none``.
    private var packedPictureID: UInt16
    /// The TL0PICIDX.
    public var tl0PictureIndex: UInt8
    /// The KEYIDX, 5 bits; VP8 only.
    public var keyIndex: UInt8

    /// Makes a patch from its three fields.
    public init(pictureID: UInt16, tl0PictureIndex: UInt8, keyIndex: UInt8 = 0) {
        packedPictureID = pictureID & 0x7FFF
        self.tl0PictureIndex = tl0PictureIndex
        self.keyIndex = keyIndex & 0x1F
    }

    private init() {
        packedPictureID = 0x8000
        tl0PictureIndex = 0
        keyIndex = 0
    }

    /// Nothing to write: the packet is of another codec, or its descriptor has none of the fields.
    public static let none = PicturePatch()

    /// Whether there is nothing to write.
    public var isEmpty: Bool { packedPictureID & 0x8000 != 0 }

    /// The PictureID, 15 bits.
    public var pictureID: UInt16 { packedPictureID & 0x7FFF }
}

internal import Wire

/// What stands in front of VP8 data: the payload descriptor (RFC 7741 §4.2) and, in a frame's first packet, the payload
/// header (§4.3) with, in a keyframe, the start code and the size (RFC 6386 §9.1).
///
///     descriptor   X=1 N=0 S PID=0 | I=1 L=1 T=1 K=0 | M=1 PictureID (15) | TL0PICIDX (8) | TID=0 Y=0
///     frame tag    P = not a keyframe, version 0, shown, size of the first partition (19), little-endian
///     keyframe     9d 01 2a, width (14) and scale (2), height (14) and scale (2), little-endian
struct VP8Headers: CodecHeaders {
    var pictureID: UInt16
    var tl0PictureIndex: UInt8
    var isKeyframe: Bool
    var width: UInt16
    var height: UInt16
    var frameSize: Int

    var leadingPackets: Int { 0 }
    var longest: Int { 6 }
    var descriptorLength: Int { 6 }

    func appendLeading(_ mark: MediaMark, to bytes: inout [UInt8]) {}

    func append(isFirst: Bool, isLast: Bool, to bytes: inout [UInt8]) {
        bytes.append(isFirst ? 0x90 : 0x80)
        bytes.append(0xE0)
        bytes.append(0x80 | UInt8(truncatingIfNeeded: pictureID >> 8))
        bytes.append(UInt8(truncatingIfNeeded: pictureID))
        bytes.append(tl0PictureIndex)
        bytes.append(0)
        guard isFirst else { return }
        // A first partition of a quarter is what real frames have, and no decoder is asked.
        let tag = UInt32(min(frameSize / 4, 0x7_FFFF)) << 5 | 0x10 | (isKeyframe ? 0 : 1)
        bytes.append(UInt8(truncatingIfNeeded: tag))
        bytes.append(UInt8(truncatingIfNeeded: tag >> 8))
        bytes.append(UInt8(truncatingIfNeeded: tag >> 16))
        guard isKeyframe else { return }
        bytes.append(contentsOf: [0x9D, 0x01, 0x2A])
        for size in [width, height] {
            bytes.append(UInt8(truncatingIfNeeded: size))
            bytes.append(UInt8(truncatingIfNeeded: size >> 8) & 0x3F)
        }
    }

    /// Where the mark begins in a payload; `nil` if the payload ends before.
    static func markOffset(in payload: Span<UInt8>, descriptorLength: Int, startsFrame: Bool) -> Int? {
        guard startsFrame else { return descriptorLength }
        guard descriptorLength < payload.count else { return nil }
        return descriptorLength + (payload[descriptorLength] & 1 == 0 ? 10 : 3)
    }
}

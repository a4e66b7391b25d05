internal import RTP
internal import Wire

/// A received payload taken apart: the codec's own headers, and the mark behind them.
enum MarkedPayload {
    /// A packet of a synthetic stream.
    case marked(MediaMark, PictureNumbers?)
    /// A number without media: padding, a bandwidth probe, or comfort noise.
    case empty
    /// Not what any synthetic source sends, or changed on its way.
    case corrupt

    /// The numbers of a VP8 frame, which relays write anew.
    struct PictureNumbers: Equatable {
        var pictureID: UInt16
        var tl0PictureIndex: UInt8
    }

    init(_ payload: Span<UInt8>, codec: MediaCodec) {
        guard payload.count > 0 else {
            self = .empty
            return
        }
        do {
            switch codec {
            case .vp8: self = try .vp8(payload)
            case .h264:
                guard let range = H264Headers.markRange(in: payload), range.upperBound <= payload.count else {
                    self = .corrupt
                    return
                }
                self = .marked(try MediaMark(parsing: payload.extracting(range)), nil)
            default:
                // An Opus packet of three bytes and less is a pause (RFC 7587 §3.1.3).
                if payload.count <= 3 {
                    self = .empty
                } else {
                    self = .marked(try MediaMark(parsing: payload.extracting(1..<payload.count)), nil)
                }
            }
        } catch {
            self = .corrupt
        }
    }

    private static func vp8(_ payload: Span<UInt8>) throws -> MarkedPayload {
        let descriptor = try VP8Descriptor(parsing: payload)
        let offset = VP8Headers.markOffset(
            in: payload, descriptorLength: descriptor.length, startsFrame: descriptor.startsFrame)
        guard let offset, offset < payload.count else { return .corrupt }
        let mark = try MediaMark(parsing: payload.extracting(offset..<payload.count))
        // The headers before the mark have no checksum: what they say has to agree with it.
        let isFirst = mark.packet == 0
        guard descriptor.startsFrame == isFirst, descriptor.isKeyframeStart == (isFirst && mark.isKeyframe),
            let pictureID = descriptor.pictureID, let index = descriptor.tl0PictureIndex
        else { return .corrupt }
        return .marked(mark, PictureNumbers(pictureID: pictureID, tl0PictureIndex: index))
    }
}

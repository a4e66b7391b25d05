internal import RTP
internal import Wire

/// What a received media packet says, read once for all its receivers. The bytes themselves stay where they are.
///
/// The values are the publisher's: its payload type, its extension identifiers. Each receiver's are written when the
/// packet is copied for it.
struct MediaPacket {
    /// The header fields.
    var header: RTPHeader
    /// The packet's number in its stream, counted on beyond 16 bits.
    var number: ExtendedSequenceNumber
    /// The codec of the payload.
    var codec: MediaCodec
    /// When it came in.
    var arrival: Timestamp
    /// Whether a decoder can begin with this packet.
    var isKeyframeStart = false
    /// The VP8 descriptor's running fields, for VP8.
    var vp8: VP8Descriptor?
    /// The RFC 6464 byte, if there was one.
    var audioLevel: UInt8?
    /// The video orientation byte (3GPP TS 26.114 §7.4.5), if there was one.
    var orientation: UInt8?
    /// Where the dependency descriptor lies in the packet; empty if there is none.
    var dependencyDescriptor = 0..<0

    /// Reads the parts that receivers need from the extension block, by the publisher's identifiers.
    @inline(__always)
    mutating func readExtensions(in bytes: Span<UInt8>, map: ExtensionMap) {
        var cursor = header.extensions
        while let element = cursor.next(in: bytes) {
            switch map.kind(for: element.id) {
            case .audioLevel where element.range.count == 1: audioLevel = bytes[element.range.lowerBound]
            case .videoOrientation where element.range.count == 1: orientation = bytes[element.range.lowerBound]
            case .dependencyDescriptor: dependencyDescriptor = element.range
            default: break
            }
        }
    }
}

public import Wire

/// A receiver has lost a picture and cannot go on without a keyframe (RFC 4585 §6.3.1).
public struct PictureLossIndication: Sendable, Equatable {
    static let format: UInt8 = 1

    /// The source that asks.
    public var sender: SSRC
    /// The source that is to send a keyframe.
    public var media: SSRC

    /// Makes an indication from its fields.
    public init(sender: SSRC, media: SSRC) {
        self.sender = sender
        self.media = media
    }

    /// Reads an indication.
    /// - Throws: ``RTCPParseError`` when the bytes are none.
    public init(parsing bytes: Span<UInt8>) throws(RTCPParseError) {
        _ = try RTCPHeader(parsing: bytes, type: .payloadFeedback, format: Self.format, minimum: 8)
        sender = SSRC(bytes.uint32(at: 4))
        media = SSRC(bytes.uint32(at: 8))
    }

    /// Appends the indication.
    public func write(into writer: inout ByteWriter) {
        writer.appendRTCP(type: .payloadFeedback, format: Int(Self.format)) { writer in
            writer.append(sender.rawValue)
            writer.append(media.rawValue)
        }
    }
}

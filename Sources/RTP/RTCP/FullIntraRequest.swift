public import Wire

/// A keyframe is wanted, for instance by somebody who has just joined (RFC 5104 §4.3.1).
public struct FullIntraRequest: Sendable, Equatable {
    static let format: UInt8 = 4

    /// The request to one source.
    public struct Entry: Sendable, Equatable {
        /// The source that is to send a keyframe.
        public var media: SSRC
        /// The command's number: the same number again is the same request again.
        public var number: UInt8
        /// Makes an entry from its parts.
        public init(media: SSRC, number: UInt8) {
            self.media = media
            self.number = number
        }
    }

    /// The source that asks.
    public var sender: SSRC
    /// A request for each source.
    public var entries: [Entry]

    /// Makes a request from its fields.
    public init(sender: SSRC, entries: [Entry]) {
        self.sender = sender
        self.entries = entries
    }

    /// Reads a request.
    ///
    /// The media source of the common header is not used (RFC 5104 §4.3.1.2).
    /// - Throws: ``RTCPParseError`` when the bytes are none.
    public init(parsing bytes: Span<UInt8>) throws(RTCPParseError) {
        let header = try RTCPHeader(parsing: bytes, type: .payloadFeedback, format: Self.format, minimum: 8)
        sender = SSRC(bytes.uint32(at: 4))
        entries = (0..<(header.body.count - 8) / 8).map { index in
            Entry(media: SSRC(bytes.uint32(at: 12 + index * 8)), number: bytes[16 + index * 8])
        }
    }

    /// Appends the request.
    public func write(into writer: inout ByteWriter) {
        writer.appendRTCP(type: .payloadFeedback, format: Int(Self.format)) { writer in
            writer.append(sender.rawValue)
            writer.append(UInt32(0))
            for entry in entries {
                writer.append(entry.media.rawValue)
                writer.append(UInt32(entry.number) << 24)
            }
        }
    }
}

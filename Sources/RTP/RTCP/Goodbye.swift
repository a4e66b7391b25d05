public import Wire

/// Sources that end, and perhaps why (RFC 3550 §6.6).
public struct Goodbye: Sendable, Equatable {
    /// The sources that end; 31 at most are written.
    public var sources: [SSRC]
    /// Why they end; bytes that are no UTF-8 have been replaced.
    ///
    /// Of more than 255 bytes the rest is not written.
    public var reason: String?

    /// Makes a goodbye from its fields.
    public init(sources: [SSRC], reason: String? = nil) {
        self.sources = sources
        self.reason = reason
    }

    /// Reads a goodbye.
    /// - Throws: ``RTCPParseError`` when the bytes are none.
    public init(parsing bytes: Span<UInt8>) throws(RTCPParseError) {
        let header = try RTCPHeader(parsing: bytes, type: .goodbye, minimum: 0)
        let count = Int(header.format)
        try header.require(count * 4)
        sources = (0..<count).map { SSRC(bytes.uint32(at: 4 + $0 * 4)) }

        let start = header.body.lowerBound + count * 4
        guard start < header.body.upperBound else {
            reason = nil
            return
        }
        let length = Int(bytes[start])
        try header.require(count * 4 + 1 + length)
        let text = bytes.extracting(start + 1..<start + 1 + length).copied()
        reason = text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
    }

    /// Appends the goodbye.
    public func write(into writer: inout ByteWriter) {
        let written = sources.prefix(31)
        writer.appendRTCP(type: .goodbye, format: written.count) { writer in
            let start = writer.count
            for source in written { writer.append(source.rawValue) }
            guard let text = reason.map({ Array($0.utf8.prefix(255)) }), !text.isEmpty else { return }
            writer.append(UInt8(truncatingIfNeeded: text.count))
            writer.append(contentsOf: text)
            while (writer.count - start) % 4 != 0 { writer.append(UInt8(0)) }
        }
    }
}

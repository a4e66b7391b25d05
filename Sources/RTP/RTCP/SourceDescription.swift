public import Wire

/// A source description: names for sources, first of all the canonical name that ties a participant's streams
/// together (RFC 3550 §6.5).
public struct SourceDescription: Sendable, Equatable {
    /// What an item says about its source.
    public struct ItemKind: Hashable, Sendable {
        /// The number on the wire, 1 to 255.
        public let rawValue: UInt8
        /// Makes a kind from its number.
        public init(_ rawValue: UInt8) { self.rawValue = rawValue }
        /// CNAME, RFC 3550 §6.5.1.
        public static let canonicalName = ItemKind(1)
        /// RtpStreamId, RFC 8852 §3.1.
        public static let rtpStreamID = ItemKind(12)
        /// RepairedRtpStreamId, RFC 8852 §3.2.
        public static let repairedRTPStreamID = ItemKind(13)
        /// MID, RFC 9143 §15.1.
        public static let mid = ItemKind(15)
    }

    /// One statement about a source.
    public struct Item: Sendable, Equatable {
        /// What it says.
        public var kind: ItemKind
        /// The text; bytes that are no UTF-8 have been replaced.
        ///
        /// Of more than 255 bytes the rest is not written.
        public var text: String
        /// Makes an item from its parts.
        public init(_ kind: ItemKind, _ text: String) {
            self.kind = kind
            self.text = text
        }
    }

    /// All that is said about one source.
    public struct Chunk: Sendable, Equatable {
        /// The source.
        public var source: SSRC
        /// What is said about it.
        public var items: [Item]
        /// Makes a chunk from its parts.
        public init(source: SSRC, items: [Item]) {
            self.source = source
            self.items = items
        }
        /// The source's canonical name, if it is among the items.
        public var canonicalName: String? { items.first { $0.kind == .canonicalName }?.text }
    }

    /// A chunk for each source; 31 at most are written.
    public var chunks: [Chunk]

    /// Makes a description from its chunks.
    public init(chunks: [Chunk]) { self.chunks = chunks }

    /// Makes a description that gives one source its canonical name.
    public init(source: SSRC, canonicalName: String) {
        chunks = [Chunk(source: source, items: [Item(.canonicalName, canonicalName)])]
    }

    /// Reads a source description.
    /// - Throws: ``RTCPParseError`` when the bytes are none.
    public init(parsing bytes: Span<UInt8>) throws(RTCPParseError) {
        let header = try RTCPHeader(parsing: bytes, type: .sourceDescription, minimum: 0)
        chunks = []
        var offset = header.body.lowerBound
        for _ in 0..<header.format {
            chunks.append(try Self.chunk(in: bytes, at: &offset, end: header.body.upperBound))
        }
    }

    private static func chunk(
        in bytes: Span<UInt8>, at offset: inout Int, end: Int
    ) throws(RTCPParseError) -> Chunk {
        guard end - offset >= 4 else { throw .truncated(needed: offset + 4, have: end) }
        var chunk = Chunk(source: SSRC(bytes.uint32(at: offset)), items: [])
        offset += 4
        while true {
            guard offset < end else { throw .truncated(needed: offset + 1, have: end) }
            let kind = bytes[offset]
            if kind == 0 { break }
            guard end - offset >= 2 else { throw .truncated(needed: offset + 2, have: end) }
            let length = Int(bytes[offset + 1])
            guard end - offset >= 2 + length else { throw .truncated(needed: offset + 2 + length, have: end) }
            let text = bytes.extracting(offset + 2..<offset + 2 + length).copied()
            chunk.items.append(Item(ItemKind(kind), String(decoding: text, as: UTF8.self)))
            offset += 2 + length
        }
        // The zero that ends the items is followed by as many more as fill the word (RFC 3550 §6.5). Where
        // those are missing this passes the end, which the next chunk finds out.
        offset = (offset + 4) & ~3
        return chunk
    }

    /// Appends the description.
    public func write(into writer: inout ByteWriter) {
        let written = chunks.prefix(31)
        writer.appendRTCP(type: .sourceDescription, format: written.count) { writer in
            for chunk in written {
                let start = writer.count
                writer.append(chunk.source.rawValue)
                for item in chunk.items {
                    let text = Array(item.text.utf8.prefix(255))
                    writer.append(item.kind.rawValue)
                    writer.append(UInt8(truncatingIfNeeded: text.count))
                    writer.append(contentsOf: text)
                }
                repeat { writer.append(UInt8(0)) } while (writer.count - start) % 4 != 0
            }
        }
    }
}

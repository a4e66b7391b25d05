internal import NIOCore
internal import NIOWebSocket

/// Cuts what a server sends into messages (RFC 6455 §5.2).
///
/// In a room of two thousand everybody is told of everybody: most frames are news that a load client does nothing with.
/// Those are passed over where they lie, which costs a tenth of taking them out; otherwise the generator would be what
/// limits the test.
struct FrameReader {
    /// What came.
    enum Frame: Equatable {
        /// A message that says something a load client acts on.
        case text([UInt8])
        /// A message that does not.
        case news
        case ping([UInt8])
        case pong
        case close
    }

    /// What no server sends.
    enum Violation: Error {
        case masked, tooLong, unknownOpcode
    }

    /// The longest message that is taken: the state of a room of many thousands.
    private static let longestMessage = 1 << 24

    private var buffer = ByteBuffer()
    /// The beginning of a message that comes in several frames.
    private var begun: [UInt8]?

    /// Takes what came in.
    mutating func append(_ bytes: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.discardReadBytes()
            buffer.writeImmutableBuffer(bytes)
        }
    }

    /// The next frame that is there as a whole; parts of a message come as one when the last of them is there.
    mutating func next() throws(Violation) -> Frame? {
        while let header = try nextHeader() {
            let end = header.payload + header.length
            guard end <= buffer.writerIndex else { return nil }
            defer {
                buffer.moveReaderIndex(to: end)
                if buffer.readableBytes == 0 { buffer = ByteBuffer() }
            }
            switch header.opcode {
            case .text where header.isLast && SignalingMessages.isNews(in: buffer, at: header.payload): return .news
            case .text where header.isLast: return .text(bytes(header))
            case .text: begun = bytes(header)
            case .continuation:
                let part = bytes(header)
                begun?.append(contentsOf: part)
                if header.isLast, let whole = begun.take() { return .text(whole) }
            case .ping: return .ping(bytes(header))
            case .pong: return .pong
            case .connectionClose: return .close
            default: throw .unknownOpcode
            }
        }
        return nil
    }

    private struct Header {
        var isLast: Bool
        var opcode: WebSocketOpcode
        /// Where the payload begins.
        var payload: Int
        var length: Int
    }

    private func nextHeader() throws(Violation) -> Header? {
        let start = buffer.readerIndex
        guard let first = buffer.getInteger(at: start, as: UInt8.self),
            let second = buffer.getInteger(at: start + 1, as: UInt8.self)
        else { return nil }
        guard second & 0x80 == 0 else { throw .masked }
        guard let opcode = WebSocketOpcode(encodedWebSocketOpcode: first & 0xF) else { throw .unknownOpcode }
        var length = Int(second & 0x7F)
        var payload = start + 2
        if length == 126 {
            guard let long = buffer.getInteger(at: payload, as: UInt16.self) else { return nil }
            length = Int(long)
            payload += 2
        } else if length == 127 {
            guard let long = buffer.getInteger(at: payload, as: UInt64.self) else { return nil }
            length = Int(clamping: long)
            payload += 8
        }
        guard length <= Self.longestMessage else { throw .tooLong }
        return Header(isLast: first & 0x80 != 0, opcode: opcode, payload: payload, length: length)
    }

    private func bytes(_ header: Header) -> [UInt8] {
        buffer.getBytes(at: header.payload, length: header.length) ?? []
    }
}

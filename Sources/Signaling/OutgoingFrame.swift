import NIOCore
import NIOWebSocket

/// Frames as a server writes them: whole messages, not masked (RFC 6455 §5.1, §5.2).
///
///      0               1               2               3
///     +-+-+-+-+-------+-+-------------+-------------------------------+
///     |F|R|R|R| opcode|M| Payload len |    Extended payload length    |
///     |I|S|S|S|  (4)  |A|     (7)     |   (16 for 126, 64 for 127)    |
///     |N|V|V|V|       |S|             |                               |
///     +-+-+-+-+-------+-+-------------+-------------------------------+
///
/// Made here and not by NIO's encoder, which takes one frame at a time: what several connections get is written once.
enum OutgoingFrame {
    /// The most that a header takes.
    private static let longestHeader = 10

    /// A message.
    static func text(_ text: String, _ allocator: ByteBufferAllocator) -> ByteBuffer { texts([text], allocator) }

    /// Several messages, one behind the other.
    static func texts(_ texts: [String], _ allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = allocator.buffer(
            capacity: texts.reduce(0) { $0 + longestHeader + $1.utf8.count })
        for text in texts {
            writeHeader(.text, length: text.utf8.count, to: &buffer)
            buffer.writeString(text)
        }
        return buffer
    }

    /// A control frame; its payload has at most 125 bytes (RFC 6455 §5.5).
    static func control(_ opcode: WebSocketOpcode, _ payload: ByteBuffer, _ allocator: ByteBufferAllocator)
        -> ByteBuffer
    {
        var buffer = allocator.buffer(capacity: longestHeader + payload.readableBytes)
        writeHeader(opcode, length: payload.readableBytes, to: &buffer)
        buffer.writeImmutableBuffer(payload)
        return buffer
    }

    private static func writeHeader(_ opcode: WebSocketOpcode, length: Int, to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(0x80) | UInt8(webSocketOpcode: opcode))
        if length < 126 {
            buffer.writeInteger(UInt8(truncatingIfNeeded: length))
        } else if let short = UInt16(exactly: length) {
            buffer.writeInteger(UInt8(126))
            buffer.writeInteger(short)
        } else {
            buffer.writeInteger(UInt8(127))
            buffer.writeInteger(UInt64(length))
        }
    }
}

import NIOCore
import NIOWebSocket

/// Puts the frames of one WebSocket together to messages and checks them (RFC 6455 §5).
struct MessageAssembler {
    /// What a frame means.
    enum Outcome: Equatable {
        /// Nothing yet: more fragments follow.
        case incomplete
        /// A whole text message.
        case message(String)
        /// The peer wants to see a pong with the same bytes.
        case ping(ByteBuffer)
        /// The peer is alive.
        case pong
        /// The peer closes; the code to answer with.
        case close(UInt16)
        /// The message is longer than allowed.
        case tooLarge
        /// A text message that is not UTF-8.
        case notUTF8
        /// A binary message, which this protocol has none of.
        case binary
        /// The peer does not keep to the protocol: close with 1002.
        case protocolError(String)

        /// Whether nothing that follows on the connection matters any more.
        var endsConnection: Bool {
            switch self {
            case .incomplete, .message, .ping, .pong: false
            case .close, .tooLarge, .notUTF8, .binary, .protocolError: true
            }
        }
    }

    /// More fragments than any client has reason for; empty ones would otherwise be free.
    static let maxFragments = 4096

    private let maxBytes: Int
    private var fragments: ByteBuffer?
    private var fragmentCount = 0

    init(maxBytes: Int) { self.maxBytes = maxBytes }

    mutating func accept(_ frame: WebSocketFrame) -> Outcome {
        guard frame.maskKey != nil else { return .protocolError("A client's frames are masked.") }
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            return .protocolError("No extension was negotiated.")
        }
        switch frame.opcode {
        case .text:
            guard fragments == nil else { return .protocolError("A message began inside of another.") }
            return append(frame.unmaskedData, isLast: frame.fin)
        case .continuation:
            guard fragments != nil else { return .protocolError("A fragment came without a beginning.") }
            return append(frame.unmaskedData, isLast: frame.fin)
        case .binary: return .binary
        case .ping: return .ping(frame.unmaskedData)
        case .pong: return .pong
        case .connectionClose: return close(frame.unmaskedData)
        default: return .protocolError("The frame's opcode has no meaning.")
        }
    }

    private mutating func append(_ data: ByteBuffer, isLast: Bool) -> Outcome {
        var message = fragments ?? ByteBuffer()
        fragmentCount += 1
        guard message.readableBytes + data.readableBytes <= maxBytes else { return .tooLarge }
        guard fragmentCount <= Self.maxFragments else {
            return .protocolError("The message has too many fragments.")
        }
        message.writeImmutableBuffer(data)
        guard isLast else {
            fragments = message
            return .incomplete
        }
        fragments = nil
        fragmentCount = 0
        guard let text = Self.text(message) else { return .notUTF8 }
        return .message(text)
    }

    /// RFC 6455 §5.5.1 and §7.4: an empty body, or a code that may be sent and a reason in UTF-8.
    private func close(_ body: ByteBuffer) -> Outcome {
        var body = body
        guard body.readableBytes > 0 else { return .close(1000) }
        guard let code = body.readInteger(as: UInt16.self) else {
            return .protocolError("The close code is cut off.")
        }
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: return .protocolError("The close code \(code) is not to be sent.")
        }
        return Self.text(body) == nil ? .notUTF8 : .close(code)
    }

    private static func text(_ buffer: ByteBuffer) -> String? {
        String(validating: buffer.readableBytesView, as: UTF8.self)
    }
}

import NIOCore
import NIOWebSocket

/// Takes pongs out of a WebSocket's frames where they come in: they say only that the peer lives, and most of what idle
/// connections send is pongs, for which no task has to be woken.
final class PongHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    /// Called for each pong, on the event loop; while it is `nil`, pongs go the way of all frames.
    var onPong: (@Sendable () -> Void)?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        // What breaks the rules is refused where all frames are (RFC 6455 §5.1, §5.5).
        guard let onPong, frame.opcode == .pong, frame.fin, frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3
        else { return context.fireChannelRead(data) }
        onPong()
    }
}

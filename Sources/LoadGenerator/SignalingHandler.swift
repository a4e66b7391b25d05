internal import NIOCore
internal import NIOWebSocket

/// One participant's side of the WebSocket: matches replies to requests, answers pings, and takes note of a goodbye.
///
/// Confined to its channel's event loop.
final class SignalingHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// Messages that came, read or not.
    private(set) var messages = 0
    private var waiting: [Int: EventLoopPromise<SignalingMessages.Message>] = [:]
    private var end: SignalingError?
    private let onEnd: @Sendable (SignalingError) -> Void
    private let onSlots: @Sendable ([String: String]) -> Void

    init(onEnd: @escaping @Sendable (SignalingError) -> Void, onSlots: @escaping @Sendable ([String: String]) -> Void) {
        self.onEnd = onEnd
        self.onSlots = onSlots
    }

    func send(
        _ bytes: [UInt8], id: Int, patience: TimeAmount, on channel: any Channel,
        promise: EventLoopPromise<SignalingMessages.Message>
    ) {
        if let end { return promise.fail(end) }
        waiting[id] = promise
        write(.text, bytes, on: channel)
        // The loop keeps the handler as long as the channel lives; a late timer finds the promise gone.
        let loopBound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        channel.eventLoop.scheduleTask(in: patience) {
            loopBound.value.waiting.removeValue(forKey: id)?.fail(SignalingError.noAnswer)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text: receive(Array(frame.unmaskedData.readableBytesView))
        case .ping: write(.pong, Array(frame.unmaskedData.readableBytesView), on: context.channel)
        case .connectionClose:
            finish(.closed("close frame"))
            context.close(promise: nil)
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.closed("connection lost"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(.closed("\(error)"))
        context.close(promise: nil)
    }

    private func receive(_ bytes: [UInt8]) {
        messages += 1
        if SignalingMessages.ignored.contains(where: { bytes.starts(with: $0) }) { return }
        guard let message = try? SignalingMessages.decode(bytes) else { return }
        if let id = message.id {
            guard let promise = waiting.removeValue(forKey: id) else { return }
            if message.type == "error" {
                promise.fail(SignalingError.refused(code: message.code ?? "?", message: message.message ?? ""))
            } else {
                promise.succeed(message)
            }
        } else if message.type == "goodbye" {
            finish(.closed(message.reason ?? "goodbye"))
        } else if message.type == "slots", let assigned = message.assigned {
            onSlots(Dictionary(assigned.map { ($0.mid, $0.track) }) { _, last in last })
        }
    }

    private func finish(_ reason: SignalingError) {
        guard end == nil else { return }
        end = reason
        let promises = waiting.values
        waiting = [:]
        for promise in promises { promise.fail(reason) }
        onEnd(reason)
    }

    private func write(_ opcode: WebSocketOpcode, _ bytes: [UInt8], on channel: any Channel) {
        let buffer = channel.allocator.buffer(bytes: bytes)
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: buffer)
        channel.writeAndFlush(frame, promise: nil)
    }
}

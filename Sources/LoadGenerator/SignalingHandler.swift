internal import NIOCore
internal import NIOWebSocket

/// One participant's side of the WebSocket: matches replies to requests, answers pings, and takes note of a goodbye.
///
/// Confined to its channel's event loop.
final class SignalingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = WebSocketFrame

    private var reader = FrameReader()
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
        reader.append(unwrapInboundIn(data))
        do throws(FrameReader.Violation) {
            while let frame = try reader.next() {
                switch frame {
                case .text(let bytes): receive(bytes)
                case .ping(let bytes): write(.pong, bytes, on: context.channel)
                case .close:
                    finish(.closed("close frame"))
                    context.close(promise: nil)
                case .news, .pong: break
                }
            }
        } catch {
            errorCaught(context: context, error: error)
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
        guard let message = try? SignalingMessages.decode(bytes) else {
            return finish(.badAnswer("a message is not what the protocol says"))
        }
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

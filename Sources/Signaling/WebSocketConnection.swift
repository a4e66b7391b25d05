import Logging
import NIOCore
import NIOWebSocket
import Rooms
import Wire

/// One WebSocket and its signalling session: frames in, messages out, until either side ends it.
///
/// Two tasks: this one reads, one writes what the outbox holds, in order. Pings are sent by the event loop between two of
/// its frames: they are most of what an idle connection costs, and need no task to be woken.
struct WebSocketConnection: Sendable {
    let channel: EdgeChannel.WebSocketChannel
    let client: ClientInfo
    let registry: RoomRegistry
    let closeTimeout: Duration
    let logger: Logger

    /// Serves the connection; returns when it is over.
    func run() async {
        let socket = channel.channel
        let timeout = TimeAmount(closeTimeout)
        let outbox = Outbox(
            registry.configuration,
            onClose: {
                // A peer that does not read, or does not answer the close, is not waited for any longer.
                let deadline = socket.eventLoop.scheduleTask(in: timeout) { socket.close(promise: nil) }
                socket.closeFuture.whenComplete { _ in deadline.cancel() }
            })
        let pings = schedulePings(outbox)
        defer { pings.cancel() }
        do {
            try await channel.executeThenClose { inbound, outbound in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await write(outbox, to: outbound) }
                    await serve(inbound, outbox)
                    // Whatever ended the reading, a close that is still to be written gets its chance.
                    outbox.close(code: 1000, reason: "")
                    _ = await group.next()
                    group.cancelAll()
                }
            }
        } catch {
            logger.debug("WebSocket ended", metadata: ["error": "\(error)"])
        }
    }

    private func serve(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>, _ outbox: Outbox) async {
        let session: SignalingSession
        do {
            session = try await registry.connect(sink: outbox, client: client)
        } catch {
            logger.info("Connection refused", metadata: ["reason": "\(error.message)"])
            outbox.close(code: error.closeCode, reason: error.message)
            return
        }
        watchPongs(of: session)
        var logger = logger
        logger[metadataKey: "connection"] = "\(session.id)"
        logger.debug(
            "WebSocket opened", metadata: ["address": "\(client.address.map(String.init) ?? "unknown")"])
        await read(inbound, session, outbox, logger)
        await session.connectionLost()
        logger.debug("WebSocket closed")
    }

    /// Reads until the peer closes, or the connection ends.
    ///
    /// After a violation what still comes is thrown away until then: closing a TCP connection with unread
    /// bytes would reset it, and the peer might never see the error and the close frame that explain it.
    private func read(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>, _ session: SignalingSession,
        _ outbox: Outbox,
        _ logger: Logger
    ) async {
        var assembler = MessageAssembler(maxBytes: registry.configuration.maxMessageBytes)
        var isOver = false
        do {
            for try await frame in inbound {
                let outcome = assembler.accept(frame)
                if case .close(let code) = outcome { return outbox.close(code: code, reason: "") }
                if !isOver { isOver = await handle(outcome, session, outbox) }
            }
        } catch let error as NIOWebSocketError {
            if error == .invalidFrameLength {
                await session.refuse(.messageTooLarge)
            } else {
                outbox.close(code: 1002, reason: "\(error)")
            }
            try? await channel.channel.closeFuture.get()
        } catch {
            logger.debug("WebSocket lost", metadata: ["error": "\(error)"])
        }
    }

    /// Acts on what a frame means; `true` when the connection is over with it.
    private func handle(
        _ outcome: MessageAssembler.Outcome, _ session: SignalingSession, _ outbox: Outbox
    ) async -> Bool {
        switch outcome {
        case .incomplete, .close: return false
        case .message(let text): await session.receive(text: text)
        case .ping(let data):
            session.noteActivity()
            outbox.control(.pong(data))
        case .pong: session.noteActivity()
        case .tooLarge: await session.refuse(.messageTooLarge)
        case .notUTF8: await session.refuse(.notUTF8)
        case .binary: await session.refuse(.binary)
        case .protocolError(let sentence): outbox.close(code: 1002, reason: sentence)
        }
        return outcome.endsConnection
    }

    private func write(
        _ outbox: Outbox, to outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async {
        do {
            for await item in outbox.items {
                try await outbound.write(item.bytes(channel.channel.allocator))
                outbox.didWrite(item)
            }
        } catch {
            logger.debug("WebSocket cannot be written", metadata: ["error": "\(error)"])
        }
        outbound.finish()
    }

    private func watchPongs(of session: SignalingSession) {
        let socket = channel.channel
        socket.eventLoop.execute {
            let handler = try? socket.pipeline.syncOperations.handler(type: PongHandler.self)
            handler?.onPong = { session.noteActivity() }
        }
    }

    /// Sends a ping at every keep-alive interval, none to a peer that does not read or is being said goodbye to.
    ///
    /// The pings of connections that came within a twentieth of the interval go out together: waking the event loop is most of
    /// what one costs.
    private func schedulePings(_ outbox: Outbox) -> RepeatedTask {
        let socket = channel.channel
        let interval = registry.configuration.keepAliveInterval.nanoseconds
        let grid = max(interval / 20, 1)
        let now = Int64(clamping: NIODeadline.now().uptimeNanoseconds)
        let first = TimeAmount.nanoseconds(interval - now % grid)
        return socket.eventLoop.scheduleRepeatedTask(initialDelay: first, delay: .nanoseconds(interval)) { _ in
            guard socket.isActive, socket.isWritable, !outbox.isClosed else { return }
            socket.writeAndFlush(OutgoingFrame.control(.ping, ByteBuffer(), socket.allocator), promise: nil)
        }
    }
}

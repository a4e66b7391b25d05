import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Makes a WebSocket of an HTTP connection (RFC 6455 §4.2): frames come in, and bytes that are frames already go out.
///
/// NIO's own upgrader does the same with an encoder for single frames in the way.
struct WebSocketUpgrade<Result: Sendable>: NIOTypedHTTPServerProtocolUpgrader {
    private let handshake: NIOTypedWebSocketServerUpgrader<Result>
    private let maxFrameBytes: Int
    private let configure: @Sendable (any Channel, HTTPRequestHead) throws -> Result

    /// - Parameter configure: builds what is behind the decoder, on the channel's event loop.
    init(maxFrameBytes: Int, configure: @escaping @Sendable (any Channel, HTTPRequestHead) throws -> Result) {
        self.maxFrameBytes = maxFrameBytes
        self.configure = configure
        handshake = NIOTypedWebSocketServerUpgrader(
            maxFrameSize: maxFrameBytes, enableAutomaticErrorHandling: false,
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture { try configure(channel, head) }
            })
    }

    var supportedProtocol: String { handshake.supportedProtocol }
    var requiredUpgradeHeaders: [String] { handshake.requiredUpgradeHeaders }

    func buildUpgradeResponse(
        channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        handshake.buildUpgradeResponse(
            channel: channel, upgradeRequest: upgradeRequest, initialResponseHeaders: initialResponseHeaders)
    }

    func upgrade(channel: any Channel, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<Result> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
                ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: maxFrameBytes)))
            return try configure(channel, upgradeRequest)
        }
    }
}

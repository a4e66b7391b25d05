internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// Makes a WebSocket of an HTTP connection (RFC 6455 §4.1) that takes in bytes and gives out frames: `FrameReader` cuts
/// what comes in.
struct WebSocketClientUpgrade<Result: Sendable>: NIOTypedHTTPClientProtocolUpgrader {
    private let handshake: NIOTypedWebSocketClientUpgrader<Result>
    private let configure: @Sendable (any Channel) throws -> Result

    /// - Parameter configure: builds what is behind the encoder, on the channel's event loop.
    init(configure: @escaping @Sendable (any Channel) throws -> Result) {
        self.configure = configure
        handshake = NIOTypedWebSocketClientUpgrader { channel, _ in
            channel.eventLoop.makeCompletedFuture { try configure(channel) }
        }
    }

    var supportedProtocol: String { handshake.supportedProtocol }
    var requiredUpgradeHeaders: [String] { handshake.requiredUpgradeHeaders }

    func addCustom(upgradeRequestHeaders: inout HTTPHeaders) {
        handshake.addCustom(upgradeRequestHeaders: &upgradeRequestHeaders)
    }

    func shouldAllowUpgrade(upgradeResponse: HTTPResponseHead) -> Bool {
        handshake.shouldAllowUpgrade(upgradeResponse: upgradeResponse)
    }

    func upgrade(channel: any Channel, upgradeResponse: HTTPResponseHead) -> EventLoopFuture<Result> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(WebSocketFrameEncoder())
            return try configure(channel)
        }
    }
}

import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL
import NIOWebSocket
import Wire

/// One TCP connection's way through TLS and HTTP/1.1, to the router or to a WebSocket.
///
///     bytes → TLS → HTTP decoder → UpgradeGate → upgrade handler ─┬→ router
///                                                                 └→ WebSocket frames
struct EdgeChannel: HTTPChannelHandler {
    typealias WebSocketChannel = NIOAsyncChannel<WebSocketFrame, ByteBuffer>

    /// What a connection turned out to be.
    enum Kind: Sendable {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case webSocket(WebSocketChannel, UpgradeRequest)
    }

    struct Value: ServerChildChannelValue {
        let kind: EventLoopFuture<Kind>
        let channel: any Channel
    }

    let responder: HTTPChannelHandler.Responder
    let configuration: HTTPServerConfiguration
    let connections: ConnectionTable
    let certificates: TLSContexts?
    let maxFrameBytes: Int
    let onWebSocket: @Sendable (WebSocketChannel, UpgradeRequest) async -> Void

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        // Whatever goes wrong is this connection's affair: a failed set-up would end the listening socket's
        // loop.
        let kind: EventLoopFuture<Kind>
        do {
            guard connections.admit(channel) else { throw TooManyConnections() }
            kind = try configure(channel, logger)
        } catch {
            kind = channel.eventLoop.makeFailedFuture(error)
        }
        return channel.eventLoop.makeSucceededFuture(Value(kind: kind, channel: channel))
    }

    func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.kind.get() {
            case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .webSocket(let channel, let request): await onWebSocket(channel, request)
            }
        } catch {
            logger.debug("Connection ended early", metadata: ["error": "\(error)"])
            value.channel.close(promise: nil)
        }
    }

    private func configure(_ channel: any Channel, _ logger: Logger) throws -> EventLoopFuture<Kind> {
        let pipeline = channel.pipeline.syncOperations
        if let certificates {
            try pipeline.addHandler(NIOSSLServerHandler(context: certificates.current))
        }
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = configuration.limits.headerBytes
        limits.maxHeaderListSize = configuration.limits.headerBytes
        let encoder = HTTPResponseEncoder()
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
        let gate = UpgradeGate(origins: configuration.allowedOrigins)
        let upgrade = NIOTypedHTTPServerUpgradeHandler(
            httpEncoder: encoder, extraHTTPHandlers: [decoder, gate],
            upgradeConfiguration: upgradeConfiguration(logger))
        try pipeline.addHandlers([encoder, decoder, gate, upgrade])

        let kind = upgrade.upgradeResultFuture
        let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(configuration.limits.handshakeTimeout)) {
            channel.close(promise: nil)
        }
        kind.whenComplete { _ in deadline.cancel() }
        return kind
    }

    private func upgradeConfiguration(_ logger: Logger) -> NIOTypedHTTPServerUpgradeConfiguration<Kind> {
        let idleTimeout = configuration.limits.idleTimeout
        let upgrader = WebSocketUpgrade<Kind>(maxFrameBytes: maxFrameBytes) { channel, head in
            try channel.pipeline.syncOperations.addHandler(PongHandler())
            // Few frames ahead: a frame may be as large as a message, and the session reads one at a
            // time.
            let wrapped = try WebSocketChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 4)))
            return .webSocket(wrapped, UpgradeRequest(head, peer: channel.peerAddress))
        }
        return NIOTypedHTTPServerUpgradeConfiguration(
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
                    try pipeline.addHandler(
                        HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger))
                    return .http(
                        try NIOAsyncChannel(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(isOutboundHalfClosureEnabled: true)))
                }
            })
    }
}

/// What is kept of the request that became a WebSocket.
struct UpgradeRequest: Sendable {
    let peer: IPAddress?
    let forwardedFor: [String]
    let userAgent: String?

    init(_ head: HTTPRequestHead, peer: IPAddress?) {
        self.peer = peer
        forwardedFor = head.headers["X-Forwarded-For"]
        // Long enough for every browser; what is longer is not worth storing.
        userAgent = head.headers["User-Agent"].first.map { String($0.prefix(256)) }
    }
}

/// The server, or the address, has as many connections as it may have.
struct TooManyConnections: Error {}

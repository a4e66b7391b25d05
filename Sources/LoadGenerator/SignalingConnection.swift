internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket
internal import Synchronization

/// A WebSocket to the server, request by request.
final class SignalingConnection: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<SignalingHandler>
    private let nextID = Atomic<Int>(1)

    /// How long a request may take. A server under load may be slow; one that needs longer has failed.
    private static let patience = TimeAmount.seconds(15)

    private init(channel: any Channel, handler: NIOLoopBound<SignalingHandler>) {
        self.channel = channel
        self.handler = handler
    }

    /// How connections are made.
    struct Options: Sendable {
        var address: ServerAddress
        /// Whether any certificate is good enough.
        var acceptsAnyCertificate: Bool
    }

    /// What happens without having been asked for.
    struct Callbacks: Sendable {
        var onEnd: @Sendable (SignalingError) -> Void
        /// Which track is on which slot, by the m-line's name.
        var onSlots: @Sendable ([String: String]) -> Void
    }

    /// Connects, and upgrades to a WebSocket.
    static func open(
        _ options: Options, on group: any EventLoopGroup, callbacks: Callbacks
    ) async throws(SignalingError) -> SignalingConnection {
        do {
            let tls = options.address.isSecure ? try context(options) : nil
            let upgraded = try await ClientBootstrap(group: group)
                .connectTimeout(.seconds(10))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(host: options.address.host, port: options.address.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try configure(channel, options.address, tls, callbacks)
                    }
                }
            guard let connection = try await upgraded.get() else { throw SignalingError.notUpgraded }
            return connection
        } catch let error as SignalingError {
            throw error
        } catch {
            throw .unreachable(Self.words(for: error))
        }
    }

    /// What the kernel or the resolver said, without what NIO wraps it in.
    private static func words(for error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let refused = error.connectionErrors.first { return words(for: refused.error) }
            return "no address is known of \(error.host)"
        case let error as IOError:
            guard let text = unsafe strerror(error.errnoCode) else { return "error \(error.errnoCode)" }
            return unsafe String(cString: text)
        case ChannelError.connectTimeout: return "no answer within 10 s"
        default: return "\(error)"
        }
    }

    private static func context(_ options: Options) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if options.acceptsAnyCertificate { configuration.certificateVerification = .none }
        return try NIOSSLContext(configuration: configuration)
    }

    /// Builds the pipeline: TLS, HTTP for the upgrade, then frames.
    private static func configure(
        _ channel: any Channel, _ address: ServerAddress, _ tls: NIOSSLContext?, _ callbacks: Callbacks
    ) throws -> EventLoopFuture<SignalingConnection?> {
        if let tls {
            let handler = try NIOSSLClientHandler(context: tls, serverHostname: address.tlsName)
            try channel.pipeline.syncOperations.addHandler(handler)
        }
        let upgrader = WebSocketClientUpgrade<SignalingConnection?> { channel in
            let handler = SignalingHandler(onEnd: callbacks.onEnd, onSlots: callbacks.onSlots)
            try channel.pipeline.syncOperations.addHandler(handler)
            return SignalingConnection(
                channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
        }
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: address.path)
        head.headers.add(name: "Host", value: "\(address.host):\(address.port)")
        let upgrade = NIOTypedHTTPClientUpgradeConfiguration<SignalingConnection?>(
            upgradeRequestHead: head, upgraders: [upgrader]
        ) { channel in
            channel.close(promise: nil)
            return channel.eventLoop.makeSucceededFuture(nil)
        }
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: .init(upgradeConfiguration: upgrade))
    }

    /// Joins a room with an offer.
    func join(
        room: String, name: String, offer sdp: String, tracks: [SignalingMessages.Track]
    ) async throws(SignalingError) -> SignalingMessages.Message {
        try await request { id in
            SignalingMessages.Join(
                id: id, room: room, name: name, offer: .init(offerId: 1, sdp: sdp), tracks: tracks)
        }
    }

    /// Tells what is wanted of the pictures.
    func subscribe(_ wish: SubscriptionChoice.Wish) async throws(SignalingError) {
        _ = try await request { SignalingMessages.SubscriptionSettings(id: $0, wish) }
    }

    /// Leaves the room.
    func leave() async throws(SignalingError) {
        _ = try await request { SignalingMessages.Plain(type: "leave-room", id: $0) }
    }

    /// Ends the connection, whatever is under way.
    func close() { channel.close(promise: nil) }

    private func request(
        _ make: (Int) -> some Encodable
    ) async throws(SignalingError) -> SignalingMessages.Message {
        let id = nextID.wrappingAdd(1, ordering: .relaxed).oldValue
        do {
            let bytes = try SignalingMessages.encode(make(id))
            let promise = channel.eventLoop.makePromise(of: SignalingMessages.Message.self)
            channel.eventLoop.execute { [handler, channel] in
                handler.value.send(bytes, id: id, patience: Self.patience, on: channel, promise: promise)
            }
            return try await promise.futureResult.get()
        } catch let error as SignalingError {
            throw error
        } catch {
            throw .badAnswer("\(error)")
        }
    }
}

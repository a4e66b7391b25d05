import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
public import Rooms
public import ServiceLifecycle
public import Store
import Synchronization

/// The server's HTTP side on one port: the page, the WebSocket and the status API.
///
/// Put it last in the service group, so that it stops first: it then closes every WebSocket through the
/// registry, which says goodbye and records the sessions, and the store behind it writes them.
public final class SignalingServer: Service {
    private let configuration: HTTPServerConfiguration
    private let registry: RoomRegistry
    private let store: Store?
    private let logger: Logger
    private let certificates: TLSContexts?
    private let connections: ConnectionTable
    private let listening = Mutex(Listening.notYet([]))

    /// Whether the port is known, and who waits for it.
    private enum Listening {
        case notYet([CheckedContinuation<Int?, Never>])
        case onPort(Int)
        case over
    }

    /// Makes a server; nothing listens before ``run()``.
    /// - Throws: when certificate or key cannot be used; the error's description says why.
    public init(
        configuration: HTTPServerConfiguration, registry: RoomRegistry, store: Store?, logger: Logger
    ) throws {
        self.configuration = configuration
        self.registry = registry
        self.store = store
        self.logger = logger
        certificates = try configuration.tls.map { try TLSContexts($0, logger: logger) }
        connections = ConnectionTable(
            limits: configuration.limits,
            proxies: ClientAddressResolver(trustedProxies: configuration.trustedProxies))
    }

    /// The port that is listened on, as soon as it is: the one of the configuration, or the system's choice
    /// for 0. `nil` when the server has ended, perhaps because it could not have the port.
    public func port() async -> Int? {
        await withCheckedContinuation { continuation in
            let known: Int?? = listening.withLock { state in
                switch state {
                case .notYet(let waiters):
                    state = .notYet(waiters + [continuation])
                    return nil
                case .onPort(let port): return .some(port)
                case .over: return .some(nil)
                }
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// Serves until the service group stops, then closes every connection within the configured time.
    public func run() async throws {
        let application = makeApplication()
        defer { note(.over, port: nil) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.watchCertificates() }
            group.addTask { await self.closeOnShutdown() }
            do { try await application.run() } catch let error as IOError {
                throw hasPort ? error : ListenError(error, host: configuration.host, port: configuration.port)
            }
            group.cancelAll()
        }
    }

    private var hasPort: Bool {
        listening.withLock { state in
            if case .onPort = state { true } else { false }
        }
    }

    private func makeApplication() -> Application<EdgeResponder> {
        let pages = PageRoutes(origins: configuration.allowedOrigins)
        let status = StatusRoutes(
            registry: registry, store: store, configuration: configuration, connections: connections)
        let table = RouteTable(
            routes: status.routes + pages.routes, authorization: Authorization(apiKey: configuration.apiKey))
        return Application(
            responder: EdgeResponder(
                table: table, securityHeaders: SecurityHeaders(embedders: configuration.allowedOrigins)),
            server: HTTPServerBuilder { responder in self.makeChannel(responder) },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: 1024),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? self.configuration.port
                self.note(.onPort(port), port: port)
            },
            logger: logger)
    }

    private func makeChannel(_ responder: @escaping HTTPChannelHandler.Responder) -> EdgeChannel {
        EdgeChannel(
            responder: responder, configuration: configuration, connections: connections,
            certificates: certificates,
            maxFrameBytes: registry.configuration.maxMessageBytes,
            onWebSocket: { channel, request in await self.serve(channel, request) })
    }

    private func serve(_ channel: EdgeChannel.WebSocketChannel, _ request: UpgradeRequest) async {
        let resolver = ClientAddressResolver(trustedProxies: configuration.trustedProxies)
        let client = ClientInfo(
            address: resolver.address(peer: request.peer, forwardedFor: request.forwardedFor),
            userAgent: request.userAgent)
        await WebSocketConnection(
            channel: channel, client: client, registry: registry,
            closeTimeout: configuration.limits.closeTimeout,
            logger: logger
        ).run()
    }

    private func note(_ next: Listening, port: Int?) {
        let waiters = listening.withLock { state in
            defer { state = next }
            guard case .notYet(let waiters) = state else { return [] as [CheckedContinuation<Int?, Never>] }
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: port) }
    }

    private func watchCertificates() async {
        await certificates?.watch(every: configuration.limits.certificateCheckInterval)
    }

    /// The listening socket closes by itself; WebSockets and connections that say nothing have to be ended
    /// from here.
    private func closeOnShutdown() async {
        try? await gracefulShutdown()
        guard !Task.isCancelled else { return }
        await registry.shutdown(reason: "The server is being stopped.")
        try? await Task.sleep(for: configuration.limits.shutdownTimeout)
        guard !Task.isCancelled, connections.count > 0 else { return }
        logger.warning("Cutting connections that did not end", metadata: ["count": "\(connections.count)"])
        connections.closeAll()
    }
}

import Ciphers
import Engine
import Foundation
import Logging
import Rooms
import ServiceLifecycle
import Store
import Synchronization
import Wire

@testable import Signaling

/// A media plane that has no media: joining without an offer never asks it for anything.
struct NoMedia: MediaPlane {
    /// Its one worker, as the status API is told of it.
    var worker = WorkerStatistics()

    let events: AsyncStream<MediaEvent> = AsyncStream { _ in }

    func addPeer(_ peer: PeerID, in room: RoomKey) async throws(MediaPlaneError) -> PeerPlacement {
        throw .overloaded
    }
    func apply(_ configuration: PeerConfiguration, to peer: PeerID) async {}
    func assign(_ publication: PublicationID?, toSlot mid: String, of receiver: PeerID) async
        -> SlotAssignmentResult
    { .gone }
    func setWishes(_ wishes: [String: SlotWish], of receiver: PeerID) async {}
    func removePeer(_ peer: PeerID) async {}
    func statistics(of peer: PeerID) async -> PeerStatistics? { nil }

    func workerStatistics() async -> [WorkerStatistics] {
        var worker = worker
        worker.port = 40_000
        worker.drops = ["unknown-peer": 3]
        return [worker]
    }
}

/// A whole server on a port of its own, with rooms and a store, for the length of one test.
struct TestServer {
    let port: Int
    let registry: RoomRegistry
    let store: Store
    let group: ServiceGroup

    /// Runs a server and does something with it; whatever happens, the server has ended afterwards.
    static func with(
        configure: (inout HTTPServerConfiguration) -> Void = { _ in },
        rooms configureRooms: (inout RoomsConfiguration) -> Void = { _ in },
        plane: NoMedia = NoMedia(),
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "signaling-\(UUID().uuidString)")
            .path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var logger = Logger(label: "signaling-test")
        logger.logLevel = ProcessInfo.processInfo.environment["TEST_LOG"] == nil ? .critical : .trace

        var storeConfiguration = StoreConfiguration(path: folder + "/roost.sqlite")
        storeConfiguration.linger = .zero
        let store = Store(configuration: storeConfiguration, logger: logger)
        try store.open()
        var roomsConfiguration = RoomsConfiguration()
        configureRooms(&roomsConfiguration)
        let registry = RoomRegistry(
            configuration: roomsConfiguration, plane: plane, recorder: store, logger: logger)
        var configuration = HTTPServerConfiguration()
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.version = "1.2.3"
        configuration.limits.shutdownTimeout = .milliseconds(500)
        configure(&configuration)
        let server = try SignalingServer(
            configuration: configuration, registry: registry, store: store, logger: logger)

        let group = ServiceGroup(
            services: [store, RegistryService(registry: registry), server], logger: logger)
        let running = Task { try await group.run() }
        guard let port = await server.port() else { return try await running.value }
        let result: Result<Void, any Error>
        do {
            try await body(TestServer(port: port, registry: registry, store: store, group: group))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await running.value
        try result.get()
    }

    /// A GET on a connection of its own.
    func request(_ path: String, headers: [(String, String)] = []) async throws -> HTTPAnswer {
        try await request("GET", path, headers: headers)
    }

    /// The status that a GET is answered with.
    func status(_ path: String, headers: [(String, String)] = []) async throws -> Int {
        try await request("GET", path, headers: headers).status
    }

    /// One request on a connection of its own.
    func request(_ method: String, _ path: String, headers: [(String, String)] = []) async throws
        -> HTTPAnswer
    {
        try await Connection.with(port: port) { connection in
            try await connection.request(method, path, headers: headers + [("Connection", "close")])
        }
    }

    /// Does something with a WebSocket.
    func webSocket<Result: Sendable>(
        headers: [(String, String)] = [], readAhead: Int = 10,
        _ body: @Sendable (WebSocketClient) async throws -> Result
    ) async throws -> Result {
        try await Connection.with(port: port, readAhead: readAhead) { connection in
            let client = WebSocketClient(connection: connection)
            let answer = try await client.handshake(headers: headers)
            guard answer.status == 101 else { throw TestFailure("handshake answered \(answer.status)") }
            return try await body(client)
        }
    }
}

struct RegistryService: Service {
    let registry: RoomRegistry
    func run() async throws {
        await cancelWhenGracefulShutdown { await registry.run() }
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

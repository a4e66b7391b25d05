import Hummingbird
import LinuxSystem
import Rooms
import Store

/// Whether the server lives, whether it should get new calls, and how it is.
extension StatusRoutes {
    func live(_ request: EdgeRequest) -> Response { EdgeResponder.json(Liveness()) }

    /// 503 while no new calls should come here. A store that cannot write is a warning only: calls go on
    /// without it.
    func ready(_ request: EdgeRequest) async -> Response {
        var reasons: [String] = []
        let server = await registry.server()
        if server.stopping {
            reasons.append("The server is being stopped.")
        } else if server.draining {
            reasons.append("The server is draining: calls go on, new rooms are made elsewhere.")
        }
        if !server.workers.isEmpty, server.workers.allSatisfy(\.isOverloaded) {
            reasons.append("Every media thread is overloaded: joins are refused until the load falls.")
        } else if !server.workers.isEmpty, server.workers.allSatisfy({ $0.isOverloaded || $0.full }) {
            reasons.append("Every media thread has as many participants as it may have, or is overloaded.")
        }
        if await registry.refusal(for: nil) == .tooManyConnections {
            reasons.append("The server has as many connections as it may have.")
        }
        var warnings: [String] = []
        if let health = store?.health, health.state == .degraded {
            warnings.append(health.error ?? "The store cannot write.")
        }
        let readiness = Readiness(
            status: reasons.isEmpty ? "ready" : "unavailable", reasons: reasons, warnings: warnings)
        return EdgeResponder.json(readiness, status: reasons.isEmpty ? .ok : .serviceUnavailable)
    }

    func status(_ request: EdgeRequest) async -> Response {
        EdgeResponder.json(
            Status(
                version: configuration.version, server: await registry.server(),
                memory: MemoryInUse(), httpConnections: connections.count,
                store: store.map { StoreStatus($0.health) },
                limits: Limits(registry.configuration, configuration)))
    }

    func draining(_ request: EdgeRequest) async -> Response {
        EdgeResponder.json(Draining(draining: await registry.isDraining))
    }

    /// Before an upgrade: calls go on until they end by themselves, new rooms are to be made elsewhere.
    func drain(_ request: EdgeRequest, _ draining: Bool) async throws -> Response {
        await registry.setDraining(draining)
        return EdgeResponder.json(Draining(draining: draining))
    }

    private struct Draining: Encodable { var draining: Bool }

    private struct Liveness: Encodable { var status = "live" }

    private struct Readiness: Encodable {
        var status: String
        var reasons: [String]
        var warnings: [String]
    }

    private struct Status: Encodable {
        var version: String
        var server: ServerSnapshot
        var memory: MemoryInUse
        var httpConnections: Int
        var store: StoreStatus?
        var limits: Limits
    }

    private struct MemoryInUse: Encodable {
        var residentBytes = ProcessMemory.residentBytes
        var heapBytes = ProcessMemory.heapBytes
    }

    private struct StoreStatus: Encodable {
        var state: String
        var error: String?
        var degradedSince: WallTime?
        var queued: Int
        var written: UInt64
        var dropped: UInt64
        var droppedEnds: UInt64
        var rejected: UInt64
        var failedAttempts: UInt64
        var lastWrite: WallTime?

        init(_ health: StoreHealth) {
            state = health.state.rawValue
            error = health.error
            degradedSince = health.degradedSince
            queued = health.queued
            written = health.written
            dropped = health.dropped
            droppedEnds = health.droppedEnds
            rejected = health.rejected
            failedAttempts = health.failedAttempts
            lastWrite = health.lastWrite
        }
    }

    private struct Limits: Encodable {
        var rooms: Int
        var participantsPerRoom: Int
        var audioSlots: Int
        var videoSlots: Int
        var messageBytes: Int
        var connections: Int
        var connectionsPerAddress: Int
        var httpConnections: Int
        var httpConnectionsPerAddress: Int

        init(_ rooms: RoomsConfiguration, _ http: HTTPServerConfiguration) {
            self.rooms = rooms.maxRooms
            participantsPerRoom = rooms.maxParticipantsPerRoom
            audioSlots = rooms.maxAudioSlots
            videoSlots = rooms.maxVideoSlots
            messageBytes = rooms.maxMessageBytes
            connections = rooms.maxConnections
            connectionsPerAddress = rooms.maxConnectionsPerAddress
            httpConnections = http.limits.connections
            httpConnectionsPerAddress = http.limits.connectionsPerAddress
        }
    }
}

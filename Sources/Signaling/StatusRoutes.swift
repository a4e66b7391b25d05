import HTTPTypes
import Hummingbird
import Rooms
import Store

/// The status API: what is going on, for operators and for what watches over the server.
struct StatusRoutes: Sendable {
    let registry: RoomRegistry
    let store: Store?
    let configuration: HTTPServerConfiguration
    let connections: ConnectionTable

    var routes: [Route] {
        [
            Route("/livez", .everybody, [.get: live]),
            Route("/readyz", .everybody, [.get: ready]),
            Route("/api/openapi.json", .everybody, [.get: openAPI]),
            Route("/api/v1/status", .operators, [.get: status]),
            Route(
                "/api/v1/drain", .operators,
                [.get: draining, .put: { try await drain($0, true) }, .delete: { try await drain($0, false) }]),
            Route("/api/v1/rooms", .operators, [.get: rooms]),
            Route("/api/v1/rooms/{room}", .operators, [.get: room, .delete: closeRoom]),
            Route("/api/v1/rooms/{room}/participants", .operators, [.get: participants]),
            Route(
                "/api/v1/rooms/{room}/participants/{participant}", .operators,
                [.get: participant, .delete: removeParticipant]),
            Route("/api/v1/sessions", .operators, [.get: sessions]),
        ]
    }

    private func openAPI(_ request: EdgeRequest) -> Response {
        EdgeResponder.json(OpenAPIDocument.text(version: configuration.version))
    }

    private func rooms(_ request: EdgeRequest) async -> Response {
        EdgeResponder.json(RoomList(rooms: await registry.rooms()))
    }

    private func room(_ request: EdgeRequest) async throws -> Response {
        EdgeResponder.json(try await findRoom(request))
    }

    private func participants(_ request: EdgeRequest) async throws -> Response {
        EdgeResponder.json(ParticipantList(participants: try await findRoom(request).participants ?? []))
    }

    private func participant(_ request: EdgeRequest) async throws -> Response {
        let found = await registry.participant(
            request.parameter("participant"), inRoom: request.parameter("room"))
        guard let found else { throw Self.noParticipant }
        return EdgeResponder.json(found)
    }

    private func removeParticipant(_ request: EdgeRequest) async throws -> Response {
        let removed = await registry.remove(
            participant: request.parameter("participant"), fromRoom: request.parameter("room"),
            message: try message(request))
        guard removed else { throw Self.noParticipant }
        return Response(status: .noContent)
    }

    private func closeRoom(_ request: EdgeRequest) async throws -> Response {
        guard await registry.close(room: request.parameter("room"), message: try message(request)) else {
            throw Self.noRoom
        }
        return Response(status: .noContent)
    }

    private func findRoom(_ request: EdgeRequest) async throws -> RoomSnapshot {
        guard let room = await registry.room(named: request.parameter("room")) else { throw Self.noRoom }
        return room
    }

    /// The sentence that those concerned are shown.
    private func message(_ request: EdgeRequest) throws -> String? {
        guard let message = request.query["message"] else { return nil }
        guard message.count <= 200 else { throw APIError.badParameter("message", "at most 200 characters.") }
        return message
    }

    private static let noRoom = APIError.notFound("There is no such room.")
    private static let noParticipant = APIError.notFound("There is no such participant in this room.")

    private struct RoomList: Encodable { var rooms: [RoomSnapshot] }
    private struct ParticipantList: Encodable { var participants: [ParticipantSnapshot] }
}

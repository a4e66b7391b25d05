import Hummingbird
import Rooms
import Store

/// `/api/v1/sessions`: who was here, from the store.
extension StatusRoutes {
    func sessions(_ request: EdgeRequest) async throws -> Response {
        guard let store else {
            throw APIError(
                status: .serviceUnavailable, code: "no-store", message: "The server runs without a database.")
        }
        do {
            return EdgeResponder.json(try await store.sessions(matching: try Self.query(request.query)))
        } catch let error as StoreError {
            throw APIError(status: .serviceUnavailable, code: "store-unavailable", message: error.description)
        }
    }

    /// Reads the filters. An unknown one is refused: a misspelt filter that filters nothing misleads.
    static func query(_ fields: [String: String]) throws(APIError) -> SessionQuery {
        var query = SessionQuery()
        for (name, value) in fields {
            switch name {
            case "room": query.room = value
            case "identity": query.identity = value
            case "since": query.since = try time(name, value)
            case "until": query.until = try time(name, value)
            case "state":
                query.state = try parsed(name, value, "one of open, ended.", SessionQuery.State.init)
            case "reason":
                guard endReasons.contains(value) else {
                    throw .badParameter(name, "one of \(endReasons.joined(separator: ", ")).")
                }
                query.reason = value
            case "cursor":
                query.cursor = try parsed(
                    name, value, "not one that this server handed out.", SessionCursor.init)
            case "limit":
                let limits = SessionQuery.limits
                query.limit = try parsed(
                    name, value, "a number from \(limits.lowerBound) to \(limits.upperBound)."
                ) {
                    Int($0).flatMap { limits.contains($0) ? $0 : nil }
                }
            default:
                throw .badParameter(name, "there is no such filter.")
            }
        }
        return query
    }

    /// Every reason a session can have ended for.
    static let endReasons = SessionEndReason.allCases.map(\.rawValue) + [CrashRecovery.reason]

    private static func time(_ name: String, _ value: String) throws(APIError) -> WallTime {
        try parsed(name, value, "a time like 2026-01-01T00:00:00Z.", WallTime.init)
    }

    private static func parsed<Value>(
        _ name: String, _ value: String, _ expectation: String, _ parse: (String) -> Value?
    ) throws(APIError) -> Value {
        guard let result = parse(value) else { throw .badParameter(name, expectation) }
        return result
    }
}

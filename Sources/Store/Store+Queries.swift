import GRDB
import Rooms
import Synchronization

extension Store {
    /// Lists sessions, newest first. What was recorded a moment ago may still be on its way to the disk.
    public func sessions(matching query: SessionQuery) async throws(StoreError) -> SessionPage {
        guard let file = state.withLock({ $0.file }) else {
            throw .unavailable(health.error ?? "The database \(configuration.path) is not open.")
        }
        do {
            return try await file.pool.read { db in try Self.page(of: query, in: db) }
        } catch {
            throw StoreError(error, path: configuration.path)
        }
    }

    private static func page(of query: SessionQuery, in db: Database) throws -> SessionPage {
        let limit = min(max(query.limit, SessionQuery.limits.lowerBound), SessionQuery.limits.upperBound)
        let filter = Filter(query)
        // One more than asked for tells whether there is another page.
        let rows = try Row.fetchAll(
            db,
            sql:
                "SELECT * FROM sessions \(filter.clause) ORDER BY started_at DESC, id DESC LIMIT \(limit + 1)",
            arguments: filter.arguments)
        var sessions = rows.prefix(limit).map(StoredSession.init)
        try attachTracks(to: &sessions, in: db)
        let next =
            rows.count > limit
            ? sessions.last.map {
                SessionCursor(startedAt: $0.startedAt.millisecondsSinceEpoch, id: $0.id).description
            }
            : nil
        return SessionPage(sessions: sessions, nextCursor: next)
    }

    private static func attachTracks(to sessions: inout [StoredSession], in db: Database) throws {
        guard !sessions.isEmpty else { return }
        let marks = databaseQuestionMarks(count: sessions.count)
        let rows = try Row.fetchAll(
            db, sql: "SELECT * FROM tracks WHERE session_id IN (\(marks)) ORDER BY started_at, id",
            arguments: StatementArguments(sessions.map(\.id)))
        var tracks: [String: [StoredTrack]] = [:]
        for row in rows { tracks[row["session_id"], default: []].append(StoredTrack(row)) }
        for index in sessions.indices { sessions[index].tracks = tracks[sessions[index].id] ?? [] }
    }
}

/// The WHERE clause of a query: only the conditions that were asked for, so that SQLite picks the index for
/// them.
private struct Filter {
    private var conditions: [String] = []
    private(set) var arguments = StatementArguments()

    var clause: String { conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") }

    init(_ query: SessionQuery) {
        if let room = query.room { add("room_name = ?", [room]) }
        if let identity = query.identity { add("identity = ?", [identity]) }
        if let since = query.since { add("started_at >= ?", [since.millisecondsSinceEpoch]) }
        if let until = query.until { add("started_at < ?", [until.millisecondsSinceEpoch]) }
        if let reason = query.reason { add("end_reason = ?", [reason]) }
        switch query.state {
        case .open?: add("ended_at IS NULL", [])
        case .ended?: add("ended_at IS NOT NULL", [])
        case nil: break
        }
        if let cursor = query.cursor { add("(started_at, id) < (?, ?)", [cursor.startedAt, cursor.id]) }
    }

    private mutating func add(_ condition: String, _ values: StatementArguments) {
        conditions.append(condition)
        arguments += values
    }
}

extension StoredSession {
    fileprivate init(_ row: Row) {
        self.init(
            id: row["id"], roomID: row["room_id"], room: row["room_name"], name: row["name"],
            identity: row["identity"], address: row["address"], userAgent: row["user_agent"],
            startedAt: WallTime(millisecondsSinceEpoch: row["started_at"]),
            connectedAt: row.time("connected_at"), mediaAddress: row["media_address"],
            interruptions: row["interruptions"], resumptions: row["resumptions"],
            lastInterruption: row["last_interruption"], endedAt: row.time("ended_at"),
            endReason: row["end_reason"], endDetail: row["end_detail"], tracks: [])
    }
}

extension StoredTrack {
    fileprivate init(_ row: Row) {
        self.init(
            id: row["id"], source: row["source"], kind: row["kind"], mid: row["mid"],
            startedAt: WallTime(millisecondsSinceEpoch: row["started_at"]), endedAt: row.time("ended_at"))
    }
}

extension Row {
    fileprivate func time(_ column: String) -> WallTime? {
        (self[column] as Int64?).map(WallTime.init(millisecondsSinceEpoch:))
    }
}

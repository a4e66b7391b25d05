import GRDB
public import Rooms

/// What an earlier run left open, and was closed when the file was opened.
public struct CrashRecovery: Sendable, Equatable {
    /// The reason that sessions, rooms and the run itself are closed with.
    public static let reason = "server-crash"

    /// The rooms that existed when the earlier run ended; hand them to the registry to have them again.
    public var rooms: [RoomRecord] = []
    /// How many sessions were closed.
    public var sessions = 0
    /// The earlier run's last sign of life; `nil` when it ended in order.
    public var lastSignOfLife: WallTime?

    /// Closes what is open. Called once, before this run writes its own row.
    static func perform(in db: Database) throws -> CrashRecovery {
        var recovery = CrashRecovery()
        let alive = try Int64.fetchOne(db, sql: "SELECT max(alive_at) FROM runs WHERE ended_at IS NULL")
        recovery.lastSignOfLife = alive.map(WallTime.init(millisecondsSinceEpoch:))
        recovery.rooms = try Row.fetchAll(
            db,
            sql:
                "SELECT id, name, display_name, created_at FROM rooms WHERE ended_at IS NULL ORDER BY created_at"
        ).map { row in
            RoomRecord(
                id: row["id"], name: row["name"], displayName: row["display_name"],
                createdAt: WallTime(millisecondsSinceEpoch: row["created_at"]))
        }
        try db.execute(
            sql: """
                UPDATE tracks SET ended_at = max(started_at, (
                    SELECT runs.alive_at FROM sessions JOIN runs ON runs.id = sessions.run_id
                    WHERE sessions.id = tracks.session_id))
                WHERE ended_at IS NULL AND session_id IN (SELECT id FROM sessions WHERE ended_at IS NULL)
                """)
        try db.execute(
            sql: """
                UPDATE sessions SET end_reason = ?, end_detail = ?,
                    ended_at = max(started_at, (SELECT alive_at FROM runs WHERE runs.id = run_id))
                WHERE ended_at IS NULL
                """,
            arguments: [
                reason, "The server ended without closing the session; the time is its last sign of life.",
            ])
        recovery.sessions = db.changesCount
        try db.execute(
            sql: """
                UPDATE rooms SET end_reason = ?,
                    ended_at = max(created_at, (SELECT alive_at FROM runs WHERE runs.id = run_id))
                WHERE ended_at IS NULL
                """, arguments: [reason])
        try db.execute(
            sql: "UPDATE runs SET ended_at = alive_at, end_reason = ? WHERE ended_at IS NULL",
            arguments: [reason])
        return recovery
    }
}

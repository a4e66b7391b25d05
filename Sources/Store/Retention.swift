import GRDB
import Rooms

/// Deletes what is older than the operator wants to keep, a little at a time so that nobody waits for it.
enum Retention {
    /// Sessions deleted in one transaction.
    static let chunk = 500

    /// Deletes one chunk of what ended before `limit`.
    /// - Returns: whether there may be more.
    static func sweep(before limit: WallTime, in db: Database) throws -> Bool {
        try db.execute(
            sql:
                "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ended_at < ? ORDER BY ended_at LIMIT ?)",
            arguments: [limit.millisecondsSinceEpoch, chunk])
        if db.changesCount == chunk { return true }
        try db.execute(
            sql: """
                DELETE FROM rooms WHERE ended_at < ?
                AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.room_id = rooms.id)
                """, arguments: [limit.millisecondsSinceEpoch])
        try db.execute(
            sql: """
                DELETE FROM runs WHERE ended_at < ?
                AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.run_id = runs.id)
                AND NOT EXISTS (SELECT 1 FROM rooms WHERE rooms.run_id = runs.id)
                """, arguments: [limit.millisecondsSinceEpoch])
        return false
    }
}

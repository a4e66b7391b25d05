import GRDB
import Rooms

/// Writes batches of records as upserts: a record is a whole row, so writing it twice changes nothing.
struct RecordWriter: Sendable {
    let runID: Int64

    /// Writes a batch and the sign of life in the caller's transaction.
    ///
    /// A record that the schema refuses is left out, so that it cannot hold up the others.
    /// - Returns: how many were refused.
    func write(_ batch: Batch, now: WallTime, in db: Database) throws -> UInt64 {
        var refused: UInt64 = 0
        for row in batch.rooms { try attempt(&refused) { try write(row, in: db) } }
        for row in batch.sessions { try attempt(&refused) { try write(row, in: db) } }
        for row in batch.tracks { try attempt(&refused) { try write(row, in: db) } }
        try db.cachedStatement(sql: "UPDATE runs SET alive_at = max(alive_at, ?) WHERE id = ?")
            .execute(arguments: [now.millisecondsSinceEpoch, runID])
        return refused
    }

    private func attempt(_ refused: inout UInt64, _ write: () throws -> Void) throws {
        do {
            try write()
        } catch let error as DatabaseError where Self.isAboutTheRecord(error.resultCode) {
            refused += 1
        }
    }

    private static func isAboutTheRecord(_ code: ResultCode) -> Bool {
        code == .SQLITE_CONSTRAINT || code == .SQLITE_MISMATCH || code == .SQLITE_TOOBIG
    }

    private func write(_ row: RoomRow, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO rooms (id, run_id, name, display_name, created_at, ended_at, end_reason)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET run_id = excluded.run_id, name = excluded.name,
                    display_name = excluded.display_name, created_at = excluded.created_at,
                    ended_at = excluded.ended_at, end_reason = excluded.end_reason
                """
        ).execute(arguments: [
            row.record.id, runID, row.record.name, row.record.displayName,
            row.record.createdAt.millisecondsSinceEpoch, row.endedAt?.millisecondsSinceEpoch,
            row.endedAt == nil ? nil : "closed",
        ])
    }

    private func write(_ row: SessionRow, in db: Database) throws {
        let record = row.record
        // Normally there already; its own record may have been given up while the disk was full.
        try db.cachedStatement(
            sql:
                "INSERT INTO rooms (id, run_id, name, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
        ).execute(arguments: [record.roomID, runID, record.roomName, record.startedAt.millisecondsSinceEpoch])
        try db.cachedStatement(sql: Self.sessionUpsert).execute(arguments: [
            record.id, runID, record.roomID, record.roomName, record.name, record.identity, record.address,
            record.userAgent, record.startedAt.millisecondsSinceEpoch,
            row.connectedAt?.millisecondsSinceEpoch,
            row.mediaAddress, row.interruptions, row.resumptions, row.lastInterruption,
            row.end?.at.millisecondsSinceEpoch, row.end?.reason, row.end?.detail,
        ])
        if let end = row.end {
            try db.cachedStatement(
                sql:
                    "UPDATE tracks SET ended_at = max(started_at, ?) WHERE session_id = ? AND ended_at IS NULL"
            ).execute(arguments: [end.at.millisecondsSinceEpoch, record.id])
        }
    }

    private static let sessionUpsert = """
        INSERT INTO sessions (id, run_id, room_id, room_name, name, identity, address, user_agent, started_at,
            connected_at, media_address, interruptions, resumptions, last_interruption, ended_at, end_reason, end_detail)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET run_id = excluded.run_id, address = excluded.address,
            connected_at = excluded.connected_at, media_address = excluded.media_address,
            interruptions = excluded.interruptions, resumptions = excluded.resumptions,
            last_interruption = excluded.last_interruption, ended_at = excluded.ended_at,
            end_reason = excluded.end_reason, end_detail = excluded.end_detail
        """

    private func write(_ row: TrackRow, in db: Database) throws {
        // A track of a session that was given up is given up with it. One that comes after its session's end
        // is over.
        try db.cachedStatement(
            sql: """
                INSERT INTO tracks (id, session_id, source, kind, mid, started_at, ended_at)
                SELECT ?, id, ?, ?, ?, ?, coalesce(?, max(?, ended_at)) FROM sessions WHERE id = ?
                ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at
                """
        ).execute(arguments: [
            row.record.id, row.record.source.rawValue, row.record.kind, row.record.mid,
            row.record.startedAt.millisecondsSinceEpoch, row.endedAt?.millisecondsSinceEpoch,
            row.record.startedAt.millisecondsSinceEpoch, row.record.sessionID,
        ])
    }
}

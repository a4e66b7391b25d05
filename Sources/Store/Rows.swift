import Rooms

/// A room as it stands in the database.
struct RoomRow: Sendable, Equatable {
    var record: RoomRecord
    var endedAt: WallTime?
}

/// A session as it stands in the database: what Rooms said at its start, and what has happened since.
struct SessionRow: Sendable, Equatable {
    var record: SessionRecord
    var connectedAt: WallTime?
    var mediaAddress: String?
    var interruptions = 0
    var resumptions = 0
    var lastInterruption: String?
    var end: End?

    struct End: Sendable, Equatable {
        var at: WallTime
        var reason: String
        var detail: String?
    }

    init(_ record: SessionRecord) { self.record = record }

    mutating func apply(_ update: SessionUpdate, at time: WallTime) {
        switch update {
        case .connected(let address):
            connectedAt = connectedAt ?? time
            mediaAddress = address ?? mediaAddress
        case .disconnected(let reason):
            interruptions += 1
            lastInterruption = reason
        case .resumed(let address):
            resumptions += 1
            record.address = address ?? record.address
        }
    }
}

/// A track as it stands in the database.
struct TrackRow: Sendable, Equatable {
    var record: TrackRecord
    var endedAt: WallTime?
}

/// The rooms, sessions and tracks that run now, so that each record that is queued is a whole row.
///
/// As large as the calls that are going on: Rooms' own limits bound it.
struct LiveRecords: Sendable {
    private var rooms: [String: RoomRow] = [:]
    private var sessions: [String: SessionRow] = [:]
    private var tracks: [String: TrackRow] = [:]
    private var tracksOfSession: [String: Set<String>] = [:]

    var isEmpty: Bool { rooms.isEmpty && sessions.isEmpty && tracks.isEmpty && tracksOfSession.isEmpty }

    mutating func start(_ room: RoomRecord) -> RoomRow {
        let row = RoomRow(record: room)
        rooms[room.id] = row
        return row
    }

    mutating func endRoom(_ id: String, at time: WallTime) -> RoomRow? {
        guard var row = rooms.removeValue(forKey: id) else { return nil }
        row.endedAt = time
        return row
    }

    mutating func start(_ session: SessionRecord) -> SessionRow {
        let row = SessionRow(session)
        sessions[session.id] = row
        return row
    }

    mutating func update(_ id: String, _ update: SessionUpdate, at time: WallTime) -> SessionRow? {
        guard var row = sessions[id] else { return nil }
        row.apply(update, at: time)
        sessions[id] = row
        return row
    }

    /// Ends a session; its tracks are over with it.
    mutating func endSession(_ id: String, _ end: SessionRow.End) -> SessionRow? {
        for track in tracksOfSession.removeValue(forKey: id) ?? [] { tracks[track] = nil }
        guard var row = sessions.removeValue(forKey: id) else { return nil }
        row.end = end
        return row
    }

    mutating func start(_ track: TrackRecord) -> TrackRow {
        let row = TrackRow(record: track)
        tracks[track.id] = row
        tracksOfSession[track.sessionID, default: []].insert(track.id)
        return row
    }

    mutating func endTrack(_ id: String, at time: WallTime) -> TrackRow? {
        guard var row = tracks.removeValue(forKey: id) else { return nil }
        tracksOfSession[row.record.sessionID]?.remove(id)
        if tracksOfSession[row.record.sessionID]?.isEmpty == true {
            tracksOfSession[row.record.sessionID] = nil
        }
        row.endedAt = time
        return row
    }
}

import Rooms

/// What waits for the disk: the newest state of each room, session and track that changed, bounded.
///
/// Records are whole states, so ten changes of one session that wait are one record. When the bound is
/// reached, what matters least goes first: tracks, then sessions that still run (their end writes the whole
/// row again anyway). Ends of sessions may fill the queue once more beyond its capacity before the oldest of
/// them is given up.
struct PendingWrites: Sendable {
    private var rooms = CoalescingQueue<RoomRow>()
    private var runningSessions = CoalescingQueue<SessionRow>()
    private var endedSessions = CoalescingQueue<SessionRow>()
    private var tracks = CoalescingQueue<TrackRow>()
    private let capacity: Int

    /// Records dropped for want of room.
    private(set) var dropped: UInt64 = 0
    /// Ended sessions among them.
    private(set) var droppedEnds: UInt64 = 0

    init(capacity: Int) { self.capacity = max(1, capacity) }

    /// How many records wait.
    var count: Int { rooms.count + runningSessions.count + endedSessions.count + tracks.count }
    /// Whether none waits.
    var isEmpty: Bool { count == 0 }

    mutating func put(_ room: RoomRow) {
        rooms.put(room, for: room.record.id)
        makeRoom()
    }

    mutating func put(_ session: SessionRow) {
        if session.end == nil {
            runningSessions.put(session, for: session.record.id)
        } else {
            runningSessions.remove(session.record.id)
            endedSessions.put(session, for: session.record.id)
        }
        makeRoom()
    }

    mutating func put(_ track: TrackRow) {
        tracks.put(track, for: track.record.id)
        makeRoom()
    }

    /// Takes up to `limit` records, parents before children.
    mutating func take(_ limit: Int) -> Batch {
        var batch = Batch()
        while batch.count < limit, let (_, row) = rooms.popFirst() { batch.rooms.append(row) }
        while batch.count < limit, let (_, row) = runningSessions.popFirst() { batch.sessions.append(row) }
        while batch.count < limit, let (_, row) = endedSessions.popFirst() { batch.sessions.append(row) }
        while batch.count < limit, let (_, row) = tracks.popFirst() { batch.tracks.append(row) }
        return batch
    }

    /// Returns a batch that could not be written; what changed meanwhile is newer and stays.
    mutating func putBack(_ batch: Batch) {
        for row in batch.rooms { rooms.putBack(row, for: row.record.id) }
        for row in batch.sessions where endedSessions[row.record.id] == nil {
            if row.end == nil {
                runningSessions.putBack(row, for: row.record.id)
            } else {
                endedSessions.putBack(row, for: row.record.id)
            }
        }
        for row in batch.tracks { tracks.putBack(row, for: row.record.id) }
        makeRoom()
    }

    private mutating func makeRoom() {
        while count > capacity {
            if tracks.popFirst() != nil || runningSessions.popFirst() != nil {
                dropped += 1
            } else if count > 2 * capacity {
                guard endedSessions.popFirst() != nil else {
                    if rooms.popFirst() != nil { dropped += 1 }
                    continue
                }
                dropped += 1
                droppedEnds += 1
            } else {
                return
            }
        }
    }
}

/// Records that go to the disk in one transaction.
struct Batch: Sendable {
    var rooms: [RoomRow] = []
    var sessions: [SessionRow] = []
    var tracks: [TrackRow] = []

    var count: Int { rooms.count + sessions.count + tracks.count }
    var isEmpty: Bool { count == 0 }
}

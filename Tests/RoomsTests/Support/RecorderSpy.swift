import Rooms
import Synchronization

/// Keeps the record in memory, and complains about records that contradict each other.
final class RecorderSpy: SessionRecorder {
    struct Ending: Equatable, Sendable {
        var reason: SessionEndReason
        var detail: String?
    }

    struct State: Sendable {
        var rooms: [String: RoomRecord] = [:]
        var endedRooms: Set<String> = []
        var sessions: [String: SessionRecord] = [:]
        var updates: [String: [SessionUpdate]] = [:]
        var endings: [String: Ending] = [:]
        var tracks: [String: TrackRecord] = [:]
        var endedTracks: Set<String> = []
        var complaints: [String] = []
    }

    private let state = Mutex(State())
    var snapshot: State { state.withLock { $0 } }

    func roomCreated(_ room: RoomRecord) {
        state.withLock {
            if $0.rooms.updateValue(room, forKey: room.id) != nil { $0.complaints.append("room twice") }
        }
    }

    func roomEnded(_ id: String, at time: WallTime) {
        state.withLock { state in
            if state.rooms[id] == nil { state.complaints.append("unknown room ended") }
            if !state.endedRooms.insert(id).inserted { state.complaints.append("room ended twice") }
            let open = state.sessions.values.filter { $0.roomID == id && state.endings[$0.id] == nil }
            if !open.isEmpty { state.complaints.append("room ended before its sessions") }
        }
    }

    func sessionStarted(_ session: SessionRecord) {
        state.withLock { state in
            if state.endedRooms.contains(session.roomID) {
                state.complaints.append("session in an ended room")
            }
            if state.sessions.updateValue(session, forKey: session.id) != nil {
                state.complaints.append("session twice")
            }
        }
    }

    func sessionUpdated(_ id: String, _ update: SessionUpdate, at time: WallTime) {
        state.withLock { state in
            if state.sessions[id] == nil || state.endings[id] != nil {
                state.complaints.append("update of no session")
            }
            state.updates[id, default: []].append(update)
        }
    }

    func sessionEnded(_ id: String, reason: SessionEndReason, detail: String?, at time: WallTime) {
        state.withLock { state in
            if state.sessions[id] == nil { state.complaints.append("unknown session ended") }
            let tracks = state.tracks.values.filter {
                $0.sessionID == id && !state.endedTracks.contains($0.id)
            }
            if !tracks.isEmpty { state.complaints.append("session ended before its tracks") }
            if state.endings.updateValue(Ending(reason: reason, detail: detail), forKey: id) != nil {
                state.complaints.append("session ended twice")
            }
        }
    }

    func trackStarted(_ track: TrackRecord) {
        state.withLock { state in
            if state.sessions[track.sessionID] == nil { state.complaints.append("track of no session") }
            if state.tracks.updateValue(track, forKey: track.id) != nil {
                state.complaints.append("track twice")
            }
        }
    }

    func trackEnded(_ id: String, at time: WallTime) {
        state.withLock { state in
            if state.tracks[id] == nil { state.complaints.append("unknown track ended") }
            if !state.endedTracks.insert(id).inserted { state.complaints.append("track ended twice") }
        }
    }
}

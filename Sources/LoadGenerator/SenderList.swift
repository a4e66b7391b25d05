internal import Synchronization
internal import Wire

/// Who of the run sends at the moment: publishers whose media transport is up. Read from any thread.
final class SenderList: Sendable {
    private struct Sender {
        var room: Int
        var tracks: [String]
    }

    private struct State {
        /// By the number of the stay.
        var senders: [Int: Sender] = [:]
        /// How many there are in each room.
        var rooms: [Int: Int] = [:]
        /// When each track began to be sent.
        var starts: [String: Timestamp] = [:]
    }

    private let state = Mutex(State())

    /// A publisher's media transport is up.
    func begin(_ number: Int, room: Int, tracks: [String], at now: Timestamp) {
        state.withLock {
            guard $0.senders[number] == nil else { return }
            $0.senders[number] = Sender(room: room, tracks: tracks)
            $0.rooms[room, default: 0] += 1
            for track in tracks { $0.starts[track] = now }
        }
    }

    /// A stay is over.
    func end(_ number: Int) {
        state.withLock {
            guard let sender = $0.senders.removeValue(forKey: number) else { return }
            $0.rooms[sender.room, default: 0] -= 1
            for track in sender.tracks { $0.starts[track] = nil }
        }
    }

    /// Whether somebody sends in a room.
    func hasSender(inRoom room: Int) -> Bool { state.withLock { $0.rooms[room] ?? 0 > 0 } }

    /// When a track began to be sent; `nil` when nobody of the run sends it.
    func start(ofTrack track: String) -> Timestamp? { state.withLock { $0.starts[track] } }
}

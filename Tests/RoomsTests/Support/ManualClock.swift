import Rooms
import Synchronization
import Wire

/// Time that stands still until a test moves it.
final class ManualClock: ControlClock {
    private struct Sleeper {
        var deadline: Timestamp
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now = Timestamp(nanoseconds: 1_000_000_000)
        var sleepers: [Int: Sleeper] = [:]
        var nextSleeper = 0
    }

    private let state = Mutex(State())

    func now() -> Timestamp { state.withLock(\.now) }

    /// 2026-01-01T00:00:00Z and the time that has passed.
    func wallTime() -> WallTime {
        WallTime(millisecondsSinceEpoch: 1_767_225_600_000 + now().nanoseconds / 1_000_000 - 1000)
    }

    func sleep(for interval: Interval) async throws {
        let id = state.withLock { state in
            state.nextSleeper += 1
            return state.nextSleeper
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.sleepers[id] = Sleeper(deadline: state.now + interval, continuation: continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume()
        }
        try Task.checkCancellation()
    }

    /// Moves the time and wakes everybody whose time has come.
    func advance(by interval: Interval) {
        let due = state.withLock { state in
            state.now = state.now + interval
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    /// How many wait.
    var sleepers: Int { state.withLock { $0.sleepers.count } }
}

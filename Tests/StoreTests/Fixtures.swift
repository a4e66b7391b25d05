import Foundation
import Logging
import Rooms
import Synchronization
import Wire

@testable import Store

/// A folder of its own for one test, deleted at the end.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var database: String { path + "/roost.sqlite" }
}

/// A clock whose time of day is set by the test.
final class TestClock: ControlClock {
    private let milliseconds: Mutex<Int64>
    private let system = SystemControlClock()

    init(_ time: WallTime) { milliseconds = Mutex(time.millisecondsSinceEpoch) }

    func now() -> Timestamp { system.now() }
    func wallTime() -> WallTime { WallTime(millisecondsSinceEpoch: milliseconds.withLock { $0 }) }
    func sleep(for interval: Interval) async throws { try await system.sleep(for: interval) }
    func advance(milliseconds amount: Int64) { milliseconds.withLock { $0 += amount } }
}

/// 2026-01-01T12:00:00Z plus some seconds.
func time(_ seconds: Int64) -> WallTime {
    WallTime(millisecondsSinceEpoch: 1_767_268_800_000 + seconds * 1000)
}

func makeStore(
    _ path: String, clock: any ControlClock = TestClock(time(0)),
    _ change: (inout StoreConfiguration) -> Void = { _ in }
)
    -> Store
{
    var configuration = StoreConfiguration(path: path)
    configuration.linger = .zero
    configuration.firstRetryDelay = .milliseconds(10)
    configuration.longestRetryDelay = .milliseconds(50)
    configuration.shutdownDeadline = .milliseconds(200)
    change(&configuration)
    var logger = Logger(label: "store-test")
    logger.logLevel = .critical
    return Store(configuration: configuration, logger: logger, clock: clock)
}

func room(_ id: String = "r-1", name: String = "standup", at seconds: Int64 = 0) -> RoomRecord {
    RoomRecord(id: id, name: name, displayName: "Daily standup", createdAt: time(seconds))
}

func session(
    _ id: String, room: String = "standup", roomID: String = "r-1", identity: String? = nil,
    at seconds: Int64 = 1
) -> SessionRecord {
    SessionRecord(
        id: id, roomID: roomID, roomName: room, name: "Ada", identity: identity, address: "192.0.2.7",
        userAgent: "Test/1.0", startedAt: time(seconds))
}

func track(_ id: String, of session: String, _ source: TrackSource = .camera, at seconds: Int64 = 2)
    -> TrackRecord
{
    TrackRecord(id: id, sessionID: session, source: source, mid: "0", startedAt: time(seconds))
}

/// Waits until a condition holds, at most `limit`.
func eventually(within limit: Duration = .seconds(20), _ condition: () async throws -> Bool) async rethrows
    -> Bool
{
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}

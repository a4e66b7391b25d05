import Foundation
import GRDB
import Glibc
import Rooms
import Testing

@testable import Store

@Suite struct CrashRecoveryTests {
    /// A process of its own writes, beats, and is killed without warning in the middle of a call.
    @Test func aKilledServersSessionsAreClosedAtItsLastSignOfLife() async throws {
        let folder = try TemporaryFolder()
        setenv("ROOST_STORE_CRASH_TEST", folder.database, 1)
        defer { unsetenv("ROOST_STORE_CRASH_TEST") }
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let path = ProcessInfo.processInfo.environment["ROOST_STORE_CRASH_TEST"] ?? ""
            let clock = TestClock(time(0))
            let store = makeStore(path, clock: clock)
            try store.open()
            store.roomCreated(room("r-1"))
            store.roomCreated(room("r-2", name: "closed", at: 0))
            store.sessionStarted(session("p-left"))
            store.sessionEnded("p-left", reason: .left, detail: nil, at: time(5))
            store.sessionStarted(session("p-open", at: 2))
            store.trackStarted(track("t-open", of: "p-open"))
            store.roomEnded("r-2", at: time(6))
            clock.advance(milliseconds: 60_000)
            await store.flush()
            store.sessionStarted(session("p-unwritten", at: 61))
            kill(getpid(), SIGKILL)
        }

        let store = makeStore(folder.database, clock: TestClock(time(3600)))
        let recovery = try store.open()
        #expect(recovery.sessions == 1)
        #expect(recovery.rooms == [room("r-1")])
        #expect(recovery.lastSignOfLife == time(60))
        let sessions = try await store.sessions(matching: SessionQuery()).sessions
        let open = try #require(sessions.first { $0.id == "p-open" })
        #expect(open.endReason == CrashRecovery.reason)
        #expect(open.endedAt == time(60))
        #expect(open.tracks.map(\.endedAt) == [time(60)])
        #expect(sessions.first { $0.id == "p-left" }?.endReason == "left")
        #expect(!sessions.contains { $0.id == "p-unwritten" })
        let file = try store.openedFile()
        let reasons = try await file.pool.read { db in
            try Row.fetchAll(db, sql: "SELECT id, end_reason FROM rooms ORDER BY id").map {
                $0["end_reason"] as String?
            }
        }
        #expect(reasons == ["server-crash", "closed"])
        let runs = try await file.pool.read { db in
            try Row.fetchAll(db, sql: "SELECT end_reason FROM runs ORDER BY id").map {
                $0["end_reason"] as String?
            }
        }
        #expect(runs == ["server-crash", nil])
    }

    @Test func aRoomThatGoesOnAfterACrashIsOpenAgainUntilItEnds() async throws {
        let folder = try TemporaryFolder()
        do {
            let crashed = makeStore(folder.database)
            try crashed.open()
            crashed.roomCreated(room("r-1"))
            crashed.roomCreated(room("r-2", name: "planning"))
            await crashed.flush()
        }
        let store = makeStore(folder.database)
        #expect(try store.open().rooms.map(\.id) == ["r-1", "r-2"])
        func ends() async throws -> [String: WallTime?] {
            let rows = try await store.openedFile().pool.read { db in
                try Row.fetchAll(db, sql: "SELECT id, ended_at FROM rooms").map { row in
                    (row["id"] as String, (row["ended_at"] as Int64?).map(WallTime.init(millisecondsSinceEpoch:)))
                }
            }
            return Dictionary(uniqueKeysWithValues: rows)
        }
        store.sessionStarted(session("p-1", at: 100))
        await store.flush()
        #expect(try await ends() == ["r-1": nil, "r-2": time(0)])
        store.roomEnded("r-1", at: time(200))
        store.roomEnded("r-2", at: time(60))
        await store.flush()
        #expect(try await ends() == ["r-1": time(200), "r-2": time(60)])
        #expect(try await store.openedFile().pool.read { db in
            try String.fetchAll(db, sql: "SELECT DISTINCT end_reason FROM rooms")
        } == ["closed"])
    }

    @Test func aSessionNeverEndsBeforeItBegan() async throws {
        let folder = try TemporaryFolder()
        do {
            let crashed = makeStore(folder.database)
            try crashed.open()
            crashed.sessionStarted(session("p-1", at: 500))
            await crashed.flush()
        }
        let store = makeStore(folder.database)
        try store.open()
        #expect(try await store.sessions(matching: SessionQuery()).sessions.first?.endedAt == time(500))
    }

    @Test func nothingIsRecoveredAfterAnOrderlyStop() async throws {
        let folder = try TemporaryFolder()
        do {
            let file = try makeStore(folder.database).openedFile()
            try file.finish(at: time(1))
        }
        #expect(try makeStore(folder.database).open() == CrashRecovery())
    }
}

import GRDB
import Rooms
import ServiceLifecycle
import Testing

@testable import Store

@Suite struct StoreTests {
    @Test func aWholeCallIsThereAfterwards() async throws {
        let folder = try TemporaryFolder()
        let store = makeStore(folder.database)
        try store.open()
        store.roomCreated(room())
        store.sessionStarted(session("p-1", identity: "ada@example"))
        store.trackStarted(track("t-1", of: "p-1", .microphone))
        store.trackStarted(track("t-2", of: "p-1", .camera, at: 3))
        store.sessionUpdated("p-1", .connected(address: "192.0.2.7:5000"), at: time(2))
        store.sessionUpdated("p-1", .disconnected(reason: "signalling lost"), at: time(3))
        store.sessionUpdated("p-1", .resumed(address: "192.0.2.8"), at: time(4))
        store.sessionUpdated("p-1", .connected(address: "192.0.2.8:6000"), at: time(5))
        store.trackEnded("t-1", at: time(6))
        store.sessionEnded("p-1", reason: .left, detail: "closed the page", at: time(7))
        store.roomEnded("r-1", at: time(8))
        #expect(await store.flush())

        let found = try #require(try await store.sessions(matching: SessionQuery()).sessions.first)
        #expect(found.room == "standup")
        #expect(found.identity == "ada@example")
        #expect(found.address == "192.0.2.8")
        #expect(found.connectedAt == time(2))
        #expect(found.mediaAddress == "192.0.2.8:6000")
        #expect(found.interruptions == 1)
        #expect(found.resumptions == 1)
        #expect(found.lastInterruption == "signalling lost")
        #expect(found.endedAt == time(7))
        #expect(found.endReason == "left")
        #expect(found.endDetail == "closed the page")
        #expect(found.tracks.map(\.id) == ["t-1", "t-2"])
        #expect(
            found.tracks.map(\.endedAt) == [time(6), time(7)], "a track ends with its session at the latest")
        #expect(store.health.queued == 0)
        #expect(store.health.state == .healthy)
        #expect(store.state.withLock { $0.live.isEmpty }, "nothing is remembered of a call that is over")
    }

    @Test func aRunningSessionIsSeenAsOpen() async throws {
        let folder = try TemporaryFolder()
        let store = makeStore(folder.database)
        try store.open()
        store.roomCreated(room())
        store.sessionStarted(session("p-1"))
        await store.flush()
        var query = SessionQuery()
        query.state = .open
        #expect(try await store.sessions(matching: query).sessions.map(\.id) == ["p-1"])
        query.state = .ended
        #expect(try await store.sessions(matching: query).sessions.isEmpty)
    }

    @Test func theServiceWritesByItselfAndTheLastRecordsOnStopping() async throws {
        let folder = try TemporaryFolder()
        let store = makeStore(folder.database)
        let group = ServiceGroup(services: [store], logger: store.logger)
        let running = Task { try await group.run() }
        store.roomCreated(room())
        store.sessionStarted(session("p-1"))
        #expect(await eventually { store.health.written >= 2 })
        store.sessionEnded("p-1", reason: .serverShutdown, detail: nil, at: time(5))
        await group.triggerGracefulShutdown()
        try await running.value
        #expect(store.health.state == .closed)
        let queue = try DatabaseQueue(path: folder.database)
        #expect(
            try await queue.read { db in try String.fetchOne(db, sql: "SELECT end_reason FROM sessions") }
                == "server-shutdown")
        #expect(
            try await queue.read { db in try String.fetchOne(db, sql: "SELECT end_reason FROM runs") }
                == "stopped")
    }

    @Test func aSecondServerOnTheSameFileIsTurnedAway() throws {
        let folder = try TemporaryFolder()
        let first = makeStore(folder.database)
        try first.open()
        let second = makeStore(folder.database)
        let error = #expect(throws: StoreError.self) { try second.open() }
        guard case .inUse(let sentence)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(sentence.contains("another process"))
    }

    @Test func aRecordTheSchemaRefusesDoesNotHoldUpTheOthers() async throws {
        let folder = try TemporaryFolder()
        let store = makeStore(folder.database)
        let file = try store.openedFile()
        try await file.pool.write { db in
            try db.execute(
                sql:
                    "CREATE TRIGGER no BEFORE INSERT ON sessions WHEN new.id = 'p-bad' BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        }
        store.roomCreated(room())
        for id in ["p-1", "p-bad", "p-2"] { store.sessionStarted(session(id)) }
        #expect(await store.flush())
        #expect(store.health.rejected == 1)
        #expect(try await store.sessions(matching: SessionQuery()).sessions.map(\.id) == ["p-2", "p-1"])
    }

    @Test func oldSessionsAreDeletedWhenTheOperatorWantsIt() async throws {
        let folder = try TemporaryFolder()
        let clock = TestClock(time(0))
        let store = makeStore(folder.database, clock: clock) { $0.retentionDays = 30 }
        try store.open()
        let day: Int64 = 86_400
        store.roomCreated(room())
        store.sessionStarted(session("p-old"))
        store.trackStarted(track("t-old", of: "p-old"))
        store.sessionEnded("p-old", reason: .left, detail: nil, at: time(10))
        store.roomEnded("r-1", at: time(10))
        store.roomCreated(room("r-2", at: 20 * day))
        store.sessionStarted(session("p-new", roomID: "r-2", at: 20 * day))
        store.sessionEnded("p-new", reason: .left, detail: nil, at: time(20 * day))
        await store.flush()
        clock.advance(milliseconds: 31 * day * 1000)
        await store.flush()
        #expect(try await store.sessions(matching: SessionQuery()).sessions.map(\.id) == ["p-new"])
        let file = try store.openedFile()
        #expect(
            try await file.pool.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM tracks") } == 0)
        #expect(
            try await file.pool.read { db in try String.fetchAll(db, sql: "SELECT id FROM rooms") } == ["r-2"]
        )
    }

    @Test func anEndWhoseBeginningWasGivenUpIsStillAWholeRow() async throws {
        let folder = try TemporaryFolder()
        let store = makeStore(folder.database) { $0.queueCapacity = 2 }
        for number in 0..<10 {
            store.sessionStarted(session("p-\(number)"))
            store.trackStarted(track("t-\(number)", of: "p-\(number)"))
        }
        #expect(store.health.dropped == 18)
        store.sessionEnded("p-0", reason: .left, detail: nil, at: time(5))
        try store.open()
        #expect(await store.flush())
        var query = SessionQuery()
        query.state = .ended
        let found = try #require(try await store.sessions(matching: query).sessions.first)
        #expect(found.id == "p-0")
        #expect(found.name == "Ada")
    }
}

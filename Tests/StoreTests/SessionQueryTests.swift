import Rooms
import Testing

@testable import Store

@Suite struct SessionQueryTests {
    /// 120 sessions in two rooms; three at a time begin in the same millisecond.
    private func filled() async throws -> (Store, TemporaryFolder) {
        let folder = try TemporaryFolder()
        let store = makeStore(folder.database)
        try store.open()
        store.roomCreated(room("r-1", name: "standup"))
        store.roomCreated(room("r-2", name: "planning"))
        for number in 0..<120 {
            let even = number % 2 == 0
            store.sessionStarted(
                session(
                    "p-\(number)", room: even ? "standup" : "planning", roomID: even ? "r-1" : "r-2",
                    identity: number % 10 == 0 ? "ada@example" : nil, at: Int64(number / 3)))
            if number < 100 {
                let reason: SessionEndReason = number % 4 == 0 ? .connectionLost : .left
                store.sessionEnded("p-\(number)", reason: reason, detail: nil, at: time(1000))
            }
        }
        await store.flush()
        return (store, folder)
    }

    @Test(arguments: [1, 7, 50, 500])
    func everySessionIsOnExactlyOnePageNewestFirst(limit: Int) async throws {
        let (store, folder) = try await filled()
        defer { _ = folder }
        var query = SessionQuery()
        query.limit = limit
        var ids: [String] = []
        var starts: [WallTime] = []
        repeat {
            let page = try await store.sessions(matching: query)
            #expect(page.sessions.count <= limit)
            ids += page.sessions.map(\.id)
            starts += page.sessions.map(\.startedAt)
            query.cursor = page.nextCursor.flatMap(SessionCursor.init)
        } while query.cursor != nil
        #expect(ids.count == 120)
        #expect(Set(ids).count == 120)
        #expect(starts == starts.sorted(by: >))
    }

    @Test func aPageStaysRightWhileNewSessionsCome() async throws {
        let (store, folder) = try await filled()
        defer { _ = folder }
        var query = SessionQuery()
        query.limit = 10
        let first = try await store.sessions(matching: query)
        store.sessionStarted(session("p-new", at: 5000))
        await store.flush()
        query.cursor = first.nextCursor.flatMap(SessionCursor.init)
        let second = try await store.sessions(matching: query)
        #expect(Set(first.sessions.map(\.id)).isDisjoint(with: second.sessions.map(\.id)))
        #expect(!second.sessions.contains { $0.id == "p-new" })
    }

    @Test func filtersNarrowAndCombine() async throws {
        let (store, folder) = try await filled()
        defer { _ = folder }
        func count(_ change: (inout SessionQuery) -> Void) async throws -> Int {
            var query = SessionQuery()
            query.limit = 500
            change(&query)
            return try await store.sessions(matching: query).sessions.count
        }
        #expect(try await count { $0.room = "standup" } == 60)
        #expect(try await count { $0.room = "nowhere" } == 0)
        #expect(try await count { $0.identity = "ada@example" } == 12)
        #expect(try await count { $0.state = .open } == 20)
        #expect(try await count { $0.state = .ended } == 100)
        #expect(try await count { $0.reason = "connection-lost" } == 25)
        #expect(
            try await count {
                $0.since = time(10)
                $0.until = time(20)
            } == 30)
        #expect(
            try await count {
                $0.room = "planning"
                $0.state = .ended
                $0.reason = "left"
            } == 50)
    }

    @Test func theLimitIsMovedIntoItsBounds() async throws {
        let (store, folder) = try await filled()
        defer { _ = folder }
        var query = SessionQuery()
        query.limit = 0
        #expect(try await store.sessions(matching: query).sessions.count == 1)
        query.limit = 100_000
        #expect(try await store.sessions(matching: query).sessions.count == 120)
    }

    @Test func cursorsOfOthersAreRefused() {
        for text in [
            "", "x", "5", ".p-1", "5.", "99999999999999999999.p-1", "5." + String(repeating: "p", count: 200),
        ] {
            #expect(SessionCursor(text) == nil, "\(text)")
        }
        #expect(SessionCursor("-5.p-1")?.description == "-5.p-1")
    }
}

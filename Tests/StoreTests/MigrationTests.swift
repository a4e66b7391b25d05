import Foundation
import GRDB
import Migrations
import Testing

@testable import Store

@Suite struct MigrationTests {
    @Test func everyFileOfTheFolderIsCompiledIn() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "migrations/sql")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix(".sql")
        }
        #expect(Migrations.all.map { $0.name + ".sql" } == files.sorted())
        for step in Migrations.all {
            #expect(
                try String(contentsOf: folder.appending(path: step.name + ".sql"), encoding: .utf8)
                    == step.sql)
        }
    }

    @Test func anEmptyFileGetsTheWholeSchemaAndASecondOpenChangesNothing() async throws {
        let folder = try TemporaryFolder()
        func schema() throws -> [String] {
            try DatabaseQueue(path: folder.database).read { db in
                try String.fetchAll(
                    db, sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            }
        }
        for _ in 0..<2 {
            let store = makeStore(folder.database)
            try store.open()
            #expect(store.health.state == .healthy)
            try store.openedFile().finish(at: time(1))
        }
        let statements = try schema()
        for table in ["runs", "rooms", "sessions", "tracks"] {
            #expect(statements.contains { $0.hasPrefix("CREATE TABLE \(table) ") && $0.hasSuffix("STRICT") })
        }
    }

    @Test func theFileIsInWALModeAndNotReadableByOthers() throws {
        let folder = try TemporaryFolder()
        let file = try makeStore(folder.database).openedFile()
        #expect(try file.pool.read { db in try String.fetchOne(db, sql: "PRAGMA journal_mode") } == "wal")
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.database)
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
        #expect(mode & 0o007 == 0)
    }

    @Test func aFileFromANewerServerIsLeftAlone() throws {
        let folder = try TemporaryFolder()
        try makeStore(folder.database).open()
        try DatabaseQueue(path: folder.database).write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('V9999_from_the_future')")
        }
        let store = makeStore(folder.database)
        #expect(throws: StoreError.self) { try store.open() }
        #expect(store.health.error?.contains("newer version") == true)
    }

    @Test func everyFilterIsAnsweredFromAnIndex() throws {
        let folder = try TemporaryFolder()
        let file = try makeStore(folder.database).openedFile()
        let filters = [
            "", "WHERE room_name = 'a'", "WHERE identity = 'a'", "WHERE end_reason = 'left'",
            "WHERE ended_at IS NULL",
            "WHERE started_at >= 1 AND started_at < 2", "WHERE (started_at, id) < (1, 'p')",
        ]
        for filter in filters {
            let plan = try file.pool.read { db in
                try Row.fetchAll(
                    db,
                    sql:
                        "EXPLAIN QUERY PLAN SELECT * FROM sessions \(filter) ORDER BY started_at DESC, id DESC LIMIT 51"
                ).map { $0["detail"] as String }
            }
            #expect(plan.allSatisfy { $0.contains("USING INDEX") }, "\(filter): \(plan)")
        }
    }
}

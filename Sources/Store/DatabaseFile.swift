import GRDB
import Glibc
import Migrations
import Rooms
import Synchronization

/// The open database of this run: locked, migrated, recovered.
final class DatabaseFile: Sendable {
    let pool: DatabasePool
    /// What the run before left open.
    let recovery: CrashRecovery
    /// This run's row.
    let runID: Int64
    private let lock: FileLock
    private let nextSweep = Mutex<Int64>(0)

    /// Opens the file, making it when there is none.
    init(_ configuration: StoreConfiguration, now: WallTime) throws {
        let path = configuration.path
        Self.makeFolder(of: path)
        lock = try FileLock(besides: path)
        Self.makePrivateFile(path)
        var options = Configuration()
        options.label = "store"
        options.maximumReaderCount = 2
        options.busyMode = .timeout(2)
        options.journalMode = .wal
        let pool = try DatabasePool(path: path, configuration: options)
        let migrator = Self.migrator()
        if try pool.read({ db in try migrator.hasBeenSuperseded(db) }) {
            throw StoreError.tooNew(
                "The database \(path) was written by a newer version of the server. Use that version, or another file."
            )
        }
        try migrator.migrate(pool)
        (recovery, runID) = try pool.write { db in
            let recovery = try CrashRecovery.perform(in: db)
            try db.execute(
                sql: "INSERT INTO runs (version, started_at, alive_at) VALUES (?, ?, ?)",
                arguments: [
                    configuration.serverVersion, now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
                ])
            return (recovery, db.lastInsertedRowID)
        }
        self.pool = pool
    }

    /// The migrations that are compiled into the binary.
    static func migrator() -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for step in Migrations.all {
            migrator.registerMigration(step.name) { db in try db.execute(sql: step.sql) }
        }
        return migrator
    }

    /// Whether an hour has passed since old sessions were last looked for; asking begins the next hour.
    func isSweepDue(at milliseconds: Int64) -> Bool {
        nextSweep.withLock { next in
            guard milliseconds >= next else { return false }
            next = milliseconds + 3_600_000
            return true
        }
    }

    /// Ends this run in order and closes the file.
    func finish(at now: WallTime) throws {
        try pool.write { db in
            try db.execute(
                sql: "UPDATE runs SET alive_at = ?, ended_at = ?, end_reason = 'stopped' WHERE id = ?",
                arguments: [now.millisecondsSinceEpoch, now.millisecondsSinceEpoch, runID])
        }
        try pool.close()
    }

    /// Makes the folders above the file; a failure shows when the file is opened.
    private static func makeFolder(of path: String) {
        var prefix = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/").dropLast() {
            prefix += "/" + part
            _ = unsafe mkdir(prefix, 0o750)
        }
    }

    /// Makes the file readable by its owner and group only: it holds names and addresses of people.
    private static func makePrivateFile(_ path: String) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        if descriptor >= 0 { _ = close(descriptor) }
    }
}

import Foundation
import Glibc
import Rooms
import ServiceLifecycle
import Testing

@testable import Store

/// Mounts a small file system of its own for a test; only root can.
private final class SmallDisk: Sendable {
    let path: String

    init?(kilobytes: Int) throws {
        guard geteuid() == 0 else { return nil }
        path = FileManager.default.temporaryDirectory.appendingPathComponent("disk-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
            rmdir(path)
            return nil
        }
    }

    func remount(readOnly: Bool) -> Bool {
        mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT) | (readOnly ? UInt(MS_RDONLY) : 0), nil) == 0
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    static let isAvailable: Bool = (try? SmallDisk(kilobytes: 64)) != nil
}

@Suite struct DiskFailureTests {
    @Test(.enabled(if: SmallDisk.isAvailable, "needs to mount a small tmpfs"))
    func aFullDiskHoldsRecordsBackAndSaysSo() async throws {
        let disk = try #require(try SmallDisk(kilobytes: 600))
        let store = makeStore(disk.path + "/roost.sqlite")
        let group = ServiceGroup(services: [store], logger: store.logger)
        let running = Task { try await group.run() }
        store.roomCreated(room())
        store.sessionStarted(session("p-before"))
        #expect(await eventually { store.health.written == 2 })

        // Eats the disk to the last block.
        let ballast = disk.path + "/ballast"
        let file = try #require(fopen(ballast, "w"))
        while fwrite([UInt8](repeating: 1, count: 4096), 1, 4096, file) == 4096, fflush(file) == 0 {}
        fclose(file)
        for number in 0..<200 { store.sessionStarted(session("p-\(number)")) }
        #expect(await eventually { store.health.state == .degraded })
        let health = store.health
        #expect(health.error?.contains("is full") == true, "\(health.error ?? "")")
        #expect(health.queued == 200)
        #expect(health.degradedSince != nil)
        #expect(
            try await store.sessions(matching: SessionQuery()).sessions.map(\.id) == ["p-before"],
            "reading still works")

        unlink(ballast)
        #expect(await eventually { store.health.state == .healthy && store.health.queued == 0 })
        #expect(store.health.written >= 202)
        #expect(store.health.error == nil)
        await group.triggerGracefulShutdown()
        try await running.value
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "needs to mount a small tmpfs"))
    func aDiskThatTurnsReadOnlyHoldsRecordsBack() async throws {
        let disk = try #require(try SmallDisk(kilobytes: 2000))
        let store = makeStore(disk.path + "/roost.sqlite")
        #expect(disk.remount(readOnly: true))
        store.sessionStarted(session("p-1"))
        #expect(await store.flush() == false)
        #expect(store.health.state == .degraded)
        #expect(store.health.error?.contains("/roost.sqlite") == true)
        #expect(store.health.queued == 1)
        await #expect(throws: StoreError.self) { try await store.sessions(matching: SessionQuery()) }

        #expect(disk.remount(readOnly: false))
        #expect(await store.flush())
        #expect(store.health.state == .healthy)
        #expect(try await store.sessions(matching: SessionQuery()).sessions.map(\.id) == ["p-1"])
        try store.openedFile().finish(at: time(1))
    }

    /// The same for anybody: a folder that cannot be, because a file stands in its place.
    @Test func aFolderThatCannotBeMadeDegradesAndStoppingStillEnds() async throws {
        let folder = try TemporaryFolder()
        let blocker = folder.path + "/blocker"
        try Data().write(to: URL(filePath: blocker))
        let store = makeStore(blocker + "/roost.sqlite")
        let group = ServiceGroup(services: [store], logger: store.logger)
        let running = Task { try await group.run() }
        store.sessionStarted(session("p-1"))
        #expect(await eventually { store.health.failedAttempts >= 3 })
        #expect(store.health.state == .degraded)
        let begin = ContinuousClock.now
        await group.triggerGracefulShutdown()
        try await running.value
        // Its deadline is 200 ms; without one it would try for ever.
        #expect(ContinuousClock.now - begin < .seconds(20))
        #expect(store.health.queued == 1)
    }

    @Test func aFileThatIsNoDatabaseIsNotOverwritten() throws {
        let folder = try TemporaryFolder()
        let text = String(repeating: "this is a letter, not a database\n", count: 200)
        try text.write(toFile: folder.database, atomically: true, encoding: .utf8)
        let store = makeStore(folder.database)
        #expect(throws: StoreError.self) { try store.open() }
        #expect(store.health.error?.contains("no database") == true)
        #expect(try String(contentsOfFile: folder.database, encoding: .utf8) == text)
    }

    @Test func recordingNeverWaitsForTheDisk() throws {
        let store = makeStore("/proc/no/such/place.sqlite") { $0.queueCapacity = 1000 }
        let begin = ContinuousClock.now
        for number in 0..<20_000 {
            store.sessionStarted(session("p-\(number)"))
            store.sessionEnded("p-\(number)", reason: .left, detail: nil, at: time(2))
        }
        // A single attempt at the disk for each would take minutes, with the pauses between attempts.
        #expect(ContinuousClock.now - begin < .seconds(60))
        let health = store.health
        #expect(health.queued == 2000)
        #expect(health.droppedEnds == 18_000)
        #expect(store.state.withLock { $0.live.isEmpty })
    }
}

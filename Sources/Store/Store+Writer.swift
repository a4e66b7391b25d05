import GRDB
import Logging
import Rooms
public import ServiceLifecycle
import Synchronization

/// The one task that writes.
extension Store: Service {
    /// Writes what is recorded until the service group stops, then what is left, and closes the file.
    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.beat() }
            await self.writeUntilStopped()
            group.cancelAll()
        }
        // On a task of its own: the last records are to reach the disk even when this one has been cancelled.
        await Task { await self.finish() }.value
    }

    /// Writes everything that is queued now; for tests and for callers that are about to read.
    /// - Returns: whether it reached the disk.
    @discardableResult
    public func flush() async -> Bool { await writePending() }

    private func beat() async {
        while !Task.isCancelled {
            wakeWriter()
            try? await Task.sleep(for: configuration.heartbeatInterval)
        }
    }

    private func writeUntilStopped() async {
        var retry = RetryDelay(first: configuration.firstRetryDelay, longest: configuration.longestRetryDelay)
        for await _ in wakes.cancelOnGracefulShutdown() {
            guard await pause(configuration.linger) else { return }
            while !(await writePending()) {
                guard await pause(retry.next()) else { return }
            }
            retry.reset()
        }
    }

    /// Sleeps; `false` when it is time to stop.
    private func pause(_ duration: Duration) async -> Bool {
        do {
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
            return !Task.isShuttingDownGracefully
        } catch {
            return false
        }
    }

    /// Writes all that waits and the sign of life; on failure what was taken waits again.
    private func writePending() async -> Bool {
        do {
            let file = try openedFile()
            repeat {
                try await writeOneBatch(to: file)
            } while state.withLock { !$0.pending.isEmpty }
            try await sweepOldSessions(in: file)
            noteSuccess()
            return true
        } catch let error as StoreError {
            // Opening failed, which was noted where it happened.
            logger.debug("Store attempt failed", metadata: ["error": "\(error)"])
            return false
        } catch {
            noteFailure(StoreError(error, path: configuration.path))
            if (error as? DatabaseError)?.extendedResultCode == .SQLITE_READONLY_DBMOVED {
                // The file was moved or deleted under us: what is open is a file without a name. Open it
                // afresh.
                state.withLock { $0.file = nil }
            }
            return false
        }
    }

    private func writeOneBatch(to file: DatabaseFile) async throws {
        let writer = RecordWriter(runID: file.runID)
        let now = clock.wallTime()
        // The batch is taken where the pool has one writer at a time: two batches cannot overtake each other.
        let rejected = try await file.pool.writeWithoutTransaction { db in
            let batch = self.state.withLock { $0.pending.take(self.configuration.batchSize) }
            var rejected: UInt64 = 0
            do {
                try db.inTransaction(.immediate) {
                    rejected = try writer.write(batch, now: now, in: db)
                    return .commit
                }
            } catch {
                self.state.withLock { $0.pending.putBack(batch) }
                throw error
            }
            self.state.withLock { state in
                state.health.written += UInt64(batch.count) - rejected
                state.health.rejected += rejected
            }
            return rejected
        }
        if rejected > 0 {
            logger.error("The database refused records", metadata: ["count": "\(rejected)"])
        }
    }

    private func sweepOldSessions(in file: DatabaseFile) async throws {
        guard let days = configuration.retentionDays else { return }
        let now = clock.wallTime().millisecondsSinceEpoch
        let limit = WallTime(millisecondsSinceEpoch: now - Int64(days) * 86_400_000)
        guard file.isSweepDue(at: now) else { return }
        while try await file.pool.write({ db in try Retention.sweep(before: limit, in: db) }) {}
    }

    private func finish() async {
        let deadline = ContinuousClock.now + configuration.shutdownDeadline
        while !(await writePending()), ContinuousClock.now < deadline {
            try? await Task.sleep(for: min(configuration.firstRetryDelay, .milliseconds(250)))
        }
        let left = state.withLock { $0.pending.count }
        if left > 0 {
            logger.error(
                "Stopping without having written everything.",
                metadata: ["lost": "\(left)", "error": "\(health.error ?? "unknown")"])
        }
        let file = state.withLock { state in
            state.health.state = .closed
            return state.file.take()
        }
        do {
            try file?.finish(at: clock.wallTime())
        } catch {
            logger.warning("The database did not close in order", metadata: ["error": "\(error)"])
        }
    }
}

/// Pauses between attempts: doubled each time, up to a limit.
struct RetryDelay: Sendable {
    private let first: Duration
    private let longest: Duration
    private var current: Duration

    init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
        current = first
    }

    mutating func next() -> Duration {
        defer { current = min(current * 2, longest) }
        return current
    }

    mutating func reset() { current = first }
}

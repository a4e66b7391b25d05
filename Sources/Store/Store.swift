import GRDB
public import Logging
public import Rooms
import Synchronization

/// What happened on this server, in SQLite, written behind the calls and never in their way.
///
/// Rooms tells it what happens through ``Rooms/SessionRecorder``; those calls only put a record in a bounded
/// queue. One task, ``run()``, writes batches. While the disk is full, read-only or gone, records wait (the
/// oldest that matter least are given up when too many do), the task tries again with growing pauses, and
/// ``health`` says what is wrong.
///
/// Put it first in the service group, so that it stops last and what the rooms record at their end reaches
/// the disk.
public final class Store: Sendable {
    let configuration: StoreConfiguration
    let logger: Logger
    let clock: any ControlClock
    let state: Mutex<State>
    /// Held while the file is opened, so that two callers do not open it twice.
    private let opening = Mutex<Void>(())
    private let wake: AsyncStream<Void>.Continuation
    let wakes: AsyncStream<Void>

    struct State {
        var live = LiveRecords()
        var pending: PendingWrites
        var health = StoreHealth()
        var file: DatabaseFile?
        /// Rooms that an earlier run left open, until the registry shows that it has taken them over.
        var recoveredRooms: [String: RoomRecord] = [:]
    }

    /// Makes a store; nothing is opened before ``open()`` or ``run()``.
    public init(
        configuration: StoreConfiguration, logger: Logger, clock: any ControlClock = SystemControlClock()
    ) {
        self.configuration = configuration
        self.logger = logger
        self.clock = clock
        state = Mutex(State(pending: PendingWrites(capacity: configuration.queueCapacity)))
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Opens the file, brings its schema up to date and closes what an earlier run left open.
    ///
    /// After a failure the store may still be run: it keeps trying. A caller who would rather not start
    /// without a database has the sentence in the error.
    /// - Returns: what the earlier run left open.
    @discardableResult
    public func open() throws(StoreError) -> CrashRecovery {
        try openedFile().recovery
    }

    /// How the store is doing.
    public var health: StoreHealth {
        state.withLock { state in
            var health = state.health
            health.queued = state.pending.count
            health.dropped = state.pending.dropped
            health.droppedEnds = state.pending.droppedEnds
            return health
        }
    }

    func openedFile() throws(StoreError) -> DatabaseFile {
        try opening.withLock { _ throws(StoreError) in try openedFileByOneAtATime() }
    }

    private func openedFileByOneAtATime() throws(StoreError) -> DatabaseFile {
        let (known, isClosed) = state.withLock { ($0.file, $0.health.state == .closed) }
        if let known { return known }
        guard !isClosed else { throw .unavailable("The database \(configuration.path) was closed: the server stops.") }
        do {
            let file = try DatabaseFile(configuration, now: clock.wallTime())
            state.withLock { state in
                state.file = file
                for room in file.recovery.rooms { state.recoveredRooms[room.id] = room }
                if state.health.state == .starting { state.health.state = .healthy }
            }
            logOpened(file)
            return file
        } catch {
            let failure = StoreError(error, path: configuration.path)
            noteFailure(failure)
            throw failure
        }
    }

    private func logOpened(_ file: DatabaseFile) {
        logger.info("Database opened", metadata: ["path": "\(configuration.path)", "run": "\(file.runID)"])
        guard let alive = file.recovery.lastSignOfLife else { return }
        logger.warning(
            "The server did not stop in order last time; what it left open was closed.",
            metadata: [
                "lastSignOfLife": "\(alive)", "sessions": "\(file.recovery.sessions)",
                "rooms": "\(file.recovery.rooms.count)",
            ])
    }

    func wakeWriter() { wake.yield() }
}

extension Store: SessionRecorder {
    public func roomCreated(_ room: RoomRecord) {
        record { state in state.pending.put(state.live.start(room)) }
    }

    public func roomEnded(_ id: String, at time: WallTime) {
        record { state in
            state.reopenRoom(id)
            if let row = state.live.endRoom(id, at: time) { state.pending.put(row) }
        }
    }

    public func sessionStarted(_ session: SessionRecord) {
        record { state in
            state.reopenRoom(session.roomID)
            state.pending.put(state.live.start(session))
        }
    }

    public func sessionUpdated(_ id: String, _ update: SessionUpdate, at time: WallTime) {
        record { state in if let row = state.live.update(id, update, at: time) { state.pending.put(row) } }
    }

    public func sessionEnded(_ id: String, reason: SessionEndReason, detail: String?, at time: WallTime) {
        let end = SessionRow.End(at: time, reason: reason.rawValue, detail: detail)
        record { state in if let row = state.live.endSession(id, end) { state.pending.put(row) } }
    }

    public func trackStarted(_ track: TrackRecord) {
        record { state in state.pending.put(state.live.start(track)) }
    }

    public func trackEnded(_ id: String, at time: WallTime) {
        record { state in if let row = state.live.endTrack(id, at: time) { state.pending.put(row) } }
    }

    /// Puts a change in the queue.
    private func record(_ change: (inout State) -> Void) {
        state.withLock { state in change(&state) }
        wakeWriter()
    }
}

extension Store.State {
    /// A room of an earlier run in which something happens is there again: its record goes on.
    mutating func reopenRoom(_ id: String) {
        guard let room = recoveredRooms.removeValue(forKey: id) else { return }
        pending.put(live.start(room))
    }
}

public import Rooms

/// How the store is doing: what the status page and `/readyz` show.
public struct StoreHealth: Sendable, Equatable {
    /// Whether records reach the disk.
    public enum State: String, Sendable, Equatable {
        /// Not opened yet.
        case starting
        /// The last attempt to write worked.
        case healthy
        /// The last attempt failed; records wait and the store tries again.
        case degraded
        /// The server is stopping and the file is closed.
        case closed
    }

    /// Whether records reach the disk.
    public var state = State.starting
    /// What is wrong and what to do, when it is degraded.
    public var error: String?
    /// Since when it is degraded.
    public var degradedSince: WallTime?
    /// Records waiting to be written.
    public var queued = 0
    /// Records written since the start.
    public var written: UInt64 = 0
    /// Records given up because too many waited: tracks first, then changes of sessions that had not ended.
    public var dropped: UInt64 = 0
    /// Ended sessions among the dropped; zero unless the disk failed for longer than the queue can hold.
    public var droppedEnds: UInt64 = 0
    /// Records the database refused for what is in them; a fault of the server.
    public var rejected: UInt64 = 0
    /// Attempts that failed since the start.
    public var failedAttempts: UInt64 = 0
    /// When something was last written.
    public var lastWrite: WallTime?
    /// Makes the health of a store that has not been opened.
    public init() {}
}

/// How the store keeps its file and how much it may hold back in memory.
public struct StoreConfiguration: Sendable {
    /// The SQLite file; its folder is made if it is missing.
    public var path: String
    /// The server's version, kept with each run.
    public var serverVersion = "development"
    /// Records that may wait for the disk. Beyond it the oldest that matter least are dropped and counted.
    public var queueCapacity = 10_000
    /// Records written in one transaction.
    public var batchSize = 500
    /// How long the writer waits for company after the first record: a join is a burst of records, one commit
    /// is enough.
    public var linger: Duration = .milliseconds(100)
    /// How often the sign of life is written; a crash is dated to within this.
    public var heartbeatInterval: Duration = .seconds(5)
    /// The pause after the first failed attempt; it doubles from there.
    public var firstRetryDelay: Duration = .milliseconds(500)
    /// The longest pause between attempts.
    public var longestRetryDelay: Duration = .seconds(30)
    /// How long a stop may wait for the last records to reach the disk.
    public var shutdownDeadline: Duration = .seconds(5)
    /// Sessions that ended more than this many days ago are deleted; `nil` keeps them for ever.
    public var retentionDays: Int?

    /// Makes a configuration with the defaults for the file at `path`.
    public init(path: String) { self.path = path }
}

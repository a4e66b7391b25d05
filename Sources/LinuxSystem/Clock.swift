internal import CLinux
public import Wire

/// The machine's clocks. The only place below the edge where time is read.
public enum SystemClock {
    /// The monotonic clock.
    public static func now() -> Timestamp { Timestamp(nanoseconds: roost_monotonic_nanoseconds()) }

    /// The wall clock, nanoseconds since 1970.
    public static func wallNanoseconds() -> Int64 { roost_realtime_nanoseconds() }
}

/// What this process may use of the machine.
public enum Processors {
    /// Processors the process may run on: its affinity mask, cut by a container's quota; at least 1.
    public static var available: Int {
        guard let quota = ContainerQuota.processors else { return allowed }
        return max(1, min(allowed, quota))
    }

    /// Processors that a thread may be pinned to: the affinity mask, whatever the quota; at least 1.
    public static var allowed: Int { Int(roost_processor_count()) }
}

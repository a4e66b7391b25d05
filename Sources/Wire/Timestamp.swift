/// A point on the server's monotonic clock, in nanoseconds from an arbitrary start.
///
/// Eight bytes, so that it can be stored per packet. Only differences mean anything.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Nanoseconds since the clock's start.
    public var nanoseconds: Int64

    /// Makes the point that lies `nanoseconds` after the clock's start.
    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The clock's start.
    public static let zero = Timestamp(nanoseconds: 0)

    /// The end of time: later than every point that can occur.
    public static let distantFuture = Timestamp(nanoseconds: .max)

    @inlinable
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }

    @inlinable
    public static func + (left: Timestamp, right: Interval) -> Timestamp {
        Timestamp(nanoseconds: left.nanoseconds &+ right.nanoseconds)
    }

    @inlinable
    public static func - (left: Timestamp, right: Interval) -> Timestamp {
        Timestamp(nanoseconds: left.nanoseconds &- right.nanoseconds)
    }

    @inlinable
    public static func - (left: Timestamp, right: Timestamp) -> Interval {
        Interval(nanoseconds: left.nanoseconds &- right.nanoseconds)
    }

    /// The next point, or this one, that lies a whole number of `steps` from the clock's start: timers that may wait a little
    /// meet there, and one wake-up serves them all. The end of time, and what lies too near to it, stays as it is.
    @inlinable
    public func roundedUp(to step: Interval) -> Timestamp {
        let over = nanoseconds % max(step.nanoseconds, 1)
        guard over != 0 else { return self }
        let (rounded, overflow) = nanoseconds.addingReportingOverflow(over > 0 ? step.nanoseconds - over : -over)
        return overflow ? self : Timestamp(nanoseconds: rounded)
    }
}

/// A span of time in nanoseconds; may be negative.
public struct Interval: Hashable, Comparable, Sendable {
    /// The length in nanoseconds.
    public var nanoseconds: Int64

    /// Makes a span of `nanoseconds`.
    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// No time at all.
    public static let zero = Interval(nanoseconds: 0)

    /// Makes a span of whole seconds.
    @inlinable
    public static func seconds(_ value: Int64) -> Interval { Interval(nanoseconds: value &* 1_000_000_000) }

    /// Makes a span of whole milliseconds.
    @inlinable
    public static func milliseconds(_ value: Int64) -> Interval { Interval(nanoseconds: value &* 1_000_000) }

    /// Makes a span of whole microseconds.
    @inlinable
    public static func microseconds(_ value: Int64) -> Interval { Interval(nanoseconds: value &* 1_000) }

    /// The length in whole milliseconds, rounded towards zero.
    @inlinable
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }

    /// The length in seconds.
    @inlinable
    public var seconds: Double { Double(nanoseconds) / 1_000_000_000 }

    @inlinable
    public static func < (left: Interval, right: Interval) -> Bool { left.nanoseconds < right.nanoseconds }

    @inlinable
    public static func + (left: Interval, right: Interval) -> Interval {
        Interval(nanoseconds: left.nanoseconds &+ right.nanoseconds)
    }

    @inlinable
    public static func - (left: Interval, right: Interval) -> Interval {
        Interval(nanoseconds: left.nanoseconds &- right.nanoseconds)
    }

    @inlinable
    public static func * (left: Interval, right: Int64) -> Interval {
        Interval(nanoseconds: left.nanoseconds &* right)
    }
}

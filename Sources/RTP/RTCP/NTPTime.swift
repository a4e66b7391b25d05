public import Wire

/// A point of wall-clock time as 64-bit NTP fixed point: seconds since 1900 and their 2⁻³² parts (RFC 3550
/// §4).
///
/// The seconds wrap in 2036; only differences below 68 years mean anything.
public struct NTPTime: Hashable, Sendable {
    /// The 64 bits on the wire.
    public var rawValue: UInt64

    /// Makes a time from its 64 bits.
    @inlinable
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// Makes a time from whole seconds since 1900 and 2⁻³² parts of one.
    @inlinable
    public init(seconds: UInt32, fraction: UInt32) { rawValue = UInt64(seconds) << 32 | UInt64(fraction) }

    /// Makes a time from nanoseconds since the beginning of 1970.
    public init(unixNanoseconds: Int64) {
        // 2 208 988 800 s lie between 1900 and 1970, leap days included.
        rawValue = Self.fixedPoint(nanoseconds: unixNanoseconds) &+ 2_208_988_800 << 32
    }

    /// The wall-clock time of `timestamp`, when the monotonic clock started at `clockStart`.
    ///
    /// The server fixes `clockStart` once, so that the times it sends never jump when the wall clock is set.
    public init(_ timestamp: Timestamp, clockStart: NTPTime) {
        rawValue = clockStart.rawValue &+ Self.fixedPoint(nanoseconds: timestamp.nanoseconds)
    }

    /// The point on the monotonic clock that started at `clockStart`, to a nanosecond.
    public func timestamp(clockStart: NTPTime) -> Timestamp {
        Timestamp(nanoseconds: (self - clockStart).nanoseconds)
    }

    /// The middle 32 bits, in units of 1/65536 s: what report blocks carry (RFC 3550 §6.4.1).
    @inlinable
    public var middle32: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 16) }

    /// The time between two points, to a nanosecond.
    public static func - (left: NTPTime, right: NTPTime) -> Interval {
        let difference = Int64(bitPattern: left.rawValue &- right.rawValue)
        let seconds = difference >> 32
        let fraction = difference & 0xFFFF_FFFF
        return Interval(nanoseconds: seconds * 1_000_000_000 + (fraction * 1_000_000_000 + 1 << 31) >> 32)
    }

    /// The point `interval` after `left`.
    public static func + (left: NTPTime, right: Interval) -> NTPTime {
        NTPTime(left.rawValue &+ fixedPoint(nanoseconds: right.nanoseconds))
    }

    /// Seconds in 32.32 fixed point, modulo 2³² s.
    private static func fixedPoint(nanoseconds: Int64) -> UInt64 {
        var (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        if rest < 0 {
            seconds -= 1
            rest += 1_000_000_000
        }
        return UInt64(bitPattern: seconds) << 32 &+ (UInt64(bitPattern: rest) << 32) / 1_000_000_000
    }
}

/// A length of time in units of 1/65536 s, as report blocks carry it (RFC 3550 §6.4.1).
public struct NTPDelay: Hashable, Sendable {
    /// The 32 bits on the wire.
    public var rawValue: UInt32

    /// Makes a delay from its 32 bits.
    @inlinable
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }

    /// Makes a delay from a span of time; negative becomes zero, more than 18 hours becomes the longest there
    /// is.
    public init(_ interval: Interval) {
        guard interval.nanoseconds > 0 else {
            rawValue = 0
            return
        }
        let (seconds, rest) = interval.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        rawValue = seconds > 0xFFFF ? .max : UInt32(seconds << 16 | rest << 16 / 1_000_000_000)
    }

    /// The span of time, to a nanosecond.
    public var interval: Interval {
        Interval(nanoseconds: (Int64(rawValue) * 1_000_000_000) >> 16)
    }

    /// The round trip between a report that was sent at `sent` (middle bits of its NTP time; 0: there was
    /// none), kept by the peer for `delay`, and come back at `received` (RFC 3550 §6.4.1).
    ///
    /// A peer that says it kept the report longer than the whole trip took has a coarse clock: that is no
    /// delay at all, not sixteen hours.
    /// - Returns: `nil` if there was no report.
    public static func roundTrip(sent: UInt32, delay: NTPDelay, received: NTPTime) -> Interval? {
        guard sent != 0 else { return nil }
        let units = Int32(bitPattern: received.middle32 &- sent &- delay.rawValue)
        return units < 0 ? .zero : NTPDelay(UInt32(units)).interval
    }
}

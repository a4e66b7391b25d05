internal import Wire

/// RTP clocks and real time.
enum MediaClock {
    static let video: Int64 = 90_000
    static let audio: Int64 = 48_000

    /// The ticks of a clock in an interval, rounded to the nearest.
    static func ticks(_ interval: Interval, rate: Int64) -> Int64 {
        let seconds = interval.nanoseconds / 1_000_000_000
        let rest = interval.nanoseconds % 1_000_000_000
        return seconds &* rate &+ (rest &* rate &+ 500_000_000) / 1_000_000_000
    }

    /// The time that a number of ticks takes.
    static func interval(_ ticks: Int64, rate: Int64) -> Interval {
        Interval(nanoseconds: ticks &* 1_000_000 / (rate / 1_000))
    }
}

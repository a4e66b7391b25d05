public import Wire

/// Time on the server's clock and ticks of an RTP clock, one in terms of the other.
extension Interval {
    /// The span in ticks of a clock, rounded towards zero.
    public func ticks(at clockRate: UInt32) -> Int64 {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return seconds &* Int64(clockRate) &+ rest &* Int64(clockRate) / 1_000_000_000
    }

    /// The span that `ticks` of a clock last, rounded towards zero. A clock rate of zero counts as one.
    public init(ticks: Int64, at clockRate: UInt32) {
        let rate = Int64(max(clockRate, 1))
        let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: rate)
        self.init(nanoseconds: seconds &* 1_000_000_000 &+ rest &* 1_000_000_000 / rate)
    }
}

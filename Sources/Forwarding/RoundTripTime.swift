public import RTP
public import Wire

/// The round trip to one peer.
///
/// Measured by its reception reports (RFC 3550 §6.4.1) or its DLRR blocks (RFC 3611 §4.5).
public struct RoundTripTime: Sendable {
    /// Longer measurements are mistakes: a report that answers an earlier clock, or nonsense.
    static let plausible = Interval.seconds(30)

    /// The last measurement.
    public private(set) var latest: Interval?
    /// The average: an eighth of each new measurement (RFC 6298 §2).
    public private(set) var smoothed: Interval?
    /// The shortest measurement.
    public private(set) var minimum: Interval?

    /// Makes an estimate that knows nothing.
    public init() {}

    /// Takes a block that reports on a stream of ours and came in at `now` by the server's wall clock.
    ///
    /// Returns the measurement, or `nil` if the peer has had no sender report yet or the numbers make no
    /// sense.
    @discardableResult
    public mutating func receive(_ block: ReportBlock, at now: NTPTime) -> Interval? {
        guard let roundTrip = block.roundTrip(received: now) else { return nil }
        return receive(roundTrip)
    }

    /// Takes a measurement; `nil` if it makes no sense. Less than the millisecond that is surely spent counts
    /// as that.
    @discardableResult
    public mutating func receive(_ roundTrip: Interval) -> Interval? {
        guard roundTrip <= Self.plausible else { return nil }
        let measured = max(roundTrip, .milliseconds(1))
        latest = measured
        minimum = min(minimum ?? measured, measured)
        if let average = smoothed {
            smoothed = Interval(nanoseconds: average.nanoseconds + (measured - average).nanoseconds / 8)
        } else {
            smoothed = measured
        }
        return measured
    }
}

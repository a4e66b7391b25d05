public import RTP
public import Wire

/// The point at which a stream's RTP clock met its sender's wall clock: the content of one sender report.
public struct ReportReference: Equatable, Sendable {
    /// The sender's wall clock.
    public let ntp: NTPTime
    /// The same moment on the stream's RTP clock.
    public let rtp: RTPTimestamp
    /// Which setting of the sender's clock it belongs to; references of an earlier one are refused.
    let epoch: UInt32
}

/// Maps a publisher's wall clock onto the server's, once for all of that publisher's streams (RFC 3550
/// §6.4.1).
///
/// The sender reports that go to receivers carry the server's clock. If audio and video of one participant
/// were each mapped by their own estimate, the difference of the two would be heard and seen; so there is one
/// `SenderClock` per publisher, every sender report of every stream feeds it, and every stream is mapped
/// through it.
///
/// What is estimated is the difference between the clocks plus the shortest delay on the way: the smallest
/// difference between arrival and NTP time among the reports of the last half to one minute. Long enough to
/// meet an empty queue, short enough to follow two quartzes that drift apart. If a sender's clock is set, the
/// estimate starts again; a stream's reference from before is then refused until its next report.
public struct SenderClock: Sendable {
    /// How long a minimum is kept: between one and two of these.
    static let window = Interval.seconds(30)
    /// A report that differs by more than this comes from a clock that was set.
    static let step = Interval.seconds(2)
    /// So many late reports in a row are believed; fewer may have waited in a queue.
    static let lateReportsForStep = 3

    private var origin: NTPTime?
    private var currentMinimum = Interval.zero
    private var previousMinimum = Interval.zero
    private var windowStart = Timestamp.zero
    private var lateReports = 0
    private var epoch: UInt32 = 0

    /// Makes a clock that knows nothing.
    public init() {}

    /// Takes a sender report of any of the publisher's streams that came in at `arrival`.
    ///
    /// Returns the reference to be kept for that stream, or `nil` if the sender has no wall clock.
    public mutating func receive(ntp: NTPTime, rtp: RTPTimestamp, at arrival: Timestamp) -> ReportReference? {
        // Zero is what a sender without a wall clock writes.
        guard ntp.rawValue != 0 else { return nil }
        guard let origin else {
            restart(from: ntp, at: arrival)
            return ReportReference(ntp: ntp, rtp: rtp, epoch: epoch)
        }
        let sample = arrival - (Timestamp.zero + (ntp - origin))
        let minimum = min(currentMinimum, previousMinimum)
        lateReports = sample > minimum + Self.step ? lateReports + 1 : 0
        if lateReports >= Self.lateReportsForStep || sample < minimum - Self.step {
            epoch &+= 1
            restart(from: ntp, at: arrival)
        } else if arrival - windowStart >= Self.window {
            previousMinimum = currentMinimum
            currentMinimum = sample
            windowStart = arrival
        } else {
            currentMinimum = min(currentMinimum, sample)
        }
        return ReportReference(ntp: ntp, rtp: rtp, epoch: epoch)
    }

    private mutating func restart(from ntp: NTPTime, at arrival: Timestamp) {
        origin = ntp
        currentMinimum = arrival - Timestamp.zero
        previousMinimum = currentMinimum
        windowStart = arrival
        lateReports = 0
    }

    /// When, by the server's clock, the sender's clock showed `ntp`; `nil` before the first report.
    public func serverTime(of ntp: NTPTime) -> Timestamp? {
        guard let origin else { return nil }
        return Timestamp.zero + (ntp - origin) + min(currentMinimum, previousMinimum)
    }

    /// When, by the server's clock, the sender stamped `timestamp` on a stream; `nil` for an outdated
    /// reference.
    public func captureTime(
        of timestamp: RTPTimestamp, by reference: ReportReference, clockRate: UInt32
    ) -> Timestamp? {
        guard reference.epoch == epoch, let base = serverTime(of: reference.ntp) else { return nil }
        return base + Interval(ticks: Int64(timestamp.distance(from: reference.rtp)), at: clockRate)
    }

    /// What a stream's RTP clock shows at `time` by the server's clock; `nil` for an outdated reference.
    public func rtpTimestamp(
        at time: Timestamp, by reference: ReportReference, clockRate: UInt32
    ) -> RTPTimestamp? {
        guard reference.epoch == epoch, let base = serverTime(of: reference.ntp) else { return nil }
        return reference.rtp.advanced(by: UInt32(truncatingIfNeeded: (time - base).ticks(at: clockRate)))
    }

    /// The RTP timestamp for an outgoing stream's sender report that carries the server's wall clock of
    /// `time`.
    ///
    /// `munger` is the outgoing stream's; it must stand at the source that `reference` belongs to.
    public func reportTimestamp(
        at time: Timestamp, by reference: ReportReference, through munger: TimestampMunger
    ) -> RTPTimestamp? {
        guard munger.isStarted else { return nil }
        guard let timestamp = rtpTimestamp(at: time, by: reference, clockRate: munger.clockRate) else {
            return nil
        }
        return munger.map(timestamp)
    }
}

internal import Wire

/// How busy a worker's loop is: the share of each second that it did not spend waiting for something to do.
///
/// By the wall clock: a thread that the machine does not let run delays media as much as one that computes.
struct LoadMeter {
    /// What one figure is about.
    static let period = Interval.seconds(1)

    private var periodStart: Timestamp
    private var waited = Interval.zero
    /// The share of the last whole period, 0 to 1.
    private(set) var busyShare = 0.0

    init(at now: Timestamp) { periodStart = now }

    /// Notes that the loop waited for `span` until `now`. Returns whether that ended a period, so that there is a new figure.
    mutating func noteWait(_ span: Interval, until now: Timestamp) -> Bool {
        waited = waited + max(span, .zero)
        let passed = now - periodStart
        guard passed >= Self.period else { return false }
        busyShare = 1 - min(1, Double(waited.nanoseconds) / Double(passed.nanoseconds))
        periodStart = now
        waited = .zero
        return true
    }
}

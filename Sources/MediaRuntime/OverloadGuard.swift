/// Decides how much a worker has to leave out: quickly more, slowly less.
///
///         2 busy seconds          2 busy seconds
///     0 ─────────────────▶ 1 ─────────────────▶ 2        0: everything   1: lowest video layer   2: no video
///       ◀───────────────── ◀─────────────────
///         3 calm seconds          3 calm seconds
///
/// Between the two thresholds nothing changes, or what was left out would bring itself back.
struct OverloadGuard {
    /// The level at which nothing more can be left out.
    static let highestLevel = 2
    private static let busySecondsToRise = 2
    private static let calmSecondsToFall = 3
    /// Calm is below this part of what is busy.
    private static let calmPart = 5.0 / 6

    private let threshold: Double
    private var busySeconds = 0
    private var calmSeconds = 0
    /// The present level; above zero no further participants are taken.
    private(set) var level = 0

    /// - Parameter threshold: The share of a second, 0 to 1, above which a worker is overloaded; 0 never.
    init(threshold: Double) { self.threshold = threshold }

    /// Takes the figure of one second. Returns whether the level changed.
    mutating func note(busyShare: Double) -> Bool {
        guard threshold > 0 else { return false }
        busySeconds = busyShare > threshold ? busySeconds + 1 : 0
        calmSeconds = busyShare < threshold * Self.calmPart ? calmSeconds + 1 : 0
        if busySeconds >= Self.busySecondsToRise, level < Self.highestLevel {
            busySeconds = 0
            level += 1
            return true
        }
        if calmSeconds >= Self.calmSecondsToFall, level > 0 {
            calmSeconds = 0
            level -= 1
            return true
        }
        return false
    }
}

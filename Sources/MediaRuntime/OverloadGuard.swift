/// Decides how much a worker has to leave out: quickly more, slowly less.
///
///         2 busy seconds          2 busy seconds
///     0 ─────────────────▶ 1 ─────────────────▶ 2        0: everything   1: lowest video layer   2: no video
///       ◀───────────────── ◀─────────────────
///         3 calm seconds          3 calm seconds
///
/// The second in which a level begins counts for nothing: it has something of both, and the keyframes of the change.
/// Between the two thresholds nothing changes, or what was left out would bring itself back. Where it does so all the same, since
/// without it the thread is calm and with it overloaded, each relapse doubles the time until it is tried again, up to a minute:
/// a picture that comes and goes every few seconds is worse than none. Once the thread does not half of what it did at that
/// level, people have gone, and it is tried without waiting.
struct OverloadGuard {
    /// The level at which nothing more can be left out.
    static let highestLevel = 2
    private static let busySecondsToRise = 2
    private static let calmSecondsToFall = 3
    private static let mostCalmSecondsToFall = 60
    /// Rising so soon after a fall is a relapse; without one for so long, the load is another one.
    private static let relapseSeconds = 30
    /// Calm is below this part of what is busy.
    private static let calmPart = 5.0 / 6
    /// What a level leaves out has ended so many seconds after the rise to it, keyframes and repairs included.
    private static let settlingSeconds = 2

    private let threshold: Double
    private var busySeconds = 0
    private var calmSeconds = 0
    private var hasJustChanged = false
    private var neededCalm = calmSecondsToFall
    /// Since the last fall; `nil` once it has been followed by a rise, or is long ago.
    private var secondsSinceFall: Int?
    private var secondsAtLevel = 0
    /// The most of a second that the thread has been busy at this level.
    private var heldShare = 0.0
    private var lighterSeconds = 0
    /// The present level; above zero no further participants are taken.
    private(set) var level = 0

    /// - Parameter threshold: The share of a second, 0 to 1, above which a worker is overloaded; 0 never.
    init(threshold: Double) { self.threshold = threshold }

    /// Takes the figure of one second. Returns whether the level changed.
    mutating func note(busyShare: Double) -> Bool {
        guard threshold > 0 else { return false }
        guard !hasJustChanged else {
            hasJustChanged = false
            return false
        }
        busySeconds = busyShare > threshold ? busySeconds + 1 : 0
        calmSeconds = busyShare < threshold * Self.calmPart ? calmSeconds + 1 : 0
        secondsSinceFall = secondsSinceFall.flatMap { $0 < Self.relapseSeconds ? $0 + 1 : nil }
        noteRelief(busyShare)
        if busySeconds >= Self.busySecondsToRise, level < Self.highestLevel {
            change(to: level + 1)
            (secondsAtLevel, heldShare, lighterSeconds) = (0, 0, 0)
            if secondsSinceFall != nil { neededCalm = min(neededCalm * 2, Self.mostCalmSecondsToFall) }
            // From one level to the next it is the same rise.
            secondsSinceFall = nil
            return true
        }
        if level == 0, secondsSinceFall == nil { neededCalm = Self.calmSecondsToFall }
        let isLighter = lighterSeconds >= Self.calmSecondsToFall
        if calmSeconds >= (isLighter ? Self.calmSecondsToFall : neededCalm), level > 0 {
            change(to: level - 1)
            secondsSinceFall = 0
            return true
        }
        return false
    }

    private mutating func change(to level: Int) {
        self.level = level
        hasJustChanged = true
        (busySeconds, calmSeconds) = (0, 0)
    }

    /// Looks whether less is asked of the thread than when the level was reached.
    private mutating func noteRelief(_ busyShare: Double) {
        guard level > 0 else { return }
        secondsAtLevel += 1
        if secondsAtLevel > Self.settlingSeconds { heldShare = max(heldShare, busyShare) }
        lighterSeconds = busyShare * 2 < heldShare ? lighterSeconds + 1 : 0
    }
}

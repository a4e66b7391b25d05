public import Wire

/// How good a connection is, in words.
public enum QualityLevel: String, Sendable, Equatable, Comparable, CaseIterable {
    /// Nothing gets through.
    case lost
    /// Hard to understand.
    case poor
    /// It can be seen and heard that something is wrong.
    case fair
    /// Nothing that anybody would notice.
    case good

    private var rank: Int {
        switch self {
        case .lost: 0
        case .poor: 1
        case .fair: 2
        case .good: 3
        }
    }

    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    /// The least score of the level.
    var floor: Double {
        switch self {
        case .lost, .poor: 1
        case .fair: 3
        case .good: 4
        }
    }

    /// The level of a score.
    init(score: Double) { self = score >= Self.good.floor ? .good : score >= Self.fair.floor ? .fair : .poor }
}

/// The quality of a participant's connection over time: a score, a level and the reasons, which do not flap.
///
/// Facts come every couple of seconds. Score and level fall with the facts. The score rises by at most a quarter of a
/// point a second. The level rises once every assessment for `patience` has been better than it, and the score has come
/// clearly into the better one: by `margin`.
public struct ConnectionQuality: Sendable, Equatable {
    /// 1 (bad) to 5 (flawless).
    public private(set) var score = 5.0
    /// The score in words.
    public private(set) var level = QualityLevel.good
    /// What is wrong, the worst first. While the level has yet to rise, what held it down last.
    public private(set) var reasons: [QualityReason] = []

    /// How long all has to be better before the level rises.
    static let patience = Interval.seconds(5)
    private static let margin = 0.2
    /// Points a second.
    private static let recovery = 0.25

    private var updatedAt: Timestamp?
    /// Since when every assessment has been better than the level.
    private var betterSince: Timestamp?

    /// Makes a quality that is good until something else is known.
    public init() {}

    /// Takes what was measured up to `now`. Returns whether the level is another one.
    public mutating func update(_ facts: ConnectionFacts, at now: Timestamp) -> Bool {
        let assessed = QualityAssessment(facts)
        let elapsed = updatedAt.map { max(0, (now - $0).seconds) } ?? 0
        score = min(assessed.score, score + Self.recovery * elapsed)
        updatedAt = max(updatedAt ?? now, now)
        let before = level
        let reached = assessed.isLost ? QualityLevel.lost : QualityLevel(score: assessed.score)
        if reached <= level {
            level = reached
            betterSince = nil
            reasons = assessed.reasons
        } else {
            rise(at: now)
            if level == .good || !assessed.reasons.isEmpty { reasons = assessed.reasons }
        }
        return level != before
    }

    private mutating func rise(at now: Timestamp) {
        let since = betterSince ?? now
        betterSince = since
        guard now - since >= Self.patience else { return }
        let clear = QualityLevel(score: score - Self.margin)
        guard clear > level else { return }
        level = clear
        betterSince = nil
    }
}

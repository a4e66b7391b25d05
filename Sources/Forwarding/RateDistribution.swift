/// Hands a receiver's bit rate out to its video tracks, step by step: the arithmetic of the ``BitrateAllocator``, without
/// time.
///
/// The order of the steps is the policy:
///
/// 1. everybody's lowest step, the most important first;
/// 2. screens to their top, then who is on stage;
/// 3. speakers, then the rest, to the preferred size;
/// 4. the same again, to the top.
///
/// Within one standing everybody takes one step after the other, so equals stay equal. A step that does not fit is left
/// out, and what it would have needed is remembered. Because a higher limit makes the same choices up to the first step
/// that it can afford and the lower one could not, more bit rate never gives less in the order above.
struct RateDistribution: Sendable {
    /// One track that takes part.
    struct Contender: Sendable {
        /// Which order it climbs in.
        enum Group: Sendable { case screen, onStage, speaker, other }
        var group: Group
        var ladder: LayerLadder
        /// The step that is sent now; −1 for none. Steps above it are climbs.
        var present: Int
        /// The highest step that may be given; −1 for none.
        var cap: Int
    }

    /// What may be given out, in bits a second.
    struct Limits: Sendable {
        /// For what is sent already.
        var keeping: UInt64
        /// For anything more, so that the rates have room to vary.
        var climbing: UInt64
    }

    /// The step each contender gets, −1 for none.
    private(set) var levels: [Int]
    /// What it all costs together, in bits a second.
    private(set) var total: UInt64
    /// The least total, before headroom, that would have allowed one step more; `nil` if nothing was refused.
    private(set) var nextTotal: UInt64?
    private var isDone: [Bool]

    /// Distributes.
    ///
    /// - Parameters:
    ///   - contenders: The tracks, most important first.
    ///   - spent: What is given out already: audio and reserves.
    init(_ contenders: [Contender], spent: UInt64, limits: Limits) {
        levels = Array(repeating: -1, count: contenders.count)
        isDone = Array(repeating: false, count: contenders.count)
        total = spent
        for index in contenders.indices {
            if !step(index, of: contenders, limits: limits) { isDone[index] = true }
        }
        climb(.screen, of: contenders, toPreferred: false, limits: limits)
        climb(.onStage, of: contenders, toPreferred: false, limits: limits)
        for toPreferred in [true, false] {
            climb(.speaker, of: contenders, toPreferred: toPreferred, limits: limits)
            climb(.other, of: contenders, toPreferred: toPreferred, limits: limits)
        }
    }

    private mutating func climb(
        _ group: Contender.Group, of contenders: [Contender], toPreferred: Bool, limits: Limits
    ) {
        var progressed = true
        while progressed {
            progressed = false
            for index in contenders.indices where contenders[index].group == group && !isDone[index] {
                if toPreferred, levels[index] >= contenders[index].ladder.preferred { continue }
                if step(index, of: contenders, limits: limits) { progressed = true } else { isDone[index] = true }
            }
        }
    }

    /// Gives a contender its next step, if there is one and it fits.
    private mutating func step(_ index: Int, of contenders: [Contender], limits: Limits) -> Bool {
        let contender = contenders[index]
        let next = levels[index] + 1
        guard next <= contender.cap, next <= contender.ladder.top else { return false }
        let needed = total - contender.ladder.rate(at: levels[index]) + contender.ladder.rate(at: next)
        let isClimb = next > contender.present
        guard needed <= (isClimb ? limits.climbing : limits.keeping) else {
            nextTotal = min(nextTotal ?? needed, needed)
            return false
        }
        levels[index] = next
        total = needed
        return true
    }
}

/// The steps on which one video track can be sent, each better and dearer than the one below.
///
/// Not every combination of layers is a step. One that costs no less than a better one is skipped; so is, for a camera,
/// the lowest of three frame rates above the smallest picture: a face at 30 frames a second and half the size is worth
/// more than a large one at seven.
struct LayerLadder: Equatable, Sendable {
    /// The steps, lowest first; empty if nothing is produced.
    private(set) var steps: [LayerRate] = []
    /// The highest step that the receiver has a use for.
    private(set) var top = -1
    /// The highest step up to which a track climbs before others climb beyond theirs.
    private(set) var preferred = -1
    /// Whether the receiver's maximum size excludes something.
    private(set) var isSizeLimited = false

    /// Makes the ladder of a track.
    ///
    /// - Parameters:
    ///   - rates: What its publisher sends, in any order.
    ///   - maximumHeight: The largest picture the receiver wants.
    ///   - present: What is sent now: it stays a step while it exists, whatever its rate does from one second to the next.
    ///   - preferredHeight: The size that everybody of a standing climbs to first.
    init(
        rates: [LayerRate], isCamera: Bool, maximumHeight: Int?, present: LayerTarget?, preferredHeight: Int
    ) {
        let produced = rates.filter { $0.bitsPerSecond > 0 }.sorted { $0.target < $1.target }
        guard let lowest = produced.first else { return }
        let allowed = produced.filter { rate in
            guard let maximumHeight, let height = rate.height else { return true }
            return height <= maximumHeight || rate.target.spatialID == lowest.target.spatialID
        }
        isSizeLimited = allowed.count < produced.count
        var cheapest = UInt64.max
        for rate in allowed.reversed() {
            let isPresent = rate.target == present
            let isChoppy =
                isCamera && rate.target.spatialID > lowest.target.spatialID && rate.target.temporalID == 0
                && allowed.contains { $0.target.spatialID == rate.target.spatialID && $0.target.temporalID >= 2 }
            guard isPresent || (rate.bitsPerSecond < cheapest && !isChoppy) else { continue }
            cheapest = min(cheapest, rate.bitsPerSecond)
            steps.append(rate)
        }
        steps.reverse()
        top = steps.count - 1
        preferred = max(0, steps.lastIndex { ($0.height ?? 0) <= preferredHeight } ?? 0)
    }

    /// The highest step that is no more than `target`; −1 for none.
    func level(notAbove target: LayerTarget?) -> Int {
        guard let target else { return -1 }
        return steps.lastIndex { $0.target <= target } ?? -1
    }

    /// What a level costs, in bits a second; nothing for −1.
    func rate(at level: Int) -> UInt64 { level < 0 ? 0 : steps[level].bitsPerSecond }
}

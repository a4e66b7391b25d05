/// Maps one ascending number space onto another, without holes where something was left out on purpose.
///
/// The heart of ``SequenceMunger`` and ``VP8Munger``. A source begins at a number (``restart(at:as:)``); from
/// there every number is shifted by a constant until one is removed, which makes the shift one smaller for
/// everything above. What was merely lost keeps its place, so that it can still come late. The last 128
/// stretches of constant shift are remembered: a late number is mapped exactly as it would have been in
/// order.
///
///     ingress   10 11 12 13 14 15        12 and 13 removed
///     egress     1  2        3  4        stretches: 10…11 → −9, 14… → −11
struct CompactingMap: Sendable {
    /// What becomes of a number.
    enum Mapping: Equatable, Sendable {
        /// It stands for this number.
        case mapped(UInt64)
        /// It was removed.
        case removed
        /// It lies before the point where the source began.
        case beforeStart
        /// It lies before every stretch that is still remembered.
        case forgotten
    }

    /// A finished stretch of constant shift.
    struct Stretch: Sendable {
        var first: UInt64
        var last: UInt64
        var shift: UInt64
    }

    /// The most finished stretches that are remembered.
    static let maximumStretches = 128

    /// Where the source began.
    private var start: UInt64 = 0
    /// Where the present stretch began.
    private var first: UInt64 = 0
    /// One above the highest number of this source that was mapped or removed; never below `first`.
    private var next: UInt64 = 0
    /// What is added (modulo 2⁶⁴) to a number of the present stretch.
    private var shift: UInt64 = 0
    /// The highest number ever given out: over all sources.
    private(set) var highestMapped: UInt64
    /// A ring of finished stretches, oldest at `head`; empty until the first removal.
    private var stretches: [Stretch] = []
    private var head = 0
    private var forgot = false

    /// Makes a map whose first source will continue after `highestMapped`.
    init(highestMapped: UInt64) { self.highestMapped = highestMapped }

    /// Begins a new source: `number` will stand for `target`, and the past is forgotten.
    mutating func restart(at number: UInt64, as target: UInt64) {
        start = number
        first = number
        shift = target &- number
        next = number
        stretches.removeAll(keepingCapacity: true)
        head = 0
        forgot = false
    }

    /// What `number` stands for; remembers it as seen.
    mutating func map(_ number: UInt64) -> Mapping {
        if number >= next { next = number &+ 1 }
        let mapping = lookUp(number)
        // A late number can be the highest given out too: when it is the last before one that was removed.
        if case .mapped(let target) = mapping, target > highestMapped { highestMapped = target }
        return mapping
    }

    /// What `number` stands for or would stand for.
    func lookUp(_ number: UInt64) -> Mapping {
        if number >= first { return .mapped(number &+ shift) }
        if number < start { return .beforeStart }
        var index = stretches.count
        while index > 0 {
            index -= 1
            let stretch = stretches[(head + index) % Self.maximumStretches]
            if number > stretch.last { return .removed }
            if number >= stretch.first { return .mapped(number &+ stretch.shift) }
        }
        return forgot ? .forgotten : .removed
    }

    /// Takes `number` out, so that those above it move up by one.
    ///
    /// Returns false where that is too late, because a higher number has been given out; its place stays a
    /// hole.
    mutating func remove(_ number: UInt64) -> Bool {
        guard number >= next else { return lookUp(number) == .removed }
        if number > first { finish(Stretch(first: first, last: number - 1, shift: shift)) }
        next = number &+ 1
        first = next
        shift &-= 1
        return true
    }

    /// Takes everything out that lies above what was seen and below `number`, in one step. What was seen before keeps its
    /// place.
    mutating func skip(to number: UInt64) {
        guard number > next else { return }
        if next > first { finish(Stretch(first: first, last: next - 1, shift: shift)) }
        shift &-= number - next
        first = number
        next = number
    }

    private mutating func finish(_ stretch: Stretch) {
        if stretches.isEmpty { stretches.reserveCapacity(Self.maximumStretches) }
        if stretches.count < Self.maximumStretches {
            stretches.append(stretch)
        } else {
            stretches[head] = stretch
            head = (head + 1) % Self.maximumStretches
            forgot = true
        }
    }
}

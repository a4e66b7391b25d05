/// The free slots of a table while tracks are being placed: looked up by pair and by unit instead of searched
/// for.
struct FreeSlots {
    private struct Pair {
        var free: [TrackKind: Int] = [:]
        /// Whether nobody is on it.
        var isFree = true
    }

    private let places: [(pair: Int, kind: TrackKind)]
    private var pairs: [Int: Pair] = [:]
    private var homes: [SlotTable.Unit: Int] = [:]
    private var count: [TrackKind: Int] = [:]
    /// Whether some unit's own pair may have a free slot.
    private(set) var hasHalves = false

    init(_ slots: [SlotTable.Slot]) {
        places = slots.map { ($0.pair, $0.kind) }
        for (index, slot) in slots.enumerated() {
            guard let occupant = slot.occupant else {
                if pairs[slot.pair, default: Pair()].free[slot.kind] == nil {
                    pairs[slot.pair, default: Pair()].free[slot.kind] = index
                    count[slot.kind, default: 0] += 1
                }
                continue
            }
            pairs[slot.pair, default: Pair()].isFree = false
            if !slot.isSplit { homes[occupant.unit] = slot.pair }
        }
        hasHalves = homes.values.contains { pairs[$0]?.free.isEmpty == false }
    }

    /// Whether there is a free slot of this kind at all.
    func has(_ kind: TrackKind) -> Bool { count[kind, default: 0] > 0 }

    /// Whether a unit has a pair of its own already.
    func hasHome(_ unit: SlotTable.Unit) -> Bool { homes[unit] != nil }

    /// The free slot of this kind on a unit's own pair.
    func half(of unit: SlotTable.Unit, _ kind: TrackKind) -> Int? {
        homes[unit].flatMap { pairs[$0]?.free[kind] }
    }

    /// A slot on a pair that nobody uses, with all that the unit needs where there is one, and with as little
    /// more as possible.
    func inFreePair(_ kind: TrackKind, for needs: () -> Set<TrackKind>) -> Int? {
        let usable = pairs.filter { $0.value.isFree && $0.value.free[kind] != nil }
        guard !usable.isEmpty else { return nil }
        let needed = needs()
        func rank(_ entry: (key: Int, value: Pair)) -> (Int, Int, Int) {
            let kinds = Set(entry.value.free.keys)
            return (needed.subtracting(kinds).count, kinds.subtracting(needed).count, entry.key)
        }
        return usable.min { rank($0) < rank($1) }?.value.free[kind]
    }

    /// Any free slot of this kind: rather the half of a pair that is in use than a whole one.
    func anywhere(_ kind: TrackKind) -> Int? {
        let halves = pairs.values.filter { !$0.isFree }.compactMap { $0.free[kind] }
        return halves.min() ?? pairs.values.compactMap { $0.free[kind] }.min()
    }

    /// A slot is free no more.
    mutating func take(_ index: Int, for unit: SlotTable.Unit, isSplit: Bool) {
        let (pair, kind) = places[index]
        pairs[pair]?.free[kind] = nil
        pairs[pair]?.isFree = false
        count[kind, default: 0] -= 1
        guard !isSplit else { return }
        homes[unit] = pair
        hasHalves = true
    }
}

import Engine
import Wire

/// Whose tracks are received where there are fewer slots than tracks: who has a claim on a slot, and who has to give way.
///
/// Claims are those of the participants in the large picture, of shared screens, and of who speaks. Everybody else
/// gives way, who has been silent for longest first. Those with a claim never push each other out, so nobody's
/// picture comes and goes while people talk at the same time.
struct SlotClaims: Sendable {
    /// The participants in the receiver's large picture, the most important first.
    var stage: [String] = []
    /// Who speaks, and when the others did last.
    var floor = Floor()

    /// Who speaks in a room.
    struct Floor: Sendable {
        /// Who speaks now.
        var speaking: Set<String> = []
        /// When those who do not speak did so last. Who is missing never has.
        var lastSpoken: [String: Timestamp] = [:]
    }

    /// Whether a track must have a slot, if anything that gives way is on one.
    func hold(_ track: SlotTable.Wanted) -> Bool {
        track.source.unit == .screen || stage.contains(track.participant) || floor.speaking.contains(track.participant)
    }

    /// Where a track stands among all: what has the lowest standing gives way first.
    func standing(of track: SlotTable.Wanted) -> Standing {
        let rank: Int
        if track.source.unit == .screen {
            rank = 2
        } else if let place = stage.firstIndex(of: track.participant) {
            rank = 3 + (stage.count - place)
        } else {
            rank = floor.speaking.contains(track.participant) ? 1 : 0
        }
        return Standing(
            rank: rank, lastSpoken: floor.lastSpoken[track.participant], publication: track.publication.rawValue)
    }

    /// By claim, then by who spoke last, then by who came first.
    struct Standing: Comparable {
        var rank: Int
        var lastSpoken: Timestamp?
        var publication: UInt64

        static func < (one: Standing, other: Standing) -> Bool {
            if one.rank != other.rank { return one.rank < other.rank }
            let (first, second) = (
                one.lastSpoken ?? Timestamp(nanoseconds: .min), other.lastSpoken ?? Timestamp(nanoseconds: .min)
            )
            return first != second ? first < second : one.publication > other.publication
        }
    }
}

extension SlotTable {
    /// Whether something waits that has a claim on a slot.
    func hasClaimants(_ claims: SlotClaims) -> Bool {
        waiting.contains { claims.hold($0) && !unplaceable.contains($0.publication) }
    }

    /// Gives those with a claim slots, at the expense of those who have been silent for longest, and says what that
    /// changes. A voice and a face stay on one pair.
    mutating func follow(_ claims: SlotClaims) -> [Change] {
        changing { table in
            var seen: Set<Unit> = []
            let claimants = table.waiting.filter { claims.hold($0) && !table.unplaceable.contains($0.publication) }
            for track in claimants.sorted(by: { claims.standing(of: $0) > claims.standing(of: $1) })
            where seen.insert(track.unit).inserted { table.makeRoom(for: track.unit, claims) }
        }
    }

    /// Receives so many cameras at most, those of who spoke last, and says what that changes.
    mutating func limitCameras(to limit: Int?, _ claims: SlotClaims) -> [Change] {
        guard limit != cameraLimit else { return [] }
        return changing { table in
            table.cameraLimit = limit
            while let limit, table.cameraCount > limit, let index = table.leastCamera(claims) {
                table.displace([index])
            }
            table.place(table.waiting)
        }
    }

    /// What the media plane has to be told after a change.
    private mutating func changing(_ body: (inout SlotTable) -> Void) -> [Change] {
        let before = slots.map(\.occupant?.publication)
        body(&self)
        return zip(before, slots).compactMap { former, slot in
            former == slot.occupant?.publication ? nil : Change(mid: slot.mid, wanted: slot.occupant)
        }
    }

    /// The slot of the camera that gives way first.
    private func leastCamera(_ claims: SlotClaims) -> Int? {
        slots.indices.filter { slots[$0].occupant?.source == .camera }.min { one, other in
            guard let one = slots[one].occupant, let other = slots[other].occupant else { return false }
            return claims.standing(of: one) < claims.standing(of: other)
        }
    }

    /// Empties slots; what was on them waits again.
    private mutating func displace(_ indices: [Int]) {
        let displaced = indices.compactMap { slots[$0].occupant }
        for index in indices { vacate(index) }
        enqueue(displaced.sorted { $0.publication.rawValue < $1.publication.rawValue })
    }

    /// Finds slots for a unit that waits, wholly or in part.
    private mutating func makeRoom(for unit: Unit, _ claims: SlotClaims) {
        var tracks = waiting.filter { $0.unit == unit && !unplaceable.contains($0.publication) }
        if isAtCameraLimit, tracks.contains(where: { $0.source == .camera }) {
            if let index = leastCamera(claims), let least = slots[index].occupant, !claims.hold(least) {
                displace([index])
            } else {
                tracks.removeAll { $0.source == .camera }
            }
        }
        place(tracks)
        tracks.removeAll { track in slots.contains { $0.occupant?.publication == track.publication } }
        guard !tracks.isEmpty else { return }
        let mine = tracks + slots.compactMap(\.occupant).filter { $0.unit == unit }
        guard let pair = pair(for: mine, needing: Set(tracks.map(\.source.kind)), claims) else { return }
        let displaced = take(pair, for: mine)
        // What moved has left something behind, which suits who was moved for it.
        place(displaced)
        place(waiting)
    }

    /// The slots that a unit takes: a pair where it has all of its tracks together, or else what it needs of one; of
    /// several its own, or that of the one who has been silent for longest.
    private func pair(
        for mine: [Wanted], needing kinds: Set<TrackKind>, _ claims: SlotClaims
    ) -> [Int]? {
        guard let unit = mine.first?.unit else { return nil }
        let wanted = Set(mine.map(\.source.kind))
        var best: (indices: [Int], worth: Worth)?
        for indices in Dictionary(grouping: slots.indices, by: { slots[$0].pair }).values {
            for some in [wanted, kinds] {
                let suitable = indices.filter { some.contains(slots[$0].kind) }
                guard suitable.contains(where: { kinds.contains(slots[$0].kind) }) else { continue }
                let leaving = suitable.compactMap { slots[$0].occupant }.filter { $0.unit != unit }
                guard !leaving.contains(where: claims.hold) else { continue }
                let worth = Worth(
                    covered: Set(suitable.map { slots[$0].kind }).count,
                    isOwn: indices.contains { slots[$0].occupant?.unit == unit },
                    leaving: leaving.map(claims.standing).max(), pair: slots[suitable[0]].pair)
                if best.map({ $0.worth < worth }) ?? true { best = (suitable, worth) }
            }
        }
        return best?.indices
    }

    /// How well slots suit a unit.
    private struct Worth: Comparable {
        var covered: Int
        var isOwn: Bool
        /// The highest standing of those who would have to go; `nil` for nobody.
        var leaving: SlotClaims.Standing?
        var pair: Int

        static func < (one: Worth, other: Worth) -> Bool {
            if one.covered != other.covered { return one.covered < other.covered }
            if one.isOwn != other.isOwn { return other.isOwn }
            switch (one.leaving, other.leaving) {
            case (nil, nil): return one.pair > other.pair
            case (nil, _): return false
            case (_, nil): return true
            case (let first?, let second?): return first > second
            }
        }
    }

    /// Puts all of a unit's tracks onto these slots. Returns what had to go.
    private mutating func take(_ indices: [Int], for mine: [Wanted]) -> [Wanted] {
        let leaving = indices.filter { slots[$0].occupant.map { $0.unit != mine[0].unit } ?? false }
        let displaced = leaving.compactMap { slots[$0].occupant }
        displace(leaving)
        for index in indices {
            guard slots[index].occupant == nil,
                let track = mine.first(where: { $0.source.kind == slots[index].kind })
            else { continue }
            if let former = slots.firstIndex(where: { $0.occupant?.publication == track.publication }) {
                vacate(former)
            }
            occupy(index, with: track)
        }
        return displaced.sorted { $0.publication.rawValue < $1.publication.rawValue }
    }
}

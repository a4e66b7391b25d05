import Engine
import Negotiation
import RTP

/// Decides which tracks are on the receive slots of one participant.
///
/// A slot is a pair: an audio and a video m-line of one number. A participant's microphone and camera share a
/// pair, so that browsers keep them in sync; its screen and the screen's sound share another. An assignment
/// does not move while it lasts; what a leaving track frees goes to the track that has waited longest. Only
/// where a kind of slot has reached the limit, so that offering more pairs is no way out, is a pair split
/// between participants: heard out of sync is better than not heard.
///
/// A value without side effects: it says what to change, its owner tells the media plane.
struct SlotTable: Sendable {
    /// A track that the participant should receive.
    struct Wanted: Equatable, Sendable {
        var track: String
        var publication: PublicationID
        var participant: String
        var source: TrackSource
        /// Which of the participant's tracks of this source it is.
        var ordinal: Int

        fileprivate var unit: Unit { Unit(participant: participant, kind: source.unit, ordinal: ordinal) }
    }

    /// What the media plane has to be told: `wanted` comes onto the m-line, or nothing is on it any more.
    struct Change: Equatable, Sendable {
        var mid: String
        var wanted: Wanted?
    }

    /// Tracks that belong together.
    fileprivate struct Unit: Hashable {
        var participant: String
        var kind: TrackUnit
        var ordinal: Int
    }

    private struct Slot {
        var mid: String
        var kind: TrackKind
        var pair: Int
        var occupant: Wanted?
        /// The occupant is here because there was no other way: the pair is not its unit's home.
        var isSplit = false
    }

    private let limits: [TrackKind: Int]
    private var slots: [Slot] = []
    /// Tracks that should be received, in the order in which they came up.
    private var wanted: [Wanted] = []
    /// Tracks the participant cannot decode; until it negotiates again, or for good.
    private var undecodable: Set<PublicationID> = []
    /// Tracks that the media plane did not know. Tried again at the next change, not at once.
    private var unplaceable: Set<PublicationID> = []

    init(maxAudioSlots: Int, maxVideoSlots: Int) {
        limits = [.audio: maxAudioSlots, .video: maxVideoSlots]
    }

    /// Takes over what was negotiated. A section that went takes its assignment with it; the others keep
    /// theirs.
    mutating func setSections(_ sections: [DownlinkSection]) {
        undecodable = []
        slots = sections.map { section in
            let kind = TrackKind(section.kind)
            let known = slots.first { $0.mid == section.mid && $0.kind == kind && $0.pair == section.slot }
            return known ?? Slot(mid: section.mid, kind: kind, pair: section.slot)
        }
    }

    /// Takes over which tracks there are, in the order in which they came up, and says what that changes.
    mutating func update(wanted: [Wanted]) -> [Change] {
        self.wanted = wanted
        unplaceable = []
        let current = Set(wanted.map(\.publication))
        undecodable.formIntersection(current)
        var cleared: Set<String> = []
        for index in slots.indices {
            guard let occupant = slots[index].occupant, !current.contains(occupant.publication) else {
                continue
            }
            vacate(index)
            cleared.insert(slots[index].mid)
        }
        return changes(cleared: cleared, placed: place())
    }

    /// The media plane did not take the track. Says what comes in its place.
    mutating func refuse(_ publication: PublicationID, isUndecodable: Bool) -> [Change] {
        if isUndecodable { undecodable.insert(publication) } else { unplaceable.insert(publication) }
        var cleared: Set<String> = []
        for index in slots.indices where slots[index].occupant?.publication == publication {
            vacate(index)
            cleared.insert(slots[index].mid)
        }
        return changes(cleared: cleared, placed: place())
    }

    /// A slot that is filled again at once need not be cleared.
    private func changes(cleared: Set<String>, placed: [Change]) -> [Change] {
        cleared.subtracting(placed.map(\.mid)).sorted().map { Change(mid: $0, wanted: nil) } + placed
    }

    /// The mapping as the client is told.
    func mapping(version: Int) -> SlotMapping {
        let received = Set(slots.compactMap { $0.occupant?.publication })
        return SlotMapping(
            version: version,
            assigned: slots.compactMap { slot in
                slot.occupant.map {
                    .init(mid: slot.mid, participant: $0.participant, track: $0.track, source: $0.source)
                }
            },
            unassigned: wanted.filter { !received.contains($0.publication) }.map {
                .init(participant: $0.participant, track: $0.track, source: $0.source, reason: reason($0))
            })
    }

    private func reason(_ wanted: Wanted) -> UnassignedReason {
        if undecodable.contains(wanted.publication) { return .codecNotSupported }
        return isAtLimit(wanted.source.kind) ? .slotLimit : .noFreeSlot
    }

    private func isAtLimit(_ kind: TrackKind) -> Bool {
        slots.count { $0.kind == kind } >= limits[kind] ?? 0
    }

    private mutating func vacate(_ index: Int) {
        slots[index].occupant = nil
        slots[index].isSplit = false
    }
}

// MARK: - Placing

extension SlotTable {
    /// Gives free slots to the tracks that wait, the longest waiting first.
    private mutating func place() -> [Change] {
        var changes: [Change] = []
        // The free half of a unit's own pair is nobody else's, so it is not queued for.
        for track in waiting() {
            if let home = home(of: track.unit), let index = freeSlot(track.source.kind, inPair: home) {
                changes.append(occupy(index, track, isSplit: false))
            }
        }
        for track in waiting() {
            if let (index, isSplit) = slot(for: track) {
                changes.append(occupy(index, track, isSplit: isSplit))
            }
        }
        return changes
    }

    private func waiting() -> [Wanted] {
        let placed = Set(slots.compactMap { $0.occupant?.publication })
        return wanted.filter {
            !placed.contains($0.publication) && !undecodable.contains($0.publication)
                && !unplaceable.contains($0.publication)
        }
    }

    private func slot(for track: Wanted) -> (index: Int, isSplit: Bool)? {
        let kind = track.source.kind
        guard slots.contains(where: { $0.kind == kind && $0.occupant == nil }) else { return nil }
        if let home = home(of: track.unit) {
            if let index = freeSlot(kind, inPair: home) { return (index, false) }
        } else if let pair = freePair(for: track), let index = freeSlot(kind, inPair: pair) {
            return (index, false)
        }
        guard isAtLimit(kind) else { return nil }
        // Rather the half of a pair that is in use than a whole one.
        let free = slots.indices.filter { slots[$0].kind == kind && slots[$0].occupant == nil }
        let best = free.first { index in !isFree(pair: slots[index].pair) } ?? free.first
        return best.map { ($0, true) }
    }

    private mutating func occupy(_ index: Int, _ track: Wanted, isSplit: Bool) -> Change {
        slots[index].occupant = track
        slots[index].isSplit = isSplit
        return Change(mid: slots[index].mid, wanted: track)
    }

    /// The pair that a unit already has.
    private func home(of unit: Unit) -> Int? {
        slots.first { !$0.isSplit && $0.occupant?.unit == unit }?.pair
    }

    private func freeSlot(_ kind: TrackKind, inPair pair: Int) -> Int? {
        slots.firstIndex { $0.pair == pair && $0.kind == kind && $0.occupant == nil }
    }

    private func isFree(pair: Int) -> Bool { slots.allSatisfy { $0.pair != pair || $0.occupant == nil } }

    /// A pair that nobody uses, with all that the unit needs where there is one, and with as little more as
    /// possible.
    private func freePair(for track: Wanted) -> Int? {
        var kinds: [Int: Set<TrackKind>] = [:]
        for slot in slots where isFree(pair: slot.pair) { kinds[slot.pair, default: []].insert(slot.kind) }
        let needed = Set(wanted.lazy.filter { $0.unit == track.unit }.map(\.source.kind))
        let usable = kinds.filter { $0.value.contains(track.source.kind) }
        return usable.min { left, right in
            let leftRank = (
                needed.subtracting(left.value).count, left.value.subtracting(needed).count, left.key
            )
            let rightRank = (
                needed.subtracting(right.value).count, right.value.subtracting(needed).count, right.key
            )
            return leftRank < rightRank
        }?.key
    }
}

extension TrackKind {
    /// The same in the words of the media plane.
    init(_ kind: MediaKind) {
        switch kind {
        case .audio: self = .audio
        case .video: self = .video
        }
    }
}

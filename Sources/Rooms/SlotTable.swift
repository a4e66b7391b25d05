import Engine
import Negotiation
import RTP

/// Decides which tracks are on the receive slots of one participant.
///
/// A slot is a pair: an audio and a video m-line of one number. A participant's microphone and camera share a
/// pair, so that browsers keep them in sync; its screen and the screen's sound share another. An assignment
/// stays while it lasts, unless somebody with a claim needs the slot (`follow`); what a leaving track frees
/// goes to the track that has waited longest. Only
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

        var unit: Unit { Unit(participant: participant, kind: source.unit, ordinal: ordinal) }
    }

    /// What the media plane has to be told: `wanted` comes onto the m-line, or nothing is on it any more.
    struct Change: Equatable, Sendable {
        var mid: String
        var wanted: Wanted?
    }

    /// Tracks that belong together.
    struct Unit: Hashable {
        var participant: String
        var kind: TrackUnit
        var ordinal: Int
    }

    struct Slot {
        var mid: String
        var kind: TrackKind
        var pair: Int
        var occupant: Wanted?
        /// The occupant is here because there was no other way: the pair is not its unit's home.
        var isSplit = false
    }

    private let limits: [TrackKind: Int]
    private(set) var slots: [Slot] = []
    /// Tracks that should be received and are not, in the order in which they came up.
    private(set) var waiting: [Wanted] = []
    /// Tracks the participant cannot decode; until it negotiates again, their format changes, or for good.
    private(set) var undecodable: [Wanted] = []
    /// Those of the waiting that the media plane did not know. Tried again at the next change, not at once.
    private(set) var unplaceable: Set<PublicationID> = []
    /// The most cameras that the participant wants; `nil` for as many as there are slots.
    var cameraLimit: Int? {
        didSet { hasNews = hasNews || cameraLimit != oldValue }
    }
    /// Whether the mapping may have changed since `takeNews`.
    private var hasNews = false

    init(maxAudioSlots: Int, maxVideoSlots: Int) {
        limits = [.audio: maxAudioSlots, .video: maxVideoSlots]
    }

    /// Takes over what was negotiated. A section that went takes its assignment with it; the others keep
    /// theirs. What waits is not placed before the next `update`.
    mutating func setSections(_ sections: [DownlinkSection]) {
        var left = slots
        slots = sections.map { section in
            let kind = TrackKind(section.kind)
            let known = left.firstIndex {
                $0.mid == section.mid && $0.kind == kind && $0.pair == section.slot
            }
            return known.map { left.remove(at: $0) } ?? Slot(mid: section.mid, kind: kind, pair: section.slot)
        }
        let displaced = undecodable + left.compactMap(\.occupant)
        enqueue(displaced.sorted { $0.publication.rawValue < $1.publication.rawValue })
        undecodable = []
        hasNews = true
    }

    /// Takes over which tracks there are, in the order in which they came up, and says what that changes.
    ///
    /// Everything that waits is looked at; where little has changed, `apply` does the same for less.
    mutating func update(wanted: [Wanted]) -> [Change] {
        let known = slots.compactMap(\.occupant) + waiting + undecodable
        let changes = PublishedChanges(from: known, to: wanted)
        return apply(changes, placingAll: true)
    }

    /// Takes over which tracks came up and which went, and says what that changes.
    ///
    /// The effort goes by what changed: a track that waited before cannot be placed now unless a slot
    /// became free.
    mutating func apply(_ news: PublishedChanges) -> [Change] { apply(news, placingAll: false) }

    private mutating func apply(_ news: PublishedChanges, placingAll: Bool) -> [Change] {
        var cleared: Set<String> = []
        if !news.removed.isEmpty {
            for index in slots.indices {
                guard let occupant = slots[index].occupant, news.removed.contains(occupant.publication) else {
                    continue
                }
                cleared.insert(vacate(index))
            }
            dropUnplaced(news.removed)
        }
        enqueue(news.added)
        let retriesAll = placingAll || !cleared.isEmpty || !unplaceable.isEmpty
        unplaceable = []
        return changes(cleared: cleared, placed: place(retriesAll ? waiting : news.added))
    }

    /// Puts tracks into the queue, where they usually are the last.
    mutating func enqueue(_ tracks: [Wanted]) {
        guard let first = tracks.first else { return }
        if waiting.count < SlotMapping.longestList { hasNews = true }
        let isInOrder = waiting.last.map { $0.publication.rawValue < first.publication.rawValue } ?? true
        waiting += tracks
        guard !isInOrder else { return }
        waiting.sort { $0.publication.rawValue < $1.publication.rawValue }
        hasNews = true
    }

    /// Forgets tracks that were on no slot.
    private mutating func dropUnplaced(_ removed: Set<PublicationID>) {
        for publication in removed {
            guard let index = Self.index(of: publication, in: waiting) else { continue }
            waiting.remove(at: index)
            if index < SlotMapping.longestList { hasNews = true }
        }
        guard !undecodable.isEmpty else { return }
        undecodable.removeAll { removed.contains($0.publication) }
        hasNews = true
    }

    /// Where a track stands in a list that is in the order of publications.
    private static func index(of publication: PublicationID, in list: [Wanted]) -> Int? {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle].publication.rawValue < publication.rawValue {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < list.count && list[low].publication == publication ? low : nil
    }

    /// The media plane did not take the track, or found later that its format is none of the participant's. Says what comes
    /// in its place.
    ///
    /// - Parameter mid: The slot it has to be on; `nil` for any.
    mutating func refuse(_ publication: PublicationID, onSlot mid: String? = nil, isUndecodable: Bool) -> [Change] {
        guard
            let index = slots.firstIndex(where: {
                $0.occupant?.publication == publication && $0.mid == mid ?? $0.mid
            }),
            let track = slots[index].occupant
        else { return [] }
        let mid = vacate(index)
        if isUndecodable {
            undecodable.append(track)
            undecodable.sort { $0.publication.rawValue < $1.publication.rawValue }
        } else {
            unplaceable.insert(publication)
            enqueue([track])
        }
        return changes(cleared: [mid], placed: place(waiting))
    }

    /// Tries again those of the tracks that were not decodable: they may be sent in another format now.
    mutating func retry(_ publications: Set<PublicationID>) -> [Change] {
        let again = undecodable.filter { publications.contains($0.publication) }
        guard !again.isEmpty else { return [] }
        undecodable.removeAll { publications.contains($0.publication) }
        hasNews = true
        enqueue(again)
        return place(again)
    }

    /// What makes the media plane look again at how it sends what is on these m-lines.
    func renewals(on mids: Set<String>) -> [Change] {
        slots.filter { $0.occupant != nil && mids.contains($0.mid) }.flatMap { slot in
            [Change(mid: slot.mid, wanted: nil), Change(mid: slot.mid, wanted: slot.occupant)]
        }
    }

    /// A slot that is filled again at once need not be cleared.
    private func changes(cleared: Set<String>, placed: [Change]) -> [Change] {
        cleared.subtracting(placed.map(\.mid)).sorted().map { Change(mid: $0, wanted: nil) } + placed
    }

    // MARK: What the client is told

    /// How many tracks are on no slot.
    var unassignedCount: Int { waiting.count + undecodable.count }

    /// Whether the mapping may have changed since the last call.
    mutating func takeNews() -> Bool {
        defer { hasNews = false }
        return hasNews
    }

    /// The mapping as the client is told, with at most so many of the tracks that are on no slot.
    func mapping(version: Int, listing limit: Int = SlotMapping.longestList) -> SlotMapping {
        let reasons: [TrackKind: UnassignedReason] = [
            .audio: isAtLimit(.audio) ? .slotLimit : .noFreeSlot,
            .video: isAtLimit(.video) ? .slotLimit : .noFreeSlot,
        ]
        let isAtCameraLimit = self.isAtCameraLimit
        func entry(_ track: Wanted, _ reason: UnassignedReason) -> SlotMapping.Unassigned {
            .init(participant: track.participant, track: track.track, source: track.source, reason: reason)
        }
        let listed = waiting.prefix(limit).map { track in
            let isLeftOut = isAtCameraLimit && track.source == .camera
            return entry(track, isLeftOut ? .lastN : reasons[track.source.kind] ?? .noFreeSlot)
        }
        return SlotMapping(
            version: version,
            assigned: slots.compactMap { slot in
                slot.occupant.map {
                    .init(mid: slot.mid, participant: $0.participant, track: $0.track, source: $0.source)
                }
            },
            unassigned: listed
                + undecodable.prefix(limit - listed.count).map { entry($0, .codecNotSupported) },
            unassignedCount: unassignedCount)
    }

    private func isAtLimit(_ kind: TrackKind) -> Bool {
        slots.count { $0.kind == kind } >= limits[kind] ?? 0
    }

    /// How many cameras are on slots.
    var cameraCount: Int { slots.count { $0.occupant?.source == .camera } }

    /// Whether there are as many cameras on slots as the participant wants.
    var isAtCameraLimit: Bool { cameraLimit.map { cameraCount >= $0 } ?? false }

    /// Puts a track that waits onto a free slot.
    mutating func occupy(_ index: Int, with track: Wanted) {
        slots[index].occupant = track
        slots[index].isSplit = false
        if let place = Self.index(of: track.publication, in: waiting) { waiting.remove(at: place) }
        hasNews = true
    }

    /// Empties a slot; gives its m-line.
    @discardableResult
    mutating func vacate(_ index: Int) -> String {
        slots[index].occupant = nil
        slots[index].isSplit = false
        hasNews = true
        return slots[index].mid
    }
}

// MARK: - Placing

extension SlotTable {
    /// Gives free slots to these of the waiting tracks, the longest waiting first.
    @discardableResult
    mutating func place(_ candidates: [Wanted]) -> [Change] {
        guard !candidates.isEmpty, slots.contains(where: { $0.occupant == nil }) else { return [] }
        var free = FreeSlots(slots)
        var changes: [Change] = []
        var placed: Set<PublicationID> = []
        var camerasLeft = cameraLimit.map { $0 - cameraCount } ?? .max

        /// Whether a track is one camera more than the participant wants.
        func isTooMuch(_ track: Wanted) -> Bool { track.source == .camera && camerasLeft <= 0 }

        func occupy(_ index: Int, _ track: Wanted, isSplit: Bool) {
            slots[index].occupant = track
            slots[index].isSplit = isSplit
            free.take(index, for: track.unit, isSplit: isSplit)
            placed.insert(track.publication)
            if track.source == .camera { camerasLeft -= 1 }
            changes.append(Change(mid: slots[index].mid, wanted: track))
        }

        var candidates = candidates
        if !unplaceable.isEmpty { candidates.removeAll { unplaceable.contains($0.publication) } }
        // The free half of a unit's own pair is nobody else's, so it is not queued for.
        for track in candidates {
            guard free.hasHalves else { break }
            if isTooMuch(track) { continue }
            if let index = free.half(of: track.unit, track.source.kind) {
                occupy(index, track, isSplit: false)
            }
        }
        let isAtLimit: [TrackKind: Bool] = [.audio: isAtLimit(.audio), .video: isAtLimit(.video)]
        for track in candidates {
            guard free.has(.audio) || free.has(.video) else { break }
            let kind = track.source.kind
            guard free.has(kind), !placed.contains(track.publication), !isTooMuch(track) else { continue }
            if let index = free.half(of: track.unit, kind) {
                occupy(index, track, isSplit: false)
            } else if !free.hasHome(track.unit),
                let index = free.inFreePair(kind, for: { kindsNeeded(by: track.unit) })
            {
                occupy(index, track, isSplit: false)
            } else if isAtLimit[kind] == true, let index = free.anywhere(kind) {
                occupy(index, track, isSplit: true)
            }
        }
        if !placed.isEmpty {
            for publication in placed {
                if let index = Self.index(of: publication, in: waiting) { waiting.remove(at: index) }
            }
            hasNews = true
        }
        return changes
    }

    /// What kinds of media a unit consists of, as far as it is not on a pair of its own.
    private func kindsNeeded(by unit: Unit) -> Set<TrackKind> {
        var kinds: Set<TrackKind> = []
        for track in waiting where track.unit == unit { kinds.insert(track.source.kind) }
        for track in undecodable where track.unit == unit { kinds.insert(track.source.kind) }
        for slot in slots {
            if let occupant = slot.occupant, occupant.unit == unit { kinds.insert(slot.kind) }
        }
        return kinds
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

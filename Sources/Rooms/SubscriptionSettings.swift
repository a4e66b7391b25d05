import Engine

/// What a participant does with the tracks that it receives, as its client says.
struct SubscriptionSettings: Equatable, Sendable {
    /// What it does with one track.
    struct Track: Equatable, Sendable {
        var isVisible = true
        /// The shorter side of the picture it is shown in, in pixels; `nil` is any size.
        var maximumHeight: Int?
        var isPaused = false
    }

    /// By track; a track that is not named is shown in any size.
    var tracks: [String: Track] = [:]
    /// Participants in the large picture, the most important first.
    var stage: [String] = []
    /// The most cameras it receives, those of who spoke last; `nil` for as many as it has slots.
    var lastN: Int?

    /// The most tracks that something is remembered of: more than there are slots.
    private static let longestMemory = 512

    /// Takes over what a message changes.
    mutating func apply(_ message: ClientMessage.SubscriptionSettings) {
        if let stage = message.stage { self.stage = stage }
        if let lastN = message.lastN { self.lastN = lastN.most }
        for entry in message.tracks {
            guard tracks[entry.id] != nil || tracks.count < Self.longestMemory else { continue }
            tracks[entry.id] = entry.settings
        }
    }

    /// Forgets the tracks that are not there any more.
    mutating func keep(_ isThere: (String) -> Bool) { tracks = tracks.filter { isThere($0.key) } }

    /// The wish for what is on a slot.
    ///
    /// - Parameter speakers: Who has spoken lately, the last one first.
    func wish(for track: SlotTable.Wanted, speakers: [String]) -> SlotWish {
        let settings = tracks[track.track] ?? Track()
        var wish = SlotWish(
            content: track.source == .screen ? .screen : .camera, isVisible: settings.isVisible,
            maximumHeight: settings.maximumHeight, isPaused: settings.isPaused)
        if let place = stage.firstIndex(of: track.participant) {
            wish.standing = .onStage
            wish.order = place
        } else if let place = speakers.firstIndex(of: track.participant) {
            wish.standing = .speaker
            wish.order = place
        }
        return wish
    }
}

extension Participant {
    /// What the media plane has to be told of the slots' wishes since the last call.
    func takeNewWishes(speakers: [String]) -> [String: SlotWish] {
        var told: [String: ToldWish] = [:]
        var news: [String: SlotWish] = [:]
        for slot in slots.slots {
            guard let occupant = slot.occupant else { continue }
            let wish = settings.wish(for: occupant, speakers: speakers)
            let known = toldWishes[slot.mid].flatMap { $0.publication == occupant.publication ? $0.wish : nil }
            // What has just come onto a slot has the default already.
            if wish != known ?? SlotWish() { news[slot.mid] = wish }
            told[slot.mid] = ToldWish(publication: occupant.publication, wish: wish)
        }
        toldWishes = told
        return news
    }
}

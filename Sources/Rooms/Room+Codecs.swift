import Engine

/// Tracks whose format somebody cannot decode: a publisher may change it at any time.
extension Room {
    /// What the media plane has reported since the last look.
    struct CodecNews {
        /// What came to be on slots in a format that their receivers cannot decode, by participant.
        var undecodable: [String: [(mid: String, publication: PublicationID)]] = [:]
        /// What is sent in another format than before, or has only now shown in which.
        var changed: Set<PublicationID> = []

        var isEmpty: Bool { undecodable.isEmpty && changed.isEmpty }
    }

    /// Empties the slots whose receivers cannot decode any more what is on them, tries again what may have become decodable,
    /// and tells everybody whom that concerns.
    func followCodecs() async {
        if !codecNews.isEmpty {
            await exclusively {
                let news = self.codecNews
                self.codecNews = CodecNews()
                await self.updateSlots { self.follow(news, for: $0) }
            }
        }
        tellUndecodable()
    }

    private func follow(_ news: CodecNews, for participant: Participant) -> [SlotTable.Change] {
        var changes: [SlotTable.Change] = []
        for (mid, publication) in news.undecodable[participant.id] ?? [] {
            changes += participant.slots.refuse(publication, onSlot: mid, isUndecodable: true)
        }
        changes += participant.slots.retry(news.changed)
        if !changes.isEmpty { followedSpeakers = nil }
        return changes
    }

    /// Tells publishers who cannot decode their tracks, where that is news.
    private func tellUndecodable() {
        guard members.contains(where: { !$0.slots.undecodable.isEmpty || !$0.toldUndecodable.isEmpty }) else { return }
        var lacking: [PublicationID: [String]] = [:]
        for participant in members {
            for track in participant.slots.undecodable {
                lacking[track.publication, default: []].append(participant.id)
            }
        }
        for publisher in members {
            for track in publisher.tracks {
                let participants = lacking[track.publication] ?? []
                guard participants != publisher.toldUndecodable[track.publication] ?? [] else { continue }
                // That there is nobody any more is kept, too: who is away at that moment has to be told when it is back.
                publisher.toldUndecodable[track.publication] = participants
                send(.trackUndecodable(track, participants: participants), to: publisher)
            }
            let published = Set(publisher.tracks.map(\.publication))
            publisher.toldUndecodable = publisher.toldUndecodable.filter { published.contains($0.key) }
        }
    }
}

import Engine

/// What participants do with what they receive, and what the media plane does about it.
extension Room {
    /// So many who spoke last count as speakers.
    private static let speakerMemory = 3

    /// Takes a participant's settings, and sends the reply.
    func setSubscriptions(
        _ message: ClientMessage.SubscriptionSettings, by id: String, over outlet: SignalingOutlet,
        request: RequestID
    ) async {
        await exclusively {
            do throws(SignalingError) {
                let participant = try self.member(id, over: outlet)
                let tracks = Set(self.published.lazy.map(\.track))
                participant.settings.keep(tracks.contains)
                participant.settings.apply(message)
                await self.followSettings(of: participant)
                await self.tellWishes(of: participant)
                self.send(.ok(id: request), to: participant)
                if participant.refreshMapping() { self.send(.slots(participant.mapping), to: participant) }
            } catch {
                _ = outlet.send(.error(id: request, error))
            }
        }
    }

    /// Tells the media plane what has changed in what a participant does with its slots.
    func tellWishes(of participant: Participant) async { await tellWishes(of: [participant]) }

    /// The same for several participants at once.
    func tellWishes(of participants: [Participant]) async {
        var news: [PeerID: [String: SlotWish]] = [:]
        for participant in participants {
            guard let peer = participant.peer?.id else { continue }
            let wishes = participant.takeNewWishes(speakers: recentSpeakers)
            if !wishes.isEmpty { news[peer] = wishes }
        }
        if !news.isEmpty { await plane.setWishes(news) }
    }

    /// Follows the floor: who speaks is served before the rest.
    func followSpeaker() async {
        guard let active = speakers.active, active != recentSpeakers.first else { return }
        recentSpeakers.removeAll { $0 == active || participants[$0] == nil }
        recentSpeakers.insert(active, at: 0)
        recentSpeakers = Array(recentSpeakers.prefix(Self.speakerMemory))
        await exclusively { await self.tellWishes(of: self.members) }
    }

    // MARK: What the media plane reports

    /// The server withholds something from a participant, or sends it again.
    func noteWithholding(
        _ reason: WithholdingReason?, of publication: PublicationID, onSlot mid: String, for participant: Participant
    ) {
        // What has been taken from the slot meanwhile is not withheld.
        guard let track = participant.occupant(of: mid, publication) else { return }
        participant.withheld[mid] = reason.map { WithheldTrack(publication: publication, reason: $0) }
        if let reason {
            send(.trackPaused(track, mid: mid, reason: reason), to: participant)
        } else {
            send(.trackResumed(track, mid: mid), to: participant)
        }
    }

    /// Nobody would show some layers of what a participant publishes, or somebody would again.
    func noteNeeded(_ layers: NeededLayers, of publication: PublicationID, by participant: Participant) {
        guard let track = participant.tracks.first(where: { $0.publication == publication }) else { return }
        participant.neededLayers[publication] = layers
        send(.publisherLayers(track, layers), to: participant)
    }

    /// Tells a participant that is back what holds now.
    func repeatAllocations(to participant: Participant) {
        for (mid, withheld) in participant.withheld.sorted(by: { $0.key < $1.key }) {
            guard let track = participant.occupant(of: mid, withheld.publication) else { continue }
            send(.trackPaused(track, mid: mid, reason: withheld.reason), to: participant)
        }
        for track in participant.tracks {
            if let layers = participant.neededLayers[track.publication] {
                send(.publisherLayers(track, layers), to: participant)
            }
            if let others = participant.toldUndecodable[track.publication] {
                send(.trackUndecodable(track, participants: others), to: participant)
            }
        }
    }
}

extension Participant {
    /// What is on a slot, if it is this publication.
    fileprivate func occupant(of mid: String, _ publication: PublicationID) -> SlotTable.Wanted? {
        slots.slots.first { $0.mid == mid }?.occupant.flatMap { $0.publication == publication ? $0 : nil }
    }
}

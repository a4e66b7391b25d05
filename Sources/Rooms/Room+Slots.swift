import Engine
import Negotiation

/// Who receives what, and where.
extension Room {
    /// Brings everybody's slots up to what is published now, and tells those for whom that changed something.
    ///
    /// What has changed is worked out once for all; somebody whose slots are full, and who had none of what
    /// went, costs next to nothing. Within `exclusively` only: between the question and the media plane's
    /// answer nobody else may move anything.
    func reassignSlots() async {
        let present = publishedTracks()
        let changes = PublishedChanges(from: published, to: present)
        guard !changes.isEmpty else { return }
        published = present
        followedSpeakers = nil
        await updateSlots { $0.slots.apply(changes.without($0.id)) }
    }

    /// Members whose slots are brought up to something together: so many that a large room does not ask the media plane
    /// for each of them, so few that nobody waits long for being told.
    private static let membersAtOnce = 128

    /// Changes slots of many members, in the media plane too, and tells those who see something else by it. Within
    /// `exclusively` only.
    ///
    /// - Parameter change: What is to be changed for a member; `nil` for one whom it does not concern.
    func updateSlots(_ change: (Participant) -> [SlotTable.Change]?) async {
        let everybody = members
        for start in stride(from: 0, to: everybody.count, by: Self.membersAtOnce) {
            var concerned: [Participant] = []
            var moves: [SlotMove] = []
            for participant in everybody[start..<min(start + Self.membersAtOnce, everybody.count)] {
                // The room may have been ended while the media plane was asked for others.
                guard let peer = participant.peer?.id, isMember(participant), let changes = change(participant)
                else { continue }
                concerned.append(participant)
                moves += changes.map { SlotMove(change: $0, participant: participant, peer: peer) }
            }
            await carryOut(moves)
            await tellWishes(of: concerned)
            for participant in concerned where participant.refreshMapping() {
                send(.slots(participant.mapping), to: participant)
            }
        }
    }

    /// Brings one participant's slots up to what the others publish, in the media plane too.
    ///
    /// `leaving` is somebody who is about to be replaced, and has no claim on a slot any more.
    func assignSlots(of participant: Participant, ignoring leaving: Participant? = nil) async {
        guard let peer = participant.peer else { return }
        followedSpeakers = nil
        let wanted = published.filter { $0.participant != participant.id && $0.participant != leaving?.id }
        await carryOut(participant.slots.update(wanted: wanted), for: participant, at: peer.id)
        await tellWishes(of: participant)
    }

    /// Lets who has a claim have a slot: who speaks is heard and seen, whoever else there is.
    func followFloor() async {
        let floor = speakers.floor()
        // Nothing has changed that would change anything.
        guard floor.speaking != followedSpeakers else { return }
        followedSpeakers = floor.speaking
        func claims(of participant: Participant) -> SlotClaims {
            SlotClaims(stage: participant.settings.stage, floor: floor)
        }
        guard members.contains(where: { $0.peer != nil && $0.slots.hasClaimants(claims(of: $0)) }) else { return }
        await exclusively {
            await self.updateSlots { participant in
                let changes = participant.slots.follow(claims(of: participant))
                return changes.isEmpty ? nil : changes
            }
        }
    }

    /// Brings a participant's slots up to its settings: so many cameras, and those on stage. Within `exclusively` only.
    func followSettings(of participant: Participant) async {
        let claims = SlotClaims(stage: participant.settings.stage, floor: speakers.floor())
        var changes = participant.slots.limitCameras(to: participant.settings.lastN, claims)
        changes += participant.slots.follow(claims)
        guard let peer = participant.peer?.id else { return }
        await carryOut(changes, for: participant, at: peer)
    }

    /// Puts anew what is on slots whose formats a renegotiation has changed. A slot keeps the format that it was given
    /// with the assignment: under another payload type the client would throw the packets away.
    func renewSlots(of participant: Participant, at peer: PeerID, since former: [DownlinkSection]) async {
        let known = Dictionary(former.map { ($0.ssrc, $0) }) { first, _ in first }
        let changed = participant.peer?.session?.downlinks.filter { section in
            known[section.ssrc].map { $0.codecs != section.codecs || $0.rtxSSRC != section.rtxSSRC } ?? false
        }
        guard let changed, !changed.isEmpty else { return }
        followedSpeakers = nil
        // What is put on a slot anew begins with the default wish again.
        for section in changed {
            participant.toldWishes[section.mid] = nil
            // And is sent, until the media plane says otherwise: the client, to whom nothing has changed, would not know.
            guard let held = participant.withheld[section.mid] else { continue }
            noteWithholding(nil, of: held.publication, onSlot: section.mid, for: participant)
        }
        await carryOut(participant.slots.renewals(on: Set(changed.map(\.mid))), for: participant, at: peer)
        await tellWishes(of: participant)
    }

    /// Tells the media plane, and finds something else for what it does not take.
    func carryOut(
        _ changes: [SlotTable.Change], for participant: Participant, at peer: PeerID
    ) async {
        await carryOut(changes.map { SlotMove(change: $0, participant: participant, peer: peer) })
    }

    /// The same for several participants, who do not wait for each other.
    private func carryOut(_ moves: [SlotMove]) async {
        var moves = moves
        while !moves.isEmpty {
            // Of what comes onto a slot the media plane says anew whether it is withheld, and of what goes nothing more.
            for move in moves { move.participant.withheld[move.change.mid] = nil }
            let results = await plane.assign(
                moves.map {
                    SlotAssignment(
                        publication: $0.change.wanted?.publication, mid: $0.change.mid, receiver: $0.peer)
                })
            var further: [SlotMove] = []
            for (move, result) in zip(moves, results) {
                guard let wanted = move.change.wanted, result != .assigned else { continue }
                let changes = move.participant.slots.refuse(
                    wanted.publication, isUndecodable: result == .codecNotSupported)
                further += changes.map { SlotMove(change: $0, participant: move.participant, peer: move.peer) }
            }
            moves = further
        }
    }

    /// Everything that somebody publishes and others would see or hear, in the order in which it was published. A microphone
    /// that is muted keeps its place: the first word must not wait for one.
    private func publishedTracks() -> [SlotTable.Wanted] {
        var tracks: [SlotTable.Wanted] = []
        for sender in members {
            for track in sender.tracks where !(track.source == .camera && track.muted) {
                tracks.append(
                    SlotTable.Wanted(
                        track: track.id, publication: track.publication, participant: sender.id,
                        source: track.source, ordinal: track.ordinal))
            }
        }
        return tracks.sorted { $0.publication.rawValue < $1.publication.rawValue }
    }
}

/// What one participant's slot comes to carry.
private struct SlotMove {
    let change: SlotTable.Change
    let participant: Participant
    let peer: PeerID
}

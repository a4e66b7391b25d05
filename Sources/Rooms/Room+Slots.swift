import Engine

/// Who receives what, and where.
extension Room {
    /// Brings everybody's slots up to what is published now, and tells those for whom that changed something.
    ///
    /// Within `exclusively` only: between the question and the media plane's answer nobody else may move
    /// anything.
    func reassignSlots() async {
        for participant in members {
            await assignSlots(of: participant)
            if participant.refreshMapping() { send(.slots(participant.mapping), to: participant) }
        }
    }

    /// Brings one participant's slots up to what the others publish now, in the media plane too.
    ///
    /// `leaving` is somebody who is about to be replaced, and has no claim on a slot any more.
    func assignSlots(of participant: Participant, ignoring leaving: Participant? = nil) async {
        guard let peer = participant.peer else { return }
        let senders = members.filter { $0 !== participant && $0 !== leaving }
        var changes = participant.slots.update(wanted: Self.tracks(of: senders))[...]
        while let change = changes.popFirst() {
            let result = await plane.assign(change.wanted?.publication, toSlot: change.mid, of: peer.id)
            guard let wanted = change.wanted, result != .assigned else { continue }
            // The slot may have been given on already by an earlier refusal, so the queue is not replaced but
            // extended.
            changes += participant.slots.refuse(
                wanted.publication, isUndecodable: result == .codecNotSupported)
        }
    }

    /// Everything that somebody publishes, in the order in which it was published.
    private static func tracks(of senders: [Participant]) -> [SlotTable.Wanted] {
        var wanted: [SlotTable.Wanted] = []
        for sender in senders {
            for track in sender.tracks {
                wanted.append(
                    SlotTable.Wanted(
                        track: track.id, publication: track.publication, participant: sender.id,
                        source: track.source,
                        ordinal: track.ordinal))
            }
        }
        return wanted.sorted { $0.publication.rawValue < $1.publication.rawValue }
    }
}

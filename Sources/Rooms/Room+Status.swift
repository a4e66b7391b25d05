import Engine

/// The room as the status API shows it.
extension Room {
    /// The room without its participants.
    func summary() -> RoomSnapshot {
        RoomSnapshot(
            id: record.id, name: record.name, displayName: record.displayName, createdAt: record.createdAt,
            participantCount: members.count, participants: nil)
    }

    /// The room and everybody in it, with live figures.
    func snapshot() async -> RoomSnapshot {
        var result = summary()
        var participants: [ParticipantSnapshot] = []
        for id in members.map(\.id) {
            if let participant = await snapshot(of: id) { participants.append(participant) }
        }
        result.participants = participants
        result.participantCount = participants.count
        return result
    }

    /// One participant with live figures; `nil` when there is no such participant.
    func snapshot(of id: String) async -> ParticipantSnapshot? {
        guard let peer = participants[id].map({ $0.peer?.id }) else { return nil }
        var statistics: PeerStatistics?
        if let peer { statistics = await plane.statistics(of: peer) }
        // It may have left while the media plane was asked.
        guard let participant = participants[id] else { return nil }
        return ParticipantSnapshot(
            participant, media: statistics.map { MediaSnapshot($0, tracks: trackNames()) })
    }

    /// Tracks by their number in the media plane, for everybody's figures.
    private func trackNames() -> [PublicationID: String] {
        var names: [PublicationID: String] = [:]
        for participant in members {
            for track in participant.tracks { names[track.publication] = track.id }
        }
        return names
    }

    /// How many participants there are, and how many of them are without a connection.
    func headcount() -> (participants: Int, reconnecting: Int) {
        (members.count, members.count { $0.outlet == nil })
    }
}

import Congestion
import Engine
import Wire

/// How good everybody's connection is.
extension Room {
    /// How often that is looked at: a fall is noticed soon enough, and each look asks a media worker.
    static let qualityInterval = Interval.seconds(2)
    /// A score that is so far from the one told last is news, though the level is the same.
    static let scoreStep = 0.5
    /// How often at most a score is told for itself: every second look, since one that rises does so by half a point a look.
    static let scoreInterval = Interval.seconds(4)

    /// Judges everybody's connection when it is time to, and tells everybody whose level is another one, or whose score is
    /// far from what is known of it.
    ///
    /// One look after the other: a tick that comes meanwhile finds that it is being done.
    func judgeQuality(at now: Timestamp) async {
        guard let due = qualityDue, due <= now else { return }
        qualityDue = nil
        let connected = members.compactMap { $0.peer?.isConnected == true ? $0.peer?.id : nil }
        let figures = await plane.linkStatistics(of: connected)
        // Some may have left, come, or begun anew, while the media plane was asked.
        for participant in members {
            guard let peer = participant.peer, peer.wasConnected else { continue }
            judge(participant, isConnected: peer.isConnected, figures[peer.id], at: clock.now())
        }
        qualityDue = clock.now() + Self.qualityInterval
    }

    private func judge(
        _ participant: Participant, isConnected: Bool, _ figures: PeerStatistics?, at now: Timestamp
    ) {
        var facts = ConnectionFacts()
        if isConnected {
            guard let figures else { return }
            let withheld = participant.withheld.values.count { $0.reason == .bandwidth }
            let measured = participant.qualityMeter.measure(
                figures, tracks: participant.measuredTracks, withheld: withheld, at: now)
            guard let measured else { return }
            facts = measured
        } else {
            // What comes when the transport is back is not to be compared with what came before.
            participant.qualityMeter = QualityMeter()
            facts.isConnected = false
        }
        var quality = participant.quality ?? ConnectionQuality()
        let isOtherLevel = quality.update(facts, at: now)
        participant.quality = quality
        guard isOtherLevel || participant.isScoreNews(at: now) else { return }
        participant.toldScore = (quality.score, now)
        broadcast(.connectionQuality(participant: participant.id, quality), about: participant)
    }
}

extension Participant {
    /// Whether the score has moved far from the one that others were told, and they were not told just now.
    fileprivate func isScoreNews(at now: Timestamp) -> Bool {
        guard let quality, now - toldScore.at >= Room.scoreInterval else { return false }
        return abs(quality.score - toldScore.score) >= Room.scoreStep
    }

    /// What is published, as far as its packets tell of the connection.
    fileprivate var measuredTracks: [PublicationID: QualityMeter.Track] {
        var result: [PublicationID: QualityMeter.Track] = [:]
        for track in tracks {
            var needed = track.madeRIDs
            var spatialLayers: Int?
            switch neededLayers[track.publication] {
            case .encodings(let rids): needed = needed.map { made in rids.filter(made.contains) } ?? rids
            case .spatial(let count): spatialLayers = count
            case nil: break
            }
            let isScreen = track.source == .screen || track.source == .screenAudio
            let isUnneeded = needed?.isEmpty == true || spatialLayers == 0
            result[track.publication] = QualityMeter.Track(
                kind: track.source.kind,
                isExpected: track.isFlowing && !track.muted && !isScreen && !isUnneeded,
                needed: needed, spatialLayers: spatialLayers)
        }
        return result
    }
}

import Engine
import Logging
import Wire

/// What the media plane reports.
extension Room {
    /// Takes note of an event. Never waits.
    func handle(_ event: MediaEvent) {
        guard let id = peers[event.peer], let participant = participants[id] else {
            awaited[event.peer]?.append(event)
            return
        }
        switch event.kind {
        case .transport(let ice, let dtls, let selected):
            let before = participant.state
            let wasConnected = participant.peer?.isConnected ?? false
            guard participant.peer?.update(ice: ice, dtls: dtls) == true else { return }
            noteConnection(of: participant)
            send(.mediaState(ice: ice.name, dtls: dtls.rawValue), to: participant)
            noteTransport(of: participant, wasConnected: wasConnected, selected: selected)
            tellState(of: participant, before: before)
        case .failed(let sentence):
            noteFailure(of: participant, sentence)
        case .publicationStarted(let publication):
            guard let index = participant.tracks.firstIndex(where: { $0.publication == publication }) else {
                return
            }
            participant.tracks[index].isFlowing = true
            codecNews.changed.insert(publication)
            log.info(
                "first media",
                metadata: ["session": "\(id)", "source": "\(participant.tracks[index].source.rawValue)"])
        case .audioLevel(let level, let speaking):
            // What was measured before the microphone was muted may come after that.
            guard participant.isAudible else { return }
            let now = clock.now()
            speakers.report(id, level: level, isSpeaking: speaking, at: now)
            if let update = speakers.update(at: now) { broadcast(.speakers(update)) }
        case .withholding(let mid, let publication, let reason):
            noteWithholding(reason, of: publication, onSlot: mid, for: participant)
        case .layersNeeded(let publication, let layers):
            noteNeeded(layers, of: publication, by: participant)
        case .undecodable(let mid, let publication):
            codecNews.undecodable[id, default: []].append((mid, publication))
        case .codecChanged(let publication):
            codecNews.changed.insert(publication)
        }
    }

    /// The transport is beyond repair; from now on there is the grace to restart it.
    private func noteFailure(of participant: Participant, _ sentence: String) {
        let before = participant.state
        participant.connectDeadline = nil
        participant.mediaFailure = sentence
        participant.mediaDeadline = clock.now() + configuration.mediaFailureGrace
        recorder.sessionUpdated(participant.id, .disconnected(reason: sentence), at: clock.wallTime())
        log.notice("media failed", metadata: ["session": "\(participant.id)", "reason": "\(sentence)"])
        tellState(of: participant, before: before)
    }

    /// The client has begun another transport in place of the one before (`NegotiatedSession.replacesTransport`): that
    /// one, too, has to come up within the grace.
    func noteReplacedTransport(of participant: Participant) {
        participant.connectDeadline = clock.now() + configuration.mediaConnectGrace
        log.notice("transport replaced by the client", metadata: ["session": "\(participant.id)"])
    }

    /// Who is not up within the grace has failed, whatever the media plane thinks.
    func noteUnconnected(at now: Timestamp) {
        for participant in members where participant.outlet != nil {
            guard let deadline = participant.connectDeadline, deadline <= now else { continue }
            // Not every client gives its transport up where it might.
            guard participant.peer?.isConnected != true else {
                participant.connectDeadline = nil
                continue
            }
            noteFailure(
                of: participant,
                "The media transport was not up within \(configuration.mediaConnectGrace.wholeSeconds) "
                    + "seconds.")
        }
    }

    private func noteConnection(of participant: Participant) {
        guard participant.peer?.isConnected == true else { return }
        participant.handshakeClaim = nil
        participant.connectDeadline = nil
    }

    private func noteTransport(of participant: Participant, wasConnected: Bool, selected: SocketAddress?) {
        let isConnected = participant.peer?.isConnected ?? false
        guard isConnected != wasConnected else { return }
        let update: SessionUpdate
        if isConnected {
            participant.mediaDeadline = nil
            participant.mediaFailure = nil
            update = .connected(address: selected?.description)
            log.info("media connected", metadata: ["session": "\(participant.id)"])
        } else {
            update = .disconnected(reason: "the media transport is interrupted")
            // Nothing more is reported until it is back, so it would be shown as speaking for ever.
            speakers.silence(participant.id, at: clock.now())
            log.info("media interrupted", metadata: ["session": "\(participant.id)"])
        }
        recorder.sessionUpdated(participant.id, update, at: clock.wallTime())
    }

    /// Tells the others if a participant's state is another one than before.
    func tellState(of participant: Participant, before: ParticipantState) {
        guard participant.state != before else { return }
        broadcastView(of: participant)
    }
}

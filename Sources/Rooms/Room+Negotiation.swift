import Engine
import Negotiation
import RTP
import Wire

/// Offers, and what they publish.
extension Room {
    /// Answers an offer of a participant that is in the room, and sends the reply.
    func offer(
        _ offer: ClientMessage.Offer, from id: String, over outlet: SignalingOutlet, request: RequestID
    ) async {
        await exclusively {
            do throws(SignalingError) {
                try await self.renegotiate(offer, from: id, over: outlet, request: request)
            } catch {
                _ = outlet.send(.error(id: request, error))
            }
        }
    }

    private func renegotiate(
        _ offer: ClientMessage.Offer, from id: String, over outlet: SignalingOutlet, request: RequestID
    ) async throws(SignalingError) {
        let participant = try member(id, over: outlet)
        let before = participant.view()
        let answer = try await negotiate(offer, for: participant)
        await assignSlots(of: participant)
        _ = participant.refreshMapping()
        guard isMember(participant) else {
            if let peer = participant.peer { await plane.removePeer(peer.id) }
            throw SignalingError(.notJoined, "You are not in a room any more; join again.")
        }
        if let peer = participant.peer { peers[peer.id] = id }
        send(
            .answer(id: request, answer, slots: participant.mapping, tracks: participant.tracks),
            to: participant)
        guard participant.tracks != before.tracks || participant.state != before.state else { return }
        if !participant.isAudible { speakers.silence(id, at: clock.now()) }
        broadcastView(of: participant)
        await reassignSlots()
    }

    /// Answers an offer and puts it into force in the media plane. After an error everything is as it was.
    func negotiate(
        _ offer: ClientMessage.Offer, for participant: Participant, replacing former: Participant? = nil
    ) async throws(SignalingError) -> ServerMessage.Answer {
        try checkTracks(offer)
        guard var peer = participant.peer else {
            return try await negotiateFirst(offer, for: participant, replacing: former)
        }
        return try await negotiate(offer, for: participant, on: &peer)
    }

    /// The first offer makes the peer connection.
    private func negotiateFirst(
        _ offer: ClientMessage.Offer, for participant: Participant, replacing former: Participant?
    ) async throws(SignalingError) -> ServerMessage.Answer {
        try claimHandshake(for: participant, replacing: former)
        var placed: PeerID?
        do throws(SignalingError) {
            var peer = try await makePeer()
            placed = peer.id
            let answer = try await negotiate(offer, for: participant, on: &peer)
            participant.connectDeadline = clock.now() + configuration.mediaConnectGrace
            return answer
        } catch {
            participant.handshakeClaim = nil
            if let placed { await plane.removePeer(placed) }
            throw error
        }
    }

    private func negotiate(
        _ offer: ClientMessage.Offer, for participant: Participant, on peer: inout PeerConnection
    ) async throws(SignalingError) -> ServerMessage.Answer {
        let former = peer.session?.downlinks ?? []
        // From reading the participant to setting it nothing waits, and after that nothing fails.
        let (answer, session) = try peer.answer(offer)
        let tracks = try publish(offer.tracks, in: session, instead: participant.tracks)
        if isMember(participant) { recordChanges(from: participant.tracks, to: tracks, by: participant) }
        participant.peer = peer
        participant.tracks = tracks
        participant.slots.setSections(session.downlinks)
        if session.iceRestarted, participant.mediaDeadline != nil {
            participant.mediaDeadline = clock.now() + configuration.mediaFailureGrace
        }
        if session.replacesTransport { noteReplacedTransport(of: participant) }
        let publications = Dictionary(tracks.map { ($0.mid, $0.publication) }) { first, _ in first }
        let screens = Set(tracks.filter { $0.source == .screenAudio }.map(\.publication))
        await plane.apply(
            PeerConfiguration(
                session: session, localCredentials: session.localICE, publications: publications,
                alwaysHeard: screens, name: participant.id),
            to: peer.id)
        await renewSlots(of: participant, at: peer.id, since: former)
        return answer
    }

    private func makePeer() async throws(SignalingError) -> PeerConnection {
        let id = PeerID(nextIdentifier())
        do throws(MediaPlaneError) {
            let placement = try await plane.addPeer(id, in: key)
            return PeerConnection(id: id, placement: placement, configuration: configuration)
        } catch {
            switch error {
            case .overloaded:
                throw SignalingError(
                    .serverOverloaded, "The server has as many participants as it can carry. Try again later."
                )
            case .stopped:
                throw SignalingError(.draining, "The server is being stopped. Try again in a moment.")
            }
        }
    }

    private func checkTracks(_ offer: ClientMessage.Offer) throws(SignalingError) {
        let limit = configuration.maxTracksPerParticipant
        guard let count = offer.tracks?.count, count > limit else { return }
        throw SignalingError(.tooManyTracks, "You announce \(count) tracks; the limit is \(limit).")
    }

    /// The tracks that are published from now on. What was published on the same m-line from the same source
    /// goes on.
    private func publish(
        _ announced: [ClientMessage.AnnouncedTrack]?, in session: NegotiatedSession,
        instead former: [PublishedTrack]
    ) throws(SignalingError) -> [PublishedTrack] {
        let uplinks = Dictionary(session.uplinks.map { ($0.mid, $0) }) { first, _ in first }
        guard let announced else { return former.filter { uplinks[$0.mid] != nil } }
        let kept = former.filter { known in
            announced.contains { $0.mid == known.mid && $0.source == known.source }
        }
        var tracks: [PublishedTrack] = []
        for track in announced {
            guard let uplink = uplinks[track.mid] else {
                // Refused in the answer: the client sees that there. Anything else is a mistake of the
                // client's.
                if session.refusesUplink(track.mid) { continue }
                throw SignalingError(
                    .badOffer,
                    "The track on m-line \"\(track.mid.prefix(16))\" is announced, but the offer does not "
                        + "send on it."
                )
            }
            guard TrackKind(uplink.kind) == track.source.kind else {
                throw SignalingError(
                    .badOffer,
                    "The m-line \"\(track.mid)\" is \(TrackKind(uplink.kind).rawValue), so its track "
                        + "cannot be a \(track.source.rawValue).")
            }
            if var known = kept.first(where: { $0.mid == track.mid && $0.source == track.source }) {
                known.muted = track.muted
                tracks.append(known)
            } else {
                tracks.append(makeTrack(track, besides: tracks + kept))
            }
        }
        return tracks
    }

    private func makeTrack(_ announced: ClientMessage.AnnouncedTrack, besides others: [PublishedTrack])
        -> PublishedTrack
    {
        let taken = Set(others.lazy.filter { $0.source == announced.source }.map(\.ordinal))
        let ordinal = (0...others.count).first { !taken.contains($0) } ?? others.count
        var generator = SystemRandomNumberGenerator()
        return PublishedTrack(
            id: RandomText.track(using: &generator), publication: PublicationID(nextIdentifier()),
            mid: announced.mid,
            source: announced.source, ordinal: ordinal, muted: announced.muted)
    }

    func recordStart(of track: PublishedTrack, by participant: Participant) {
        recorder.trackStarted(
            TrackRecord(
                id: track.id, sessionID: participant.id, source: track.source, mid: track.mid,
                startedAt: clock.wallTime()))
    }

    private func recordChanges(
        from former: [PublishedTrack], to tracks: [PublishedTrack], by participant: Participant
    ) {
        let kept = Set(tracks.map(\.id))
        let known = Set(former.map(\.id))
        for track in former where !kept.contains(track.id) {
            recorder.trackEnded(track.id, at: clock.wallTime())
        }
        for track in tracks where !known.contains(track.id) { recordStart(of: track, by: participant) }
    }

    /// Mutes or unmutes a track, and sends the reply.
    ///
    /// A camera that is off has no place among those that others receive: where there are fewer slots, somebody else's is seen.
    func setMuted(
        _ change: ClientMessage.SetMuted, by id: String, over outlet: SignalingOutlet, request: RequestID
    ) async {
        do throws(SignalingError) {
            let participant = try member(id, over: outlet)
            let index = participant.tracks.firstIndex { track in
                switch change.track {
                case .id(let id): track.id == id
                case .mid(let mid): track.mid == mid
                }
            }
            guard let index else {
                throw SignalingError(
                    .noSuchTrack, "You publish no such track; tracks are announced with an offer.")
            }
            send(.ok(id: request), to: participant)
            if let rids = change.rids { participant.tracks[index].madeRIDs = Array(rids.prefix(8)) }
            guard participant.tracks[index].muted != change.muted else { return }
            participant.tracks[index].muted = change.muted
            if !participant.isAudible { speakers.silence(id, at: clock.now()) }
            broadcastView(of: participant)
            if participant.tracks[index].source == .camera { await exclusively { await self.reassignSlots() } }
        } catch {
            _ = outlet.send(.error(id: request, error))
        }
    }
}

extension NegotiatedSession {
    /// Whether what the client would send on a section was refused.
    fileprivate func refusesUplink(_ mid: String) -> Bool {
        refused.contains { $0.mid == mid && ($0.part == .section || $0.part == .uplink) }
    }
}

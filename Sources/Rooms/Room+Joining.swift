import Engine
import Logging
import Wire

/// Joining, negotiating, leaving: what changes who and what is in the room.
extension Room {
    /// Takes somebody in, and sends the reply.
    ///
    /// What asks the media plane for the newcomer alone is done while others do the same: a worker with many receivers
    /// answers between two of its turns, and those who come at once would wait for each other's turns. Only entering is one
    /// after the other, and for that the media plane is asked again only if what is published has changed meanwhile.
    func join(_ request: JoinRequest) async -> JoinOutcome {
        // Who replaces somebody goes by what that one has claimed, so nothing may happen to it in between.
        if member(identifiedBy: request.identity) != nil {
            return await exclusively {
                guard !self.isEnded else { return .roomIsGone }
                switch await self.prepare(request) {
                case .failure(let error): return .refused(error)
                case .success(let arrival): return await self.admit(arrival, request)
                }
            }
        }
        guard !isEnded else { return .roomIsGone }
        arrivals += 1
        defer { arrivals -= 1 }
        switch await prepare(request) {
        case .failure(let error): return .refused(error)
        case .success(let arrival): return await exclusively { await self.admit(arrival, request) }
        }
    }

    /// Makes a participant who may come in, with its peer connection, its answer and its slots.
    private func prepare(_ request: JoinRequest) async -> Result<Arrival, SignalingError> {
        let former = member(identifiedBy: request.identity)
        var generator = SystemRandomNumberGenerator()
        let participant = Participant(
            id: RandomText.participant(using: &generator), request: request, joinedAt: clock.wallTime(),
            secret: RandomText.secret(using: &generator), configuration: configuration)
        var answer: ServerMessage.Answer?
        do throws(SignalingError) {
            try checkCapacity(replacing: former)
            try claimSession(for: participant, replacing: former)
            if let offer = request.offer {
                answer = try await negotiate(offer, for: participant, replacing: former)
            }
        } catch {
            return .failure(error)
        }
        if let peer = participant.peer { awaited[peer.id] = [] }
        let arrival = Arrival(
            participant: participant, answer: answer, former: former, publishedVersion: publishedVersion)
        await assignSlots(of: participant, ignoring: former)
        return .success(arrival)
    }

    /// Lets somebody in who has been prepared. Within `exclusively` only.
    private func admit(_ arrival: Arrival, _ request: JoinRequest) async -> JoinOutcome {
        let participant = arrival.participant
        let former = member(identifiedBy: request.identity)
        do throws(SignalingError) {
            try checkCapacity(replacing: former)
            await catchUp(arrival, replacing: former)
            _ = participant.refreshMapping()
            // The room, or the connection, may have ended while the media plane was asked.
            guard !isEnded, !request.outlet.isClosed else {
                throw SignalingError(.roomNotFound, "The room has ended; join again.")
            }
        } catch {
            if let peer = participant.peer {
                awaited[peer.id] = nil
                await plane.removePeer(peer.id)
            }
            return .refused(error)
        }
        await enter(participant, replacing: former, request: request, answer: arrival.answer)
        return .joined(participant: participant.id)
    }

    /// What has changed in the room since somebody was prepared, while it was told to members alone. The media plane is asked
    /// only where something has.
    private func catchUp(_ arrival: Arrival, replacing former: Participant?) async {
        let participant = arrival.participant
        if former !== arrival.former || publishedVersion != arrival.publishedVersion {
            await assignSlots(of: participant, ignoring: former)
        }
        guard let peer = participant.peer?.id else { return }
        // Who speaks is followed anew, with the newcomer.
        followedSpeakers = nil
        let again = participant.slots.retry(Set(participant.slots.undecodable.map(\.publication)))
        await carryOut(again, for: participant, at: peer)
        await tellWishes(of: participant)
    }

    /// The participant is in from here on: reply, the others, the record, everybody's slots.
    private func enter(
        _ participant: Participant, replacing former: Participant?, request: JoinRequest,
        answer: ServerMessage.Answer?
    ) async {
        if let former { inheritClaims(of: former, by: participant) }
        let departed = former.flatMap { remove($0, reason: .replaced, goodbye: .replaced) }
        let others = members.map(\.writtenView)
        insert(participant)
        if let peer = participant.peer { peers[peer.id] = participant.id }
        let state = roomState(for: participant, others: others)
        send(.joined(id: request.id, state, answer: answer), to: participant)
        broadcastView(of: participant, isJoin: true)
        recorder.sessionStarted(
            SessionRecord(
                id: participant.id, roomID: record.id, roomName: record.name, name: participant.name,
                identity: participant.identity, address: participant.client.address?.description,
                userAgent: participant.client.userAgent, startedAt: participant.joinedAt))
        for track in participant.tracks { recordStart(of: track, by: participant) }
        log.info(
            "joined",
            metadata: [
                "session": "\(participant.id)", "connection": "\(request.outlet.connection)",
                "address": "\(request.client.addressText)",
                "tracks": "\(participant.tracks.count)", "participants": "\(members.count)",
            ])
        if let peer = participant.peer { for event in awaited.removeValue(forKey: peer.id) ?? [] { handle(event) } }
        if let peer = departed?.peer { await plane.removePeer(peer.id) }
        await reassignSlots()
    }

    private func checkCapacity(replacing former: Participant?) throws(SignalingError) {
        let remaining = members.count - (former == nil ? 0 : 1)
        let limit = configuration.maxParticipantsPerRoom
        guard remaining < limit else {
            throw SignalingError(
                .roomFull, "The room is full: at most \(limit) can be in it. Try again when somebody has left.")
        }
    }

    private func member(identifiedBy identity: String?) -> Participant? {
        guard let identity else { return nil }
        return members.first { $0.identity == identity }
    }

    func roomState(for participant: Participant, others: [String]) -> ServerMessage.RoomState {
        let token = ResumeToken(
            room: key.rawValue, participant: participant.id, secret: participant.secrets.current)
        return ServerMessage.RoomState(
            room: record.name, roomName: record.displayName, me: participant.view(isOwn: true),
            others: others,
            slots: participant.mapping,
            iceServers: configuration.iceServers.servers(for: participant.id, at: clock.wallTime()),
            resumeToken: token.text, configuration: configuration)
    }

    /// Leaves at the participant's own wish, and sends the reply.
    func leave(_ id: String, over outlet: SignalingOutlet, request: RequestID) async {
        let silent: PeerID? = await exclusively {
            do throws(SignalingError) {
                let participant = try self.member(id, over: outlet)
                self.send(.ok(id: request), to: participant)
                guard participant.tracks.isEmpty else {
                    await self.end(participant, reason: .left, goodbye: nil)
                    return nil
                }
                return self.remove(participant, reason: .left, goodbye: nil)?.peer?.id
            } catch {
                _ = outlet.send(.error(id: request, error))
                return nil
            }
        }
        // Nobody received anything of it, so nobody has to wait until the media plane has let it go.
        if let silent { await plane.removePeer(silent) }
    }

    /// Ends a participant's stay: the others, the record, the media plane, everybody's slots. Within
    /// `exclusively` only.
    func end(
        _ participant: Participant, reason: SessionEndReason, goodbye: GoodbyeReason?, message: String? = nil
    ) async {
        guard let gone = remove(participant, reason: reason, goodbye: goodbye, message: message) else {
            return
        }
        if let peer = gone.peer { await plane.removePeer(peer.id) }
        await reassignSlots()
    }

    /// The part of an ending that needs no waiting. Returns the participant unless it was gone already.
    func remove(
        _ participant: Participant, reason: SessionEndReason, goodbye: GoodbyeReason?, message: String? = nil
    ) -> Participant? {
        guard take(participant.id) != nil else { return nil }
        let now = clock.wallTime()
        if let goodbye { participant.outlet?.close(goodbye, message: message) }
        participant.outlet = nil
        participant.sessionClaim = nil
        participant.handshakeClaim = nil
        for track in participant.tracks { recorder.trackEnded(track.id, at: now) }
        let detail = reason == .mediaFailed ? participant.mediaFailure : message
        recorder.sessionEnded(participant.id, reason: reason, detail: detail, at: now)
        log.info("left", metadata: ["session": "\(participant.id)", "reason": "\(reason.rawValue)"])
        broadcast(.userLeft(participant: participant.id, reason: reason), about: participant)
        return participant
    }
}

/// Somebody who is about to come in.
private struct Arrival {
    let participant: Participant
    let answer: ServerMessage.Answer?
    /// Whom it replaces, as its slots were assigned.
    let former: Participant?
    /// What was published then.
    let publishedVersion: UInt64
}

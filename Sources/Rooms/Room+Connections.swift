import Engine
import Logging
import Wire

/// Connections that are lost and found again, and who is sent away.
extension Room {
    /// A participant's connection is lost. It keeps its place and its media for the grace, and may resume.
    ///
    /// Does nothing when the participant has gone or is on another connection already.
    func disconnect(_ id: String, from outlet: SignalingOutlet, reason: String) {
        guard let participant = participants[id], participant.outlet === outlet else { return }
        let before = participant.state
        participant.outlet = nil
        participant.resumeDeadline = clock.now() + configuration.resumeGrace
        recorder.sessionUpdated(id, .disconnected(reason: reason), at: clock.wallTime())
        log.info(
            "connection lost",
            metadata: ["session": "\(id)", "connection": "\(outlet.connection)", "reason": "\(reason)"])
        tellState(of: participant, before: before)
    }

    /// A participant is back on a new connection: it gets the whole state. Throws where it has to join again.
    func resume(_ request: ResumeRequest) async throws(SignalingError) -> String {
        // Behind an offer that is still being answered: what became of it is known then.
        let result: Result<String, SignalingError> = await exclusively {
            do throws(SignalingError) {
                return .success(try self.takeBack(request))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func takeBack(_ request: ResumeRequest) throws(SignalingError) -> String {
        let (token, outlet) = (request.token, request.outlet)
        guard let participant = participants[token.participant], participant.secrets.accepts(token.secret)
        else {
            throw SignalingError.resumeFailed
        }
        // It may have gone while it waited; a newer connection of the same client is not closed for that.
        guard !outlet.isClosed else { throw SignalingError.resumeFailed }
        // The client noticed before the server did that the old connection is dead.
        participant.outlet?.close(.replaced)
        let before = participant.state
        var generator = SystemRandomNumberGenerator()
        participant.secrets.rotate(to: RandomText.secret(using: &generator), used: token.secret)
        participant.outlet = outlet
        participant.client = request.client
        moveClaims(of: participant)
        participant.resumeDeadline = nil
        if participant.connectDeadline != nil {
            participant.connectDeadline = clock.now() + configuration.mediaConnectGrace
        }
        if participant.mediaDeadline != nil {
            participant.mediaDeadline = clock.now() + configuration.mediaFailureGrace
        }
        let others = members.filter { $0 !== participant }.map(\.writtenView)
        // Only the answer to what the client waits for: any other is no news, or to an offer it has given up.
        let answer = participant.peer?.lastAnswer.flatMap {
            $0.offerID == request.unansweredOfferID ? $0 : nil
        }
        let state = roomState(for: participant, others: others)
        skipAnnouncements(participant)
        send(.resumed(id: request.id, state, answer: answer), to: participant)
        repeatAllocations(to: participant)
        recorder.sessionUpdated(
            participant.id, .resumed(address: request.client.address?.description), at: clock.wallTime())
        log.info("resumed", metadata: ["session": "\(participant.id)", "connection": "\(outlet.connection)"])
        tellState(of: participant, before: before)
        return participant.id
    }

    /// The participant was heard on its connection: it has its newest resume token.
    func confirmResume(_ id: String, over outlet: SignalingOutlet) {
        guard let participant = participants[id], participant.outlet === outlet else { return }
        participant.secrets.confirm()
    }

    /// Passes a message on to another member, untouched but for `from`, and sends the reply.
    func relay(
        _ relay: ClientMessage.Relay, from id: String, over outlet: SignalingOutlet, request: RequestID
    ) {
        do throws(SignalingError) {
            _ = try member(id, over: outlet)
            guard relay.target != id, let target = participants[relay.target] else {
                throw SignalingError(
                    .noSuchParticipant,
                    "There is no other member \"\(relay.target.prefix(32))\" in this room.")
            }
            catchUp(target)
            // What does not fit is the sender's problem: nobody gets another member cut off by writing to it.
            switch target.outlet?.relay(.relayed(relay.forwarded(from: id)), from: id) {
            case .sent: _ = outlet.send(.ok(id: request))
            case .senderIsOverShare: throw SignalingError.tooManyWaiting
            case .isFull, .isClosed, nil: throw SignalingError.unreachable
            }
        } catch {
            _ = outlet.send(.error(id: request, error))
        }
    }

    /// An operator sends somebody away. Returns whether it was there.
    func remove(_ id: String, message: String?) async -> Bool {
        await exclusively {
            guard let participant = self.participants[id] else { return false }
            await self.end(participant, reason: .removed, goodbye: .removed, message: message)
            return true
        }
    }

    /// Ends the room at once and for everybody, without waiting for operations under way.
    func terminate(reason: SessionEndReason, goodbye: GoodbyeReason, message: String?) async {
        let peers = members.compactMap { participant in
            remove(participant, reason: reason, goodbye: goodbye, message: message)?.peer?.id
        }
        markEnded()
        await plane.removePeers(peers)
    }

    /// Ends the stay of everybody whose grace is over, and tells who speaks.
    func tick(at now: Timestamp) async {
        if let update = speakers.update(at: now) { broadcast(.speakers(update)) }
        noteUnconnected(at: now)
        await judgeQuality(at: now)
        await followCodecs()
        await followFloor()
        await followSpeaker()
        guard !isExpiring, members.contains(where: { $0.isOverdue(at: now) }) else { return }
        isExpiring = true
        defer { isExpiring = false }
        await exclusively { await self.expire(at: now) }
    }

    /// Many may go at once, when what connected them broke: everybody's slots are looked at once for all of them.
    private func expire(at now: Timestamp) async {
        let gone = members.filter { $0.isOverdue(at: now) }.compactMap { participant in
            participant.outlet == nil
                ? remove(participant, reason: .connectionLost, goodbye: nil)
                : remove(participant, reason: .mediaFailed, goodbye: .mediaFailed)
        }
        await plane.removePeers(gone.compactMap(\.peer?.id))
        await reassignSlots()
    }
}

extension Participant {
    fileprivate func isOverdue(at now: Timestamp) -> Bool {
        if let resumeDeadline { return resumeDeadline <= now }
        // Without a connection it cannot restart ICE: the resume grace is the one that counts then.
        return mediaDeadline.map { $0 <= now } ?? false
    }
}

extension ClientMessage.Relay {
    /// The message as the other one gets it: `from` in the place of `target`, and no `id`.
    fileprivate func forwarded(from sender: String) -> JSONObject {
        var object = JSONObject()
        var isSigned = false
        for member in message.members {
            switch member.name {
            // A `from` of the sender's own would be a lie.
            case "id", "from": continue
            case "target":
                if !isSigned { object.append("from", .string(sender)) }
                isSigned = true
            default: object.append(member.name, member.value)
            }
        }
        return object
    }
}

extension SignalingError {
    /// The answer to a message for somebody who cannot take it now.
    fileprivate static let unreachable = SignalingError(
        .participantUnreachable, "That member cannot take messages at the moment. Try again in a few seconds."
    )

    /// The answer to a message for somebody who has not read those before it.
    fileprivate static let tooManyWaiting = SignalingError(
        .participantBusy,
        "Too many of your messages wait for that member to read them; this one was not passed on. Try again in "
            + "a few seconds.")

    /// The answer to every token that is not good any more; it does not tell which part of it was wrong.
    static let resumeFailed = SignalingError(
        .resumeFailed,
        "Nothing can be resumed with this token: it is unknown, or the grace is over. Join again.")
}

import Synchronization
import Wire

/// One connection of a client: takes its messages one after the other, and stands for it in a room.
///
/// A connection is not a participant: a participant outlives its connection by the resume grace, and a
/// connection can join a room, leave it, and join another.
public actor SignalingSession {
    /// The connection's identifier, for the logs.
    public nonisolated let id: String

    private let registry: RoomRegistry
    private let configuration: RoomsConfiguration
    private let clock: any ControlClock
    nonisolated let client: ClientInfo
    nonisolated let outlet: SignalingOutlet

    private var place: Place?
    private var rate: MessageRate
    private var refusedInARow = 0
    /// Read and written without waiting for the session: it may be busy with a message.
    private nonisolated let lastHeardAt: Mutex<Timestamp>
    private var isResumeConfirmed = true
    private var gate = SerialGate()

    /// Where the client is.
    private struct Place {
        var room: Room
        var participant: String
    }

    init(
        id: String, registry: RoomRegistry, sink: any SignalingSink, client: ClientInfo,
        configuration: RoomsConfiguration, clock: any ControlClock
    ) {
        self.id = id
        self.registry = registry
        self.configuration = configuration
        self.clock = clock
        self.client = client
        outlet = SignalingOutlet(connection: id, sink: sink)
        lastHeardAt = Mutex(clock.now())
        rate = MessageRate(
            perSecond: configuration.messagesPerSecond, burst: configuration.messageBurst, at: clock.now())
    }

    // MARK: What the edge calls

    /// Takes one message and returns when it has been dealt with.
    ///
    /// Await it before the next frame is read: that is what slows down a client that asks faster than it is
    /// served.
    public func receive(text: String) async {
        guard !outlet.isClosed else { return }
        noteActivity()
        guard text.utf8.count <= configuration.maxMessageBytes else {
            refuse(.messageTooLarge)
            return
        }
        guard admitByRate(text) else { return }
        if !gate.tryEnter() { await withCheckedContinuation { gate.enqueue($0) } }
        defer { gate.leave() }
        // Messages that waited behind the one that ended the connection come too late.
        guard !outlet.isClosed else { return }
        await process(text)
    }

    /// A ping or pong frame came: the client lives.
    public nonisolated func noteActivity() {
        let now = clock.now()
        lastHeardAt.withLock { $0 = now }
    }

    /// The connection is gone, whoever closed it. To be called at the end of every connection; further calls
    /// do nothing.
    public func connectionLost() async {
        outlet.abandon()
        if !gate.tryEnter() { await withCheckedContinuation { gate.enqueue($0) } }
        defer { gate.leave() }
        if let place {
            await place.room.disconnect(place.participant, from: outlet, reason: "the connection was lost")
        }
        place = nil
        await registry.forget(self)
    }

    /// The client sent a frame that is not passed on; it is told so, and the connection is closed.
    public func refuse(_ violation: FrameViolation) {
        let error =
            switch violation {
            case .messageTooLarge:
                SignalingError(
                    .messageTooLarge,
                    "A message has at most \(configuration.maxMessageBytes) bytes; this one has more.")
            case .notUTF8: SignalingError(.badMessage, "Text messages are UTF-8.")
            case .binary: SignalingError(.badMessage, "Messages are text; this one is binary.")
            }
        _ = outlet.send(.error(id: nil, error))
        outlet.close(code: violation.closeCode, reason: error.code.rawValue)
    }

    // MARK: What the registry calls

    /// Cuts the client off if nothing was heard of it for too long.
    nonisolated func checkAlive(at now: Timestamp) {
        guard now - lastHeardAt.withLock({ $0 }) >= configuration.keepAliveTimeout else { return }
        outlet.close(.keepAliveTimeout)
        Task { await self.connectionLost() }
    }

    /// The server is being stopped.
    nonisolated func shutDown(message: String?) { outlet.close(.serverShutdown, message: message) }

    // MARK: Messages

    /// Refuses what is above the rate; a client that goes on regardless is cut off.
    private func admitByRate(_ text: String) -> Bool {
        if rate.admit(at: clock.now()) {
            refusedInARow = 0
            return true
        }
        refusedInARow += 1
        if refusedInARow > configuration.messageBurst {
            outlet.close(.rateLimited)
            return false
        }
        let id: RequestID?
        do throws(RejectedMessage) { id = try ClientRequest.parse(text).id } catch { id = error.id }
        let sentence =
            "Messages come too fast: the limit is \(configuration.messagesPerSecond) a second. This one was not taken."
        reply(.error(id: id, SignalingError(.rateLimited, sentence)))
        return false
    }

    private func process(_ text: String) async {
        let request: ClientRequest
        do throws(RejectedMessage) {
            request = try ClientRequest.parse(text)
        } catch {
            reply(.error(id: error.id, error.error))
            return
        }
        if !isResumeConfirmed, let place {
            isResumeConfirmed = true
            await place.room.confirmResume(place.participant, over: outlet)
        }
        do throws(SignalingError) {
            try await perform(request.message, id: request.id)
        } catch {
            reply(.error(id: request.id, error))
        }
    }

    private func perform(_ message: ClientMessage, id: RequestID) async throws(SignalingError) {
        switch message {
        case .ping: reply(.pong(id: id))
        case .createRoom(let create):
            guard configuration.clientsCreateRooms else {
                throw SignalingError(
                    .notAllowed, "Clients may not make rooms on this server; join one that is there.")
            }
            let record = try await registry.makeRoom(named: create.room, displayName: create.name)
            reply(.roomCreated(id: id, room: record.name, name: record.displayName))
        case .joinRoom(let join): try await perform(join, id: id)
        case .resume(let token, let offerID): try await resume(token, unanswered: offerID, id: id)
        case .offer(let offer):
            let place = try requirePlace()
            await place.room.offer(offer, from: place.participant, over: outlet, request: id)
        case .candidate:
            _ = try requirePlace()
            reply(.ok(id: id))
        case .relay(let relay):
            let place = try requirePlace()
            await place.room.relay(relay, from: place.participant, over: outlet, request: id)
        case .unexpectedAnswer:
            throw SignalingError(
                .unexpectedAnswer,
                "The server never offers, so it expects no answer. To answer a member, name it as \"target\"."
            )
        case .setMuted(let change):
            let place = try requirePlace()
            await place.room.setMuted(change, by: place.participant, over: outlet, request: id)
        case .subscriptionSettings(let settings):
            let place = try requirePlace()
            await place.room.setSubscriptions(settings, by: place.participant, over: outlet, request: id)
        case .leaveRoom:
            let place = try requirePlace()
            self.place = nil
            await place.room.leave(place.participant, over: outlet, request: id)
        }
    }

    private func perform(_ join: ClientMessage.JoinRoom, id: RequestID) async throws(SignalingError) {
        try requireNoPlace()
        let request = JoinRequest(
            id: id, name: try Names.displayed(join.name, limit: configuration.maxNameLength),
            identity: try checkedIdentity(join.identity), offer: join.offer, outlet: outlet, client: client)
        // A room can end between being found and being entered; then there is a new one, or none.
        for _ in 0..<8 {
            let room = try await registry.room(forJoining: join.room, creating: join.create)
            switch await room.join(request) {
            case .joined(let participant):
                place = Place(room: room, participant: participant)
                return
            case .refused(let error): throw error
            case .roomIsGone: await registry.forget(room)
            }
        }
        throw SignalingError(.internalError, "The room could not be entered. Try again.")
    }

    private func checkedIdentity(_ identity: String?) throws(SignalingError) -> String? {
        guard let identity else { return nil }
        return try Names.identity(identity, limit: configuration.maxIdentityLength)
    }

    private func resume(
        _ token: String, unanswered offerID: Int?, id: RequestID
    ) async throws(SignalingError) {
        try requireNoPlace()
        guard let token = ResumeToken(token), let room = await registry.room(withKey: token.room) else {
            throw SignalingError.resumeFailed
        }
        let request = ResumeRequest(
            id: id, token: token, unansweredOfferID: offerID, outlet: outlet, client: client)
        let participant = try await room.resume(request)
        place = Place(room: room, participant: participant)
        isResumeConfirmed = false
    }

    private func requirePlace() throws(SignalingError) -> Place {
        guard let place else {
            throw SignalingError(.notJoined, "You are not in a room; send join-room or resume first.")
        }
        return place
    }

    private func requireNoPlace() throws(SignalingError) {
        guard place == nil else {
            throw SignalingError(
                .alreadyJoined, "You are in a room already; send leave-room first, or connect once more.")
        }
    }

    /// Sends a reply; a client that does not read is cut off.
    private func reply(_ message: ServerMessage) {
        guard outlet.send(message) == .full else { return }
        outlet.close(.slowConsumer)
        Task { await self.connectionLost() }
    }
}

public import Engine
public import Logging
public import Wire

/// All rooms and all connections of the server: who may come in, where they find each other, and how it ends.
///
/// It only looks things up; the work of a room is done by the room, an actor of its own.
public actor RoomRegistry {
    /// What the operator set.
    public nonisolated let configuration: RoomsConfiguration

    nonisolated let context: RoomContext
    private let log: Logger
    private let startedAt: WallTime
    private let startedAtMonotonic: Timestamp

    private var roomsByName: [String: Room] = [:]
    private var roomsByKey: [UInt64: Room] = [:]
    private var lastKey: UInt64 = 0
    private var roomsCreated = 0
    private var connections: [String: SignalingSession] = [:]
    private var connectionsByNetwork: AddressCounter
    private var ticksUntilKeepAlive = 0

    /// Whether no new rooms are made, because the server is to be stopped once those that are there have
    /// ended.
    public private(set) var isDraining = false
    private var isStopping = false

    /// How often deadlines are looked at; half the interval in which speakers are told.
    static let tickInterval = Interval.milliseconds(100)

    /// Makes a registry without rooms. Call `run()` to bring it to life.
    public init(
        configuration: RoomsConfiguration, plane: any MediaPlane, recorder: any SessionRecorder,
        clock: any ControlClock = SystemControlClock(), logger: Logger
    ) {
        self.configuration = configuration
        context = RoomContext(
            configuration: configuration, plane: plane, recorder: recorder, clock: clock, logger: logger)
        log = logger
        startedAt = clock.wallTime()
        startedAtMonotonic = clock.now()
        connectionsByNetwork = AddressCounter(limit: configuration.maxConnectionsPerAddress)
    }

    // MARK: Life

    /// Handles the media plane's events and everything that depends on time, until the task is cancelled.
    public func run() async {
        let plane = context.plane
        let clock = context.clock
        await withDiscardingTaskGroup { group in
            group.addTask { for await event in plane.events { await self.handle(event) } }
            // Rooms and connections tick each for themselves: one that has to wait does not hold up the
            // others.
            while (try? await clock.sleep(for: Self.tickInterval)) != nil, !Task.isCancelled {
                group.addTask { await self.tick() }
            }
            group.cancelAll()
        }
    }

    /// Passes an event on to the room it is about.
    func handle(_ event: MediaEvent) async {
        await roomsByKey[Room.key(of: event.peer).rawValue]?.handle(event)
    }

    /// Looks at every deadline that may have come.
    func tick() async {
        let now = context.clock.now()
        // Keep-alive needs no more than one look a second.
        ticksUntilKeepAlive -= 1
        if ticksUntilKeepAlive <= 0 {
            ticksUntilKeepAlive = 10
            for session in connections.values { session.checkAlive(at: now) }
        }
        await withDiscardingTaskGroup { group in
            for room in roomsByKey.values {
                group.addTask {
                    await room.tick(at: now)
                    if await room.endIfIdle(at: now) { await self.forget(room) }
                }
            }
        }
    }

    // MARK: Connections

    /// Why a connection from an address would not be taken; `nil` when it is welcome.
    public func refusal(for address: IPAddress?) -> ConnectionRefusal? {
        if isStopping { return .stopping }
        if connections.count >= configuration.maxConnections { return .tooManyConnections }
        return connectionsByNetwork.isFull(address) ? .tooManyFromAddress : nil
    }

    /// Takes a connection. Whatever becomes of it, `SignalingSession.connectionLost()` has to be called at
    /// its end.
    /// - Throws: `ConnectionRefusal`; the connection is then to be closed with its code.
    public func connect(
        sink: any SignalingSink, client: ClientInfo
    ) throws(ConnectionRefusal) -> SignalingSession {
        if let refusal = refusal(for: client.address) {
            log.notice(
                "connection refused", metadata: ["reason": "\(refusal)", "address": "\(client.addressText)"])
            throw refusal
        }
        var generator = SystemRandomNumberGenerator()
        let session = SignalingSession(
            id: RandomText.connection(using: &generator), registry: self, sink: sink, client: client,
            configuration: configuration, clock: context.clock)
        connections[session.id] = session
        connectionsByNetwork.add(client.address)
        log.debug("connected", metadata: ["connection": "\(session.id)", "address": "\(client.addressText)"])
        return session
    }

    /// A connection is gone.
    func forget(_ session: SignalingSession) {
        guard connections.removeValue(forKey: session.id) != nil else { return }
        connectionsByNetwork.remove(session.client.address)
        log.debug("disconnected", metadata: ["connection": "\(session.id)"])
    }

    // MARK: Rooms

    /// Takes over rooms that were there before the server was restarted.
    public func restore(_ records: [RoomRecord]) {
        for record in records where roomsByName[record.name] == nil { _ = add(record) }
    }

    /// Makes a room for an operator.
    public func createRoom(named name: String?, displayName: String?) async throws(SignalingError)
        -> RoomSnapshot
    {
        let record = try makeRoom(named: name, displayName: displayName)
        return RoomSnapshot(
            id: record.id, name: record.name, displayName: record.displayName, createdAt: record.createdAt,
            participantCount: 0, participants: nil)
    }

    /// Makes a room; without a name one that nobody can guess.
    func makeRoom(named name: String?, displayName: String?) throws(SignalingError) -> RoomRecord {
        var generator = SystemRandomNumberGenerator()
        let name = try Names.room(
            name ?? RandomText.roomName(using: &generator), limit: configuration.maxRoomNameLength)
        guard roomsByName[name] == nil else {
            throw SignalingError(
                .roomExists, "There is a room \"\(name)\" already; join it, or choose another name.")
        }
        var label: String?
        if let displayName { label = try Names.displayed(displayName, limit: configuration.maxNameLength) }
        return try make(name: name, displayName: label).record
    }

    /// The room of a name, made if need be.
    func room(forJoining name: String, creating: Bool) throws(SignalingError) -> Room {
        let name = try Names.room(name, limit: configuration.maxRoomNameLength)
        if let room = roomsByName[name] { return room }
        guard creating, configuration.createsRoomsOnJoin else {
            throw SignalingError(.roomNotFound, "There is no room \"\(name)\"; send create-room first.")
        }
        return try make(name: name, displayName: nil)
    }

    /// The room of a resume token.
    func room(withKey key: UInt64) -> Room? { roomsByKey[key] }

    private func make(name: String, displayName: String?) throws(SignalingError) -> Room {
        guard !isDraining, !isStopping else {
            throw SignalingError(
                .draining, "The server is about to be stopped and makes no new rooms. Try again in a moment.")
        }
        guard roomsByName.count < configuration.maxRooms else {
            throw SignalingError(
                .tooManyRooms,
                "No more rooms can be opened here: the limit is \(configuration.maxRooms). Try again later.")
        }
        var generator = SystemRandomNumberGenerator()
        let record = RoomRecord(
            id: RandomText.roomIdentifier(using: &generator), name: name, displayName: displayName,
            createdAt: context.clock.wallTime())
        let room = add(record)
        roomsCreated += 1
        context.recorder.roomCreated(record)
        log.info("room created", metadata: ["room": "\(name)"])
        return room
    }

    private func add(_ record: RoomRecord) -> Room {
        lastKey += 1
        let room = Room(key: RoomKey(lastKey), record: record, context: context)
        roomsByName[record.name] = room
        roomsByKey[lastKey] = room
        return room
    }

    /// A room has ended.
    func forget(_ room: Room) {
        roomsByKey[room.key.rawValue] = nil
        if roomsByName[room.record.name] === room { roomsByName[room.record.name] = nil }
    }

    // MARK: Operators

    /// With `true`, no new rooms are made. Those that are there go on, and people can still join and resume
    /// in them.
    public func setDraining(_ draining: Bool) {
        guard draining != isDraining else { return }
        isDraining = draining
        log.notice(draining ? "draining" : "draining ended", metadata: ["rooms": "\(roomsByName.count)"])
    }

    /// Sends a participant away. Returns whether there was one.
    public func remove(participant: String, fromRoom name: String, message: String?) async -> Bool {
        await roomsByName[name]?.remove(participant, message: message) ?? false
    }

    /// Ends a room for everybody in it. Returns whether there was one.
    public func close(room name: String, message: String?) async -> Bool {
        guard let room = roomsByName[name] else { return false }
        await room.terminate(reason: .roomClosed, goodbye: .roomClosed, message: message)
        forget(room)
        return true
    }

    /// Sends everybody away because the server is being stopped, and records it.
    ///
    /// Goodbyes and records are done at once; the media plane gets `RoomsConfiguration.shutdownGrace` for its
    /// part.
    public func shutdown(reason: String) async {
        guard !isStopping else { return }
        isStopping = true
        isDraining = true
        log.notice("shutting down", metadata: ["reason": "\(reason)", "connections": "\(connections.count)"])
        let rooms = Array(roomsByKey.values)
        let sessions = Array(connections.values)
        roomsByName = [:]
        roomsByKey = [:]
        let ending = Task {
            await withDiscardingTaskGroup { group in
                for room in rooms {
                    group.addTask {
                        await room.terminate(reason: .serverShutdown, goodbye: .serverShutdown, message: nil)
                    }
                }
            }
        }
        for session in sessions { session.shutDown(message: nil) }
        await context.clock.wait(for: ending, atMost: configuration.shutdownGrace)
    }

    // MARK: Status

    /// Every room, without its participants, by name.
    public func rooms() async -> [RoomSnapshot] {
        var snapshots: [RoomSnapshot] = []
        for room in roomsByName.values { snapshots.append(await room.summary()) }
        return snapshots.sorted { $0.name < $1.name }
    }

    /// A room with everybody in it and their live figures; `nil` when there is no such room.
    public func room(named name: String) async -> RoomSnapshot? { await roomsByName[name]?.snapshot() }

    /// A participant with its live figures; `nil` when there is no such room or participant.
    public func participant(_ id: String, inRoom name: String) async -> ParticipantSnapshot? {
        await roomsByName[name]?.snapshot(of: id)
    }

    /// The server as a whole.
    public func server() async -> ServerSnapshot {
        var participants = 0
        var reconnecting = 0
        for room in roomsByName.values {
            let count = await room.headcount()
            participants += count.participants
            reconnecting += count.reconnecting
        }
        let workers = await context.plane.workerStatistics().map(WorkerSnapshot.init)
        return ServerSnapshot(
            startedAt: startedAt, uptimeSeconds: (context.clock.now() - startedAtMonotonic).seconds,
            rooms: roomsByName.count, participants: participants, reconnecting: reconnecting,
            connections: connections.count, roomsCreated: roomsCreated, draining: isDraining,
            stopping: isStopping,
            workers: workers)
    }
}

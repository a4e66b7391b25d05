import Engine
import Logging
import Wire

/// One room: who is in it, what they publish, and what of it everybody receives.
///
/// Each room is an actor of its own, so that one room's work does not hold up another's. Whatever changes the
/// room and has to wait for the media plane in the middle of it goes through `exclusively`, one operation
/// after the other; whatever only takes a note (events of the media plane, a lost connection) does so at
/// once. Replies and events to one connection are all put into its outbox by the room, which is what makes
/// their order that of what happened.
actor Room {
    nonisolated let key: RoomKey
    nonisolated let record: RoomRecord
    nonisolated let configuration: RoomsConfiguration
    nonisolated let plane: any MediaPlane
    nonisolated let recorder: any SessionRecorder
    nonisolated let clock: any ControlClock
    /// Participants by address, in all rooms.
    nonisolated let sessions: AddressLedger
    /// Participants whose transport has never been up by address, in all rooms.
    nonisolated let handshakes: AddressLedger
    let log: Logger

    /// Everybody in the room, by identifier, and in the order in which they came.
    private(set) var participants: [String: Participant] = [:]
    private(set) var members: [Participant] = []
    /// Who published what, for the events of the media plane.
    var peers: [PeerID: String] = [:]
    /// Everything that is published, in the order in which it was, as everybody's slots know it.
    var published: [SlotTable.Wanted] = [] {
        didSet { publishedVersion += 1 }
    }
    /// Rises with every change of what is published.
    private(set) var publishedVersion: UInt64 = 0
    var speakers: SpeakerBoard
    /// Who had the floor, the last one first.
    var recentSpeakers: [String] = []
    /// Who spoke when everybody's slots were last brought up to that; `nil` when slots have changed since.
    var followedSpeakers: Set<String>?
    /// Those who are being prepared to come in.
    var arrivals = 0
    /// What the media plane has reported of those who are not in yet, for when they are.
    var awaited: [PeerID: [MediaEvent]] = [:]
    /// What a large room's members have still to hear.
    private var announcements = Announcements()
    /// What the media plane has reported of formats since the last look.
    var codecNews = CodecNews()
    /// When the connections are judged next; `nil` while that is being done.
    var qualityDue: Timestamp?
    /// A tick is ending stays; those that come meanwhile leave that to it.
    var isExpiring = false
    /// No operation is let in any more; the room is about to go.
    private(set) var isEnded = false
    private var emptySince: Timestamp
    private var lastIdentifier: UInt64 = 0
    private var gate = SerialGate()

    init(key: RoomKey, record: RoomRecord, context: RoomContext) {
        self.key = key
        self.record = record
        configuration = context.configuration
        plane = context.plane
        recorder = context.recorder
        clock = context.clock
        sessions = context.sessions
        handshakes = context.handshakes
        var log = context.logger
        log[metadataKey: "room"] = "\(record.name)"
        self.log = log
        speakers = SpeakerBoard(interval: context.configuration.speakersInterval)
        emptySince = context.clock.now()
        qualityDue = emptySince + Self.qualityInterval
    }

    // MARK: One operation at a time

    /// Runs an operation when every one before it is through.
    func exclusively<Result: Sendable>(_ operation: () async -> Result) async -> Result {
        if !gate.tryEnter() { await withCheckedContinuation { gate.enqueue($0) } }
        defer { gate.leave() }
        return await operation()
    }

    /// A number for a peer or a publication, unique in the process: the room's key in the upper half, a count
    /// in the lower.
    ///
    /// So an event's room is known without a table that all rooms would share.
    func nextIdentifier() -> UInt64 {
        lastIdentifier += 1
        return key.rawValue << 32 | lastIdentifier
    }

    /// The room of a peer.
    static func key(of peer: PeerID) -> RoomKey { RoomKey(peer.rawValue >> 32) }

    // MARK: Who is there

    /// A participant that is connected over this very connection.
    func member(_ id: String, over outlet: SignalingOutlet) throws(SignalingError) -> Participant {
        guard let participant = participants[id], participant.outlet === outlet else {
            throw SignalingError(.notJoined, "You are not in a room any more; join again.")
        }
        return participant
    }

    /// Whether a participant is in the room: not just coming, and not gone.
    func isMember(_ participant: Participant) -> Bool { participants[participant.id] === participant }

    func insert(_ participant: Participant) {
        skipAnnouncements(participant)
        participants[participant.id] = participant
        members.append(participant)
    }

    func take(_ id: String) -> Participant? {
        guard let participant = participants.removeValue(forKey: id) else { return nil }
        members.removeAll { $0 === participant }
        speakers.remove(id)
        if let peer = participant.peer { peers[peer.id] = nil }
        if participants.isEmpty { emptySince = clock.now() }
        return participant
    }

    /// Ends the room if nobody has been in it for long and nobody is just coming. Returns whether it has
    /// ended.
    func endIfIdle(at now: Timestamp) -> Bool {
        if isEnded { return participants.isEmpty }
        guard participants.isEmpty, arrivals == 0, gate.isFree,
            now - emptySince >= configuration.emptyRoomLifetime
        else { return false }
        markEnded()
        return true
    }

    /// From here on nobody gets in.
    func markEnded() {
        guard !isEnded else { return }
        isEnded = true
        recorder.roomEnded(record.id, at: clock.wallTime())
        log.info("room ended")
    }

    // MARK: Telling

    /// Puts a message into a participant's outbox, behind what everybody was told before; one who does not read is cut
    /// off.
    func send(_ message: ServerMessage, to participant: Participant) {
        catchUp(participant)
        deliver(to: participant) { $0.send(message) }
    }

    /// Tells everybody but one: at once in a small room, soon in a large one.
    ///
    /// - Parameter subject: Whom it is about; what is told of those who publish nothing may come later.
    func broadcast(_ message: ServerMessage, about subject: Participant? = nil, except excluded: String? = nil) {
        announce(about: subject) { $0.append(message.text, except: excluded) }
    }

    /// Tells the others what a participant is like now: that it has come, or that it has changed.
    func broadcastView(of participant: Participant, isJoin: Bool = false) {
        let view = Announcements.View(
            member: participant.id, joined: ServerMessage.userJoined(participant.writtenView).text,
            updated: ServerMessage.userUpdated(participant.writtenView).text)
        announce(about: participant) { $0.append(view, isJoin: isJoin) }
    }

    private func announce(about subject: Participant?, _ append: (inout Announcements) -> Void) {
        append(&announcements)
        guard members.count > Announcements.smallRoom || announcements.due != nil else { return tellEverybody() }
        let urgency: Announcements.Urgency = subject?.tracks.isEmpty ?? false ? .calm : .prompt
        let now = clock.now()
        guard let due = announcements.schedule(urgency, at: now, members: members.count) else { return }
        guard due > now else { return tellEverybody() }
        Task {
            try? await self.clock.sleep(for: due - now)
            self.tellEverybody(at: due)
        }
    }

    /// Everybody is told what was due at a time, unless that has been done: what is urgent takes along what is not.
    private func tellEverybody(at due: Timestamp) {
        if announcements.due == due { tellEverybody() }
    }

    /// Everybody is told what they have not heard.
    private func tellEverybody() {
        for participant in members { catchUp(participant) }
        announcements.noteTold(at: clock.now())
    }

    /// A participant is told what it has not heard, before something that does not come from the room itself.
    func catchUp(_ participant: Participant) {
        let unheard = announcements.unheard(from: participant.heard, by: participant.id)
        participant.heard = announcements.end
        if let unheard { deliver(to: participant) { $0.send(unheard) } }
    }

    /// A participant is about to get the whole state, which holds everything announced so far.
    func skipAnnouncements(_ participant: Participant) { participant.heard = announcements.end }

    private func deliver(
        to participant: Participant, _ send: (SignalingOutlet) -> SignalingOutlet.Delivery
    ) {
        guard let outlet = participant.outlet, send(outlet) == .full else { return }
        outlet.close(.slowConsumer)
        log.notice(
            "client too slow",
            metadata: ["session": "\(participant.id)", "connection": "\(outlet.connection)"])
        // The others are told from a job of its own: this one may be in the middle of telling them something
        // else.
        Task { self.disconnect(participant.id, from: outlet, reason: "too slow for what is sent to it") }
    }
}

/// What every room gets from the registry.
struct RoomContext: Sendable {
    var configuration: RoomsConfiguration
    var plane: any MediaPlane
    var recorder: any SessionRecorder
    var clock: any ControlClock
    var logger: Logger
    var sessions: AddressLedger
    var handshakes: AddressLedger

    init(
        configuration: RoomsConfiguration, plane: any MediaPlane, recorder: any SessionRecorder,
        clock: any ControlClock, logger: Logger
    ) {
        self.configuration = configuration
        self.plane = plane
        self.recorder = recorder
        self.clock = clock
        self.logger = logger
        sessions = AddressLedger(limit: configuration.maxSessionsPerAddress)
        handshakes = AddressLedger(limit: configuration.maxPendingPerAddress)
    }
}

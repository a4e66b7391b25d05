import Wire

/// The server as the status API shows it.
public struct ServerSnapshot: Sendable, Encodable {
    /// When the server was started.
    public var startedAt: WallTime
    /// How long ago that was, in seconds.
    public var uptimeSeconds: Double
    /// Rooms there are.
    public var rooms: Int
    /// Participants there are, in all rooms.
    public var participants: Int
    /// Participants whose connection is lost at the moment.
    public var reconnecting: Int
    /// Open connections, those that have not joined counted.
    public var connections: Int
    /// Rooms that came into being since the start.
    public var roomsCreated: Int
    /// Whether no new rooms are made because the server is to be stopped.
    public var draining: Bool
    /// Whether the server is being stopped.
    public var stopping: Bool
    /// The media workers.
    public var workers: [WorkerSnapshot]
}

/// A room as the status API shows it.
public struct RoomSnapshot: Sendable, Encodable {
    /// The room's identifier, unique for ever.
    public var id: String
    /// The name in the address.
    public var name: String
    /// The name that people read.
    public var displayName: String?
    /// When it came into being.
    public var createdAt: WallTime
    /// How many participants it has.
    public var participantCount: Int
    /// The participants; `nil` in a list of rooms.
    public var participants: [ParticipantSnapshot]?
}

/// A participant as the status API shows it.
public struct ParticipantSnapshot: Sendable, Encodable {
    /// The participant's identifier, which is its session's.
    public var id: String
    /// Its name.
    public var name: String
    /// Who it says it is.
    public var identity: String?
    /// How it is connected.
    public var state: ParticipantState
    /// When it joined.
    public var joinedAt: WallTime
    /// Where its connection comes from.
    public var address: String?
    /// The browser, as it calls itself.
    public var userAgent: String?
    /// What it sends.
    public var tracks: [TrackSnapshot]
    /// What it receives.
    public var slots: SlotsSnapshot
    /// How good its connection is; `nil` until its transport has been up.
    public var quality: QualitySnapshot?
    /// Live figures; `nil` without a peer connection.
    public var media: MediaSnapshot?

    init(_ participant: Participant, media: MediaSnapshot?) {
        id = participant.id
        name = participant.name
        identity = participant.identity
        state = participant.state
        joinedAt = participant.joinedAt
        address = participant.client.address?.description
        userAgent = participant.client.userAgent
        tracks = participant.tracks.map {
            TrackSnapshot(
                id: $0.id, mid: $0.mid, source: $0.source, kind: $0.source.kind, muted: $0.muted,
                flowing: $0.isFlowing)
        }
        slots = SlotsSnapshot(
            participant.slots.mapping(version: participant.mapping.version, listing: .max))
        quality = participant.quality.map(QualitySnapshot.init)
        self.media = media
    }
}

/// A published track as the status API shows it.
public struct TrackSnapshot: Sendable, Encodable {
    /// The track's identifier.
    public var id: String
    /// The m-line it is sent on.
    public var mid: String
    /// What it shows or carries.
    public var source: TrackSource
    /// Audio or video.
    public var kind: TrackKind
    /// Whether its owner has muted it.
    public var muted: Bool
    /// Whether media of it has arrived.
    public var flowing: Bool
}

/// A participant's receive slots as the status API shows them.
public struct SlotsSnapshot: Sendable, Encodable {
    /// The mapping's version.
    public var version: Int
    /// What is received, and where.
    public var assigned: [Assigned]
    /// What is not received, and why.
    public var unassigned: [Unassigned]

    /// A track on a slot.
    public struct Assigned: Sendable, Encodable {
        /// The slot's m-line.
        public var mid: String
        /// Audio or video.
        public var kind: TrackKind
        /// Who sends it.
        public var participant: String
        /// The track.
        public var track: String
        /// What it shows or carries.
        public var source: TrackSource
    }

    /// A track on no slot.
    public struct Unassigned: Sendable, Encodable {
        /// Who sends it.
        public var participant: String
        /// The track.
        public var track: String
        /// What it shows or carries.
        public var source: TrackSource
        /// Audio or video.
        public var kind: TrackKind
        /// Why it is not received.
        public var reason: UnassignedReason
    }

    init(_ mapping: SlotMapping) {
        version = mapping.version
        assigned = mapping.assigned.map {
            Assigned(
                mid: $0.mid, kind: $0.source.kind, participant: $0.participant, track: $0.track,
                source: $0.source)
        }
        unassigned = mapping.unassigned.map {
            Unassigned(
                participant: $0.participant, track: $0.track, source: $0.source, kind: $0.source.kind,
                reason: $0.reason)
        }
    }
}

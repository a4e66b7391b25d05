/// Who is told what is worth keeping: the store, or nobody.
///
/// Every function returns at once and cannot fail; a call never waits for a disk. The calls of one room come
/// in the order of what happened. A session is one participant's stay in one room, over any number of
/// connections.
public protocol SessionRecorder: Sendable {
    /// A room came into being.
    func roomCreated(_ room: RoomRecord)
    /// A room is gone: empty for too long, closed, or the server stopped.
    func roomEnded(_ id: String, at time: WallTime)
    /// Somebody joined.
    func sessionStarted(_ session: SessionRecord)
    /// Something about a session changed that its story should tell.
    func sessionUpdated(_ id: String, _ update: SessionUpdate, at time: WallTime)
    /// A session is over. `detail` is a sentence where the reason alone says too little.
    func sessionEnded(_ id: String, reason: SessionEndReason, detail: String?, at time: WallTime)
    /// A participant publishes a track.
    func trackStarted(_ track: TrackRecord)
    /// A track is not published any more.
    func trackEnded(_ id: String, at time: WallTime)
}

/// Keeps nothing.
public struct NoRecorder: SessionRecorder {
    /// Makes a recorder that keeps nothing.
    public init() {}
    public func roomCreated(_ room: RoomRecord) {}
    public func roomEnded(_ id: String, at time: WallTime) {}
    public func sessionStarted(_ session: SessionRecord) {}
    public func sessionUpdated(_ id: String, _ update: SessionUpdate, at time: WallTime) {}
    public func sessionEnded(_ id: String, reason: SessionEndReason, detail: String?, at time: WallTime) {}
    public func trackStarted(_ track: TrackRecord) {}
    public func trackEnded(_ id: String, at time: WallTime) {}
}

/// A room for the record.
public struct RoomRecord: Hashable, Sendable {
    /// The room's identifier, unique for ever: a name can be used again, this is not.
    public var id: String
    /// The name in the address.
    public var name: String
    /// The name that people read.
    public var displayName: String?
    /// When it came into being.
    public var createdAt: WallTime

    /// Makes a record from its parts.
    public init(id: String, name: String, displayName: String?, createdAt: WallTime) {
        self.id = id
        self.name = name
        self.displayName = displayName
        self.createdAt = createdAt
    }
}

/// A participant's stay, for the record.
public struct SessionRecord: Hashable, Sendable {
    /// The participant's identifier, unique for ever.
    public var id: String
    /// The room's identifier.
    public var roomID: String
    /// The room's name in the address.
    public var roomName: String
    /// The participant's name.
    public var name: String
    /// Who the participant says it is, if it does.
    public var identity: String?
    /// The address that the connection came from.
    public var address: String?
    /// The browser, as it calls itself.
    public var userAgent: String?
    /// When it joined.
    public var startedAt: WallTime

    /// Makes a record from its parts.
    public init(
        id: String, roomID: String, roomName: String, name: String, identity: String?, address: String?,
        userAgent: String?, startedAt: WallTime
    ) {
        self.id = id
        self.roomID = roomID
        self.roomName = roomName
        self.name = name
        self.identity = identity
        self.address = address
        self.userAgent = userAgent
        self.startedAt = startedAt
    }
}

/// What happens to a session while it lasts.
public enum SessionUpdate: Hashable, Sendable {
    /// The media transport is up, for the first time or again; the address that media goes to.
    case connected(address: String?)
    /// The connection or the media transport was lost; the grace has begun. The sentence says which.
    case disconnected(reason: String)
    /// The participant is back on a new connection, from this address.
    case resumed(address: String?)
}

/// How a session ended.
public enum SessionEndReason: String, CaseIterable, Codable, Sendable {
    /// The participant left.
    case left
    /// The connection was lost and not resumed in time.
    case connectionLost = "connection-lost"
    /// The same identity joined again.
    case replaced
    /// An operator removed the participant.
    case removed
    /// The server was stopped.
    case serverShutdown = "server-shutdown"
    /// The media transport failed and was not restarted in time.
    case mediaFailed = "media-failed"
    /// An operator closed the room.
    case roomClosed = "room-closed"
}

/// A published track, for the record.
public struct TrackRecord: Hashable, Sendable {
    /// The track's identifier, unique for ever.
    public var id: String
    /// The participant who publishes it.
    public var sessionID: String
    /// What it shows or carries.
    public var source: TrackSource
    /// The m-line that it is sent on.
    public var mid: String
    /// When it was published.
    public var startedAt: WallTime

    /// `audio` or `video`.
    public var kind: String { source.kind.rawValue }

    /// Makes a record from its parts.
    public init(id: String, sessionID: String, source: TrackSource, mid: String, startedAt: WallTime) {
        self.id = id
        self.sessionID = sessionID
        self.source = source
        self.mid = mid
        self.startedAt = startedAt
    }
}

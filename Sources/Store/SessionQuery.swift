public import Rooms

/// Which sessions to list, newest first.
public struct SessionQuery: Sendable, Equatable {
    /// Whether a session still runs.
    public enum State: String, CaseIterable, Sendable {
        /// It runs.
        case open
        /// It is over.
        case ended
    }

    /// The page sizes that are served.
    public static let limits = 1...500

    /// Only sessions in the room of this name.
    public var room: String?
    /// Only sessions of this identity.
    public var identity: String?
    /// Only sessions that began at this time or later.
    public var since: WallTime?
    /// Only sessions that began before this time.
    public var until: WallTime?
    /// Only sessions that run, or that are over.
    public var state: State?
    /// Only sessions that ended for this reason.
    public var reason: String?
    /// Where the page before ended.
    public var cursor: SessionCursor?
    /// The size of the page; moved into ``limits``.
    public var limit = 50
    /// Makes a query for the newest sessions.
    public init() {}
}

/// The place between two sessions where a page ends: it stays right while sessions come and go.
public struct SessionCursor: Sendable, Equatable, LosslessStringConvertible {
    let startedAt: Int64
    let id: String

    init(startedAt: Int64, id: String) {
        self.startedAt = startedAt
        self.id = id
    }

    /// Reads the text of a cursor that this server handed out; `nil` for any other text.
    public init?(_ description: String) {
        guard let dot = description.firstIndex(of: "."), let startedAt = Int64(description[..<dot]) else {
            return nil
        }
        let id = description[description.index(after: dot)...]
        guard !id.isEmpty, id.utf8.count <= 128 else { return nil }
        self.init(startedAt: startedAt, id: String(id))
    }

    /// The cursor as text that is safe in a URL. What is in it is nobody's business but the store's.
    public var description: String { "\(startedAt).\(id)" }
}

/// One page of sessions.
public struct SessionPage: Sendable, Encodable {
    /// The sessions, newest first.
    public var sessions: [StoredSession]
    /// The cursor of the next page; `nil` on the last one.
    public var nextCursor: String?
}

/// A session as the store knows it.
public struct StoredSession: Sendable, Encodable {
    /// The participant's identifier.
    public var id: String
    /// The room's identifier.
    public var roomID: String
    /// The room's name.
    public var room: String
    /// The participant's name.
    public var name: String
    /// Who the participant said it was.
    public var identity: String?
    /// The address that its signalling came from last.
    public var address: String?
    /// Its browser.
    public var userAgent: String?
    /// When it joined.
    public var startedAt: WallTime
    /// When media flowed for the first time.
    public var connectedAt: WallTime?
    /// The address that media went to last.
    public var mediaAddress: String?
    /// How often signalling or media were lost.
    public var interruptions: Int
    /// How often it came back on a new WebSocket.
    public var resumptions: Int
    /// What was lost last.
    public var lastInterruption: String?
    /// When it ended; `nil` while it runs.
    public var endedAt: WallTime?
    /// Why it ended.
    public var endReason: String?
    /// More about the end.
    public var endDetail: String?
    /// The tracks it sent, in the order in which they were published.
    public var tracks: [StoredTrack]
}

/// A track as the store knows it.
public struct StoredTrack: Sendable, Encodable {
    /// The track's identifier.
    public var id: String
    /// `microphone`, `camera`, `screen` or `screen-audio`.
    public var source: String
    /// `audio` or `video`.
    public var kind: String
    /// The m-line it was sent on.
    public var mid: String
    /// When it was published.
    public var startedAt: WallTime
    /// When it ended; `nil` while it is published.
    public var endedAt: WallTime?
}

/// Every message that a client may send. docs/signaling-protocol.md describes them one by one.
enum ClientMessage: Equatable, Sendable {
    case createRoom(CreateRoom)
    case joinRoom(JoinRoom)
    case offer(Offer)
    case candidate
    /// `offer`, `answer` or `ice-candidate` with a `target`: passed on as it is.
    case relay(Relay)
    case unexpectedAnswer
    case setMuted(SetMuted)
    case subscriptionSettings(SubscriptionSettings)
    case leaveRoom
    /// `offerID` is the offer that the client has no answer to, if there is one.
    case resume(token: String, offerID: Int?)
    case ping

    struct CreateRoom: Equatable, Sendable {
        var room: String?
        var name: String?
    }

    struct JoinRoom: Equatable, Sendable {
        var room: String
        var name: String
        var identity: String?
        var create: Bool
        var offer: Offer?
    }

    /// An offer for the server's peer connection, with what is sent on it.
    struct Offer: Equatable, Sendable {
        var offerID: Int
        var sdp: String
        /// `nil` when the message has no `tracks`: what was published stays.
        var tracks: [AnnouncedTrack]?
    }

    /// An m-line that the client sends on, and what.
    struct AnnouncedTrack: Equatable, Sendable {
        var mid: String
        var source: TrackSource
        var muted: Bool
    }

    struct SetMuted: Equatable, Sendable {
        enum Track: Equatable, Sendable {
            case id(String)
            case mid(String)
        }
        var track: Track
        var muted: Bool
        /// Of simulcast, the RIDs of the streams that the client makes of the track; `nil` for what was said last.
        var rids: [String]?
    }

    /// What the client does with what it receives; what is not named stays as it is.
    struct SubscriptionSettings: Equatable, Sendable {
        struct Track: Equatable, Sendable {
            var id: String
            var settings: Rooms.SubscriptionSettings.Track
        }
        var tracks: [Track]
        /// `nil` when the message does not say who is in the large picture.
        var stage: [String]?
        /// `nil` when the message does not say how many cameras.
        var lastN: LastN?

        /// How many cameras at most; `nil` for as many as there are slots.
        struct LastN: Equatable, Sendable {
            var most: Int?
        }
    }

    struct Relay: Equatable, Sendable {
        var target: String
        var message: JSONObject
    }
}

/// The identifier of a request: whatever the client chose, given back as it was spelled.
enum RequestID: Equatable, Sendable {
    case string(String)
    case integer(String)

    var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .integer(let spelling): .number(spelling)
        }
    }
}

/// A message that was read: the request, and the identifier that its answer carries.
struct ClientRequest: Equatable, Sendable {
    var id: RequestID
    var message: ClientMessage
}

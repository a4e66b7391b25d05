import Congestion
import Engine

/// Every message that the server sends. docs/signaling-protocol.md describes them one by one.
enum ServerMessage {
    // Replies; each carries the identifier of its request.
    case roomCreated(id: RequestID, room: String, name: String?)
    case joined(id: RequestID, RoomState, answer: Answer?)
    case resumed(id: RequestID, RoomState, answer: Answer?)
    case answer(id: RequestID, Answer, slots: SlotMapping, tracks: [PublishedTrack])
    case ok(id: RequestID)
    case pong(id: RequestID)
    case error(id: RequestID?, SignalingError)

    // Events.
    /// With the participant's view, written.
    case userJoined(String)
    case userUpdated(String)
    case userLeft(participant: String, reason: SessionEndReason)
    case slots(SlotMapping)
    case speakers(SpeakersUpdate)
    case mediaState(ice: String, dtls: String)
    case trackPaused(SlotTable.Wanted, mid: String, reason: WithholdingReason)
    case trackResumed(SlotTable.Wanted, mid: String)
    case publisherLayers(PublishedTrack, NeededLayers)
    case trackUndecodable(PublishedTrack, participants: [String])
    case connectionQuality(participant: String, ConnectionQuality)
    case goodbye(GoodbyeReason, message: String?)
    /// What another member sent to this one.
    case relayed(JSONObject)

    /// The answer to an offer.
    struct Answer {
        var offerID: Int
        var sdp: String
    }

    /// All that a participant needs to know of the room it is in.
    struct RoomState {
        var room: String
        var roomName: String?
        var me: ParticipantView
        /// The others' views, written.
        var others: [String]
        var slots: SlotMapping
        var iceServers: [ICEServer]
        var resumeToken: String
        var configuration: RoomsConfiguration
    }

    /// The message as it goes over the wire.
    var text: String { object.text }

    private var object: JSONObject {
        switch self {
        case .roomCreated(let id, let room, let name):
            Self.reply("room-created", id, ["room": .string(room), "name": .optional(name)])
        case .joined(let id, let state, let answer):
            Self.reply("room-joined", id, state.fields(answer: answer))
        case .resumed(let id, let state, let answer):
            Self.reply("resumed", id, state.fields(answer: answer))
        case .answer(let id, let answer, let slots, let tracks):
            Self.reply(
                "answer", id,
                [
                    "offerId": .integer(answer.offerID), "sdp": .string(answer.sdp),
                    "slots": .object(slots.json),
                    "tracks": .array(tracks.map { .object($0.ownJSON) }),
                ])
        case .ok(let id): Self.reply("ok", id, [:])
        case .pong(let id): Self.reply("pong", id, [:])
        case .error(let id, let error):
            [
                "type": .string("error"), "id": id?.json ?? .null, "code": .string(error.code.rawValue),
                "message": .string(error.message),
            ]
        default: event
        }
    }

    private var event: JSONObject {
        switch self {
        case .userJoined(let participant):
            ["type": .string("user-joined"), "participant": .written(participant)]
        case .userUpdated(let participant):
            ["type": .string("user-updated"), "participant": .written(participant)]
        case .userLeft(let participant, let reason):
            [
                "type": .string("user-left"), "participant": .string(participant),
                "reason": .string(reason.rawValue),
            ]
        case .slots(let mapping): Self.joining(["type": .string("slots")], mapping.json)
        case .speakers(let update): Self.joining(["type": .string("speakers")], update.json)
        case .mediaState(let ice, let dtls):
            ["type": .string("media-state"), "ice": .string(ice), "dtls": .string(dtls)]
        case .trackPaused(let track, let mid, let reason):
            [
                "type": .string("track-paused"), "mid": .string(mid), "participant": .string(track.participant),
                "track": .string(track.track), "reason": .string(reason.rawValue),
            ]
        case .trackResumed(let track, let mid):
            [
                "type": .string("track-resumed"), "mid": .string(mid), "participant": .string(track.participant),
                "track": .string(track.track),
            ]
        case .publisherLayers(let track, let layers):
            Self.joining(
                ["type": .string("publisher-layers"), "track": .string(track.id), "mid": .string(track.mid)],
                Self.fields(of: layers))
        case .trackUndecodable(let track, let participants):
            [
                "type": .string("track-undecodable"), "track": .string(track.id), "mid": .string(track.mid),
                "participants": .array(participants.map(JSONValue.string)),
            ]
        case .connectionQuality(let participant, let quality):
            [
                "type": .string("connection-quality"), "participant": .string(participant),
                "quality": .object(quality.json),
            ]
        case .goodbye(let reason, let message):
            [
                "type": .string("goodbye"), "reason": .string(reason.rawValue),
                "message": .string(message ?? reason.sentence), "reconnect": .bool(reason.invitesReconnect),
            ]
        case .relayed(let object): object
        default: [:]
        }
    }

    private static func fields(of layers: NeededLayers) -> JSONObject {
        switch layers {
        case .encodings(let rids): ["rids": .array(rids.map(JSONValue.string))]
        case .spatial(let count): ["spatialLayers": .integer(count)]
        }
    }

    private static func reply(_ type: String, _ id: RequestID, _ fields: JSONObject) -> JSONObject {
        joining(["type": .string(type), "id": id.json], fields)
    }

    private static func joining(_ first: JSONObject, _ second: JSONObject) -> JSONObject {
        var result = first
        for member in second.members { result.append(member.name, member.value) }
        return result
    }
}

extension ServerMessage.RoomState {
    fileprivate func fields(answer: ServerMessage.Answer?) -> JSONObject {
        var fields: JSONObject = [
            "room": .string(room), "roomName": .optional(roomName), "self": .object(me.json),
            "participants": .array(others.map(JSONValue.written)),
        ]
        if let answer {
            fields.append(
                "answer", .object(["offerId": .integer(answer.offerID), "sdp": .string(answer.sdp)]))
        }
        fields.append("slots", .object(slots.json))
        fields.append("iceServers", .array(iceServers.map { .object($0.json) }))
        fields.append(
            "resume",
            .object([
                "token": .string(resumeToken),
                "graceSeconds": .integer(configuration.resumeGrace.wholeSeconds),
            ]))
        fields.append(
            "keepAlive",
            .object([
                "intervalSeconds": .integer(configuration.keepAliveInterval.wholeSeconds),
                "timeoutSeconds": .integer(configuration.keepAliveTimeout.wholeSeconds),
            ]))
        var limits: JSONObject = [
            "maxAudioSlots": .integer(configuration.maxAudioSlots),
            "maxVideoSlots": .integer(configuration.maxVideoSlots),
            "maxParticipants": .integer(configuration.maxParticipantsPerRoom),
            "maxTracks": .integer(configuration.maxTracksPerParticipant),
            "maxMessageBytes": .integer(configuration.maxMessageBytes),
        ]
        if let rates = configuration.dataRates { limits.append("data", .object(rates.json)) }
        fields.append("limits", .object(limits))
        return fields
    }
}

extension ICEServer {
    fileprivate var json: JSONObject {
        var object: JSONObject = ["urls": .array(urls.map(JSONValue.string))]
        if let username { object.append("username", .string(username)) }
        if let credential { object.append("credential", .string(credential)) }
        return object
    }
}

import Congestion
import Engine
import Wire

/// A participant as the others see it; PARTICIPANT in the protocol.
struct ParticipantView {
    var id: String
    var name: String
    var identity: String?
    var state: ParticipantState
    var joinedAt: WallTime
    var tracks: [PublishedTrack]
    /// How good its connection is; left out while that is not known.
    var quality: ConnectionQuality?
    /// Whether it goes to the participant itself: then each track tells its m-line.
    var isOwn = false

    var json: JSONObject {
        var object: JSONObject = [
            "id": .string(id), "name": .string(name), "identity": .optional(identity),
            "state": .string(state.rawValue),
            "joinedAt": .string(joinedAt.description),
            "tracks": .array(tracks.map { .object(isOwn ? $0.ownJSON : $0.json) }),
        ]
        if let quality { object.append("quality", .object(quality.json)) }
        return object
    }
}

/// How a participant is connected, as the others see it.
public enum ParticipantState: String, CaseIterable, Codable, Sendable {
    /// It has joined, and its media transport is not up yet.
    case connecting
    /// It is there.
    case connected
    /// Its connection or its media transport is lost for the moment.
    case reconnecting
}

/// A track that a participant publishes.
struct PublishedTrack: Equatable, Sendable {
    /// The track as clients know it.
    var id: String
    /// The track as the media plane knows it.
    var publication: PublicationID
    var mid: String
    var source: TrackSource
    /// Which of the participant's tracks of this source it is. The first microphone and the first camera
    /// belong together, as do the second ones.
    var ordinal: Int
    var muted: Bool
    /// Whether media of it has arrived.
    var isFlowing = false
    /// The RIDs of those of its sizes that its owner makes of it at present; `nil` for all.
    var madeRIDs: [String]?

    /// The track as the others see it.
    var json: JSONObject {
        [
            "id": .string(id), "source": .string(source.rawValue), "kind": .string(source.kind.rawValue),
            "muted": .bool(muted),
        ]
    }

    /// The track as its owner sees it: with the m-line.
    var ownJSON: JSONObject {
        var object = json
        object.append("mid", .string(mid))
        return object
    }
}

extension Interval {
    /// The length in whole seconds, rounded up: a client that waits so long has waited long enough.
    var wholeSeconds: Int64 { (nanoseconds + 999_999_999) / 1_000_000_000 }
}

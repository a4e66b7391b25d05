/// Which track is on which receive slot of one participant, and which tracks are on none; SLOTS in the
/// protocol.
struct SlotMapping: Equatable, Sendable {
    /// Rises with every change, so that a client can tell an older mapping from a newer one.
    var version: Int
    var assigned: [Assigned]
    /// Tracks that are not received, the longest waiting first and those that cannot be decoded last; no
    /// more than `longestList` of them on the wire.
    var unassigned: [Unassigned]
    /// How many tracks are not received, those that are not listed counted.
    var unassignedCount: Int

    /// More than a client has slots for, at the default limits: whoever could be shown next is in it.
    static let longestList = 50

    /// A receive slot's m-line and what is on it.
    struct Assigned: Equatable, Sendable {
        var mid: String
        var participant: String
        var track: String
        var source: TrackSource
    }

    /// A track that the participant does not receive.
    struct Unassigned: Equatable, Sendable {
        var participant: String
        var track: String
        var source: TrackSource
        var reason: UnassignedReason
    }

    var json: JSONObject {
        [
            "version": .integer(version),
            "assigned": .array(
                assigned.map {
                    .object([
                        "mid": .string($0.mid), "kind": .string($0.source.kind.rawValue),
                        "participant": .string($0.participant), "track": .string($0.track),
                        "source": .string($0.source.rawValue),
                    ])
                }),
            "unassigned": .array(
                unassigned.map {
                    .object([
                        "participant": .string($0.participant), "track": .string($0.track),
                        "source": .string($0.source.rawValue), "kind": .string($0.source.kind.rawValue),
                        "reason": .string($0.reason.rawValue),
                    ])
                }),
            "unassignedCount": .integer(unassignedCount),
        ]
    }
}

/// Why a participant does not receive a track.
public enum UnassignedReason: String, CaseIterable, Codable, Sendable {
    /// Every slot is in use: the client may offer more pairs.
    case noFreeSlot = "no-free-slot"
    /// Every slot is in use, and the client has as many as it may have.
    case slotLimit = "slot-limit"
    /// The participant wants no more cameras than it has.
    case lastN = "last-n"
    /// The participant cannot decode what the track is sent in.
    case codecNotSupported = "codec-not-supported"
}

internal import FoundationEssentials

/// The messages of docs/signaling-protocol.md that a load client needs, as far as it needs them.
enum SignalingMessages {
    /// One track of a join.
    struct Track: Encodable, Sendable {
        var mid: String
        var source: String
        var muted = false
    }

    /// A session description and its number.
    struct Description: Codable, Sendable {
        var offerId: Int
        var sdp: String
    }

    /// `join-room`.
    struct Join: Encodable, Sendable {
        var type = "join-room"
        var id: Int
        var room: String
        var name: String
        var offer: Description
        var tracks: [Track]
    }

    /// A request that has nothing but its type: `leave-room`, `ping`.
    struct Plain: Encodable, Sendable {
        var type: String
        var id: Int
    }

    /// What any message of the server may have.
    struct Message: Decodable, Sendable {
        struct Slots: Decodable, Sendable {
            struct Assignment: Decodable, Sendable {
                var mid: String
                var track: String
            }
            var assigned: [Assignment]
            var unassignedCount: Int?
        }
        struct Person: Decodable, Sendable { var id: String }

        var type: String
        var id: Int?
        var code: String?
        var message: String?
        var reason: String?
        var answer: Description?
        var slots: Slots?
        var `self`: Person?
        // The fields of a `slots` event.
        var assigned: [Slots.Assignment]?
    }

    /// Events that say nothing a load client acts on: they are counted and not read. A busy room sends thousands.
    static let ignored: [[UInt8]] = ["speakers", "user-joined", "user-updated", "user-left", "media-state"].map {
        Array("{\"type\":\"\($0)\"".utf8)
    }

    static func encode(_ message: some Encodable) throws -> [UInt8] { Array(try JSONEncoder().encode(message)) }

    static func decode(_ bytes: [UInt8]) throws -> Message {
        try JSONDecoder().decode(Message.self, from: Data(bytes))
    }
}

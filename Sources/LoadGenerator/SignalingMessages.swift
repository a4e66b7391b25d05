internal import FoundationEssentials
internal import NIOCore

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

    /// `subscription-settings`.
    struct SubscriptionSettings: Encodable, Sendable {
        struct Track: Encodable, Sendable {
            var track: String
            var maxHeight: Int
        }
        var type = "subscription-settings"
        var id: Int
        var tracks: [Track]
        /// Not in the message when `nil`: it stays as it is.
        var lastN: Int?

        init(id: Int, _ wish: SubscriptionChoice.Wish) {
            self.id = id
            tracks = wish.tracks.map { Track(track: $0, maxHeight: wish.maxHeight) }
            lastN = wish.lastN
        }
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
        struct Person: Decodable, Sendable {
            struct Track: Decodable, Sendable { var id: String }
            var id: String
            var tracks: [Track]?
        }

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

    /// Events that say nothing a load client acts on. A busy room sends thousands.
    static let news = [
        "speakers", "user-joined", "user-updated", "user-left", "media-state", "connection-quality",
    ]

    private static let beginning = number("{\"type\":")
    private static let beginningsOfNews = news.map(number)

    /// The first eight characters as one number.
    private static func number(_ text: String) -> UInt64 { text.utf8.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }

    /// Whether a message that begins at `index` is one of those, by the first letters of its type: the server writes
    /// the type first, and no other type begins in the same way.
    static func isNews(in buffer: ByteBuffer, at index: Int) -> Bool {
        guard buffer.getInteger(at: index, as: UInt64.self) == beginning,
            let type = buffer.getInteger(at: index + 9, as: UInt64.self)
        else { return false }
        return beginningsOfNews.contains(type)
    }

    static func encode(_ message: some Encodable) throws -> [UInt8] { Array(try JSONEncoder().encode(message)) }

    static func decode(_ bytes: [UInt8]) throws -> Message {
        try JSONDecoder().decode(Message.self, from: Data(withoutParticipants(bytes)))
    }

    /// A message without its list of participants, of which a load client reads nothing and which in a large room is
    /// nearly all of it.
    static func withoutParticipants(_ bytes: [UInt8]) -> [UInt8] {
        let name = Array("\"participants\":[".utf8)
        var depth = 0
        var index = 0
        /// Where the list begins, once it has.
        var start: Int?
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                if start == nil, depth == 1, bytes[index...].starts(with: name) {
                    start = index + name.count
                    index += name.count
                    depth += 1
                    continue
                }
                index += 1
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 1, let start { return Array(bytes[..<start] + bytes[index...]) }
            default: break
            }
            index += 1
        }
        return bytes
    }
}

import Ciphers

/// What a client shows to get its place back on a new connection: `<room>.<participant>.<secret>`.
///
/// It names where to look, so there is no table of tokens that could leak or grow; the secret alone counts.
struct ResumeToken: Equatable, Sendable {
    /// The room, by its number in this process.
    var room: UInt64
    /// The participant's identifier.
    var participant: String
    /// What only the participant knows.
    var secret: String

    init(room: UInt64, participant: String, secret: String) {
        self.room = room
        self.participant = participant
        self.secret = secret
    }

    init?(_ text: String) {
        guard text.utf8.count <= 128 else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let room = UInt64(parts[0]), !parts[1].isEmpty, !parts[2].isEmpty else {
            return nil
        }
        self.init(room: room, participant: String(parts[1]), secret: String(parts[2]))
    }

    var text: String { "\(room).\(participant).\(secret)" }
}

/// The secrets that a participant may resume with.
///
/// Each resume gives out a new one. The one before stays good until the client is heard on the new
/// connection: the reply with the new one may have been lost with the connection that carried it.
struct ResumeSecrets: Sendable {
    private(set) var current: String
    private var previous: String?

    init(_ secret: String) { current = secret }

    /// Whether `secret` is good, in a time that does not tell how much of it is.
    func accepts(_ secret: String) -> Bool {
        Self.equal(secret, current) || (previous.map { Self.equal(secret, $0) } ?? false)
    }

    /// Gives out a new secret; `used` is the one the client came with.
    mutating func rotate(to secret: String, used: String) {
        previous = used
        current = secret
    }

    /// The client has the current one.
    mutating func confirm() { previous = nil }

    private static func equal(_ left: String, _ right: String) -> Bool {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        return constantTimeEquals(left.span, right.span)
    }
}

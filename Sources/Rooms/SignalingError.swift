/// A refusal of one request: a code for programs, which never changes, and a sentence for people.
public struct SignalingError: Error, Equatable, Sendable {
    /// What went wrong, for programs.
    public var code: SignalingErrorCode
    /// What went wrong and what to do about it, for people.
    public var message: String

    /// Makes an error from its parts.
    public init(_ code: SignalingErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// The codes of errors on the wire. Documented one by one in docs/signaling-protocol.md.
public enum SignalingErrorCode: String, Sendable, CaseIterable {
    case badJSON = "bad-json"
    case badMessage = "bad-message"
    case unknownType = "unknown-type"
    case messageTooLarge = "message-too-large"
    case rateLimited = "rate-limited"
    case internalError = "internal-error"

    case badRoomName = "bad-room-name"
    case badName = "bad-name"
    case roomExists = "room-exists"
    case roomNotFound = "room-not-found"
    case roomFull = "room-full"
    case tooManyRooms = "too-many-rooms"
    case tooManySessions = "too-many-sessions"
    case notAllowed = "not-allowed"
    case alreadyJoined = "already-joined"
    case notJoined = "not-joined"
    case draining
    case serverOverloaded = "server-overloaded"

    case badSDP = "bad-sdp"
    case badOffer = "bad-offer"
    case staleOffer = "stale-offer"
    case tooManyTracks = "too-many-tracks"
    case unexpectedAnswer = "unexpected-answer"
    case badCandidate = "bad-candidate"
    case noSuchTrack = "no-such-track"
    case noSuchParticipant = "no-such-participant"
    case participantUnreachable = "participant-unreachable"
    case participantBusy = "participant-busy"
    case resumeFailed = "resume-failed"
}

/// Why the server ends a connection; sent as `goodbye` before the close frame.
public enum GoodbyeReason: String, Sendable, CaseIterable {
    /// The same identity joined again, or the participant resumed on another connection.
    case replaced
    /// The client did not read what was sent to it.
    case slowConsumer = "slow-consumer"
    /// Nothing was heard of the client for too long.
    case keepAliveTimeout = "keep-alive-timeout"
    /// The server is being stopped.
    case serverShutdown = "server-shutdown"
    /// An operator removed the participant.
    case removed
    /// An operator closed the room.
    case roomClosed = "room-closed"
    /// The client sent more messages than it may.
    case rateLimited = "rate-limited"
    /// The media transport failed and was not restarted in time.
    case mediaFailed = "media-failed"

    /// The WebSocket close code that goes with it (RFC 6455 §7.4; 4000 and above are the application's own).
    public var closeCode: UInt16 {
        switch self {
        case .serverShutdown: 1001
        case .replaced: 4000
        case .slowConsumer: 4001
        case .keepAliveTimeout: 4002
        case .rateLimited: 4003
        case .removed: 4004
        case .mediaFailed: 4005
        case .roomClosed: 4006
        }
    }

    /// Whether the client should connect again by itself: resume where it can, else join.
    public var invitesReconnect: Bool {
        switch self {
        case .slowConsumer, .keepAliveTimeout, .serverShutdown, .mediaFailed: true
        case .replaced, .removed, .roomClosed, .rateLimited: false
        }
    }

    /// What a person is told.
    var sentence: String {
        switch self {
        case .replaced: "You joined again from another place; this connection is closed."
        case .slowConsumer: "This connection is too slow for what is sent to it. Connect again to resume."
        case .keepAliveTimeout: "Nothing was heard from you for too long. Connect again to resume."
        case .serverShutdown: "The server is being stopped. Connect again in a moment."
        case .removed: "You were removed from the room."
        case .roomClosed: "The room was closed."
        case .rateLimited: "Too many messages were sent. Send fewer."
        case .mediaFailed: "The media connection failed and could not be restarted. Join again."
        }
    }
}

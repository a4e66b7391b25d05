public import Wire

/// The way out to one client: the outbox in front of its WebSocket. Implemented by the edge.
public protocol SignalingSink: Sendable {
    /// Puts a message into the outbox. Returns at once; `false` when the outbox is full, and the message is
    /// not sent.
    ///
    /// Messages leave in the order of the calls.
    func send(_ text: String) -> Bool

    /// Puts messages into the outbox that others get, too. `false` when they do not all fit; then none is sent.
    func send(_ messages: SharedMessages) -> Bool

    /// Puts what another member sends to this client into the outbox, in the same order.
    ///
    /// Such messages have a share of their own, and each sender a share of that: however much is sent this
    /// way, there is room for what the server and the other members say.
    func relay(_ text: String, from sender: String) -> RelayOutcome

    /// Sends what is in the outbox, then a close frame (RFC 6455 §5.5.1), and ends the connection. Returns at
    /// once.
    ///
    /// Further calls do nothing.
    func close(code: UInt16, reason: String)
}

/// What became of a message from one member to another.
public enum RelayOutcome: Equatable, Sendable {
    /// It is in the outbox.
    case sent
    /// Too many of this sender's messages wait for the client to read them.
    case senderIsOverShare
    /// Too many of the members' messages wait, most of them not this sender's.
    case isFull
    /// The connection is being closed.
    case isClosed
}

/// What is known of a client before it says anything.
public struct ClientInfo: Sendable {
    /// The client's address; behind a trusted proxy the one that the proxy reports.
    public var address: IPAddress?
    /// The browser, as it calls itself.
    public var userAgent: String?

    /// Makes a description from its parts.
    public init(address: IPAddress?, userAgent: String?) {
        self.address = address
        self.userAgent = userAgent
    }
}

/// Why a connection is not taken.
public enum ConnectionRefusal: Error, Equatable, Sendable {
    /// The server has as many connections as it may have.
    case tooManyConnections
    /// The client's address has as many connections as one address may have.
    case tooManyFromAddress
    /// The server is being stopped.
    case stopping

    /// The status that an upgrade is answered with instead (RFC 9110 §15).
    public var httpStatus: Int {
        switch self {
        case .tooManyConnections, .stopping: 503
        case .tooManyFromAddress: 429
        }
    }

    /// The close code where the upgrade has already happened: 1013, try again later.
    public var closeCode: UInt16 { 1013 }

    /// The sentence for people.
    public var message: String {
        switch self {
        case .tooManyConnections: "The server has as many connections as it may have. Try again later."
        case .tooManyFromAddress:
            "Your address has as many connections as one address may have. Close one first."
        case .stopping: "The server is being stopped. Try again in a moment."
        }
    }
}

/// What a client sent that the edge does not pass on.
public enum FrameViolation: Equatable, Sendable {
    /// A message of more than `RoomsConfiguration.maxMessageBytes`.
    case messageTooLarge
    /// A text message that is not UTF-8.
    case notUTF8
    /// A binary message: the protocol is text.
    case binary

    /// The close code (RFC 6455 §7.4.1).
    public var closeCode: UInt16 {
        switch self {
        case .messageTooLarge: 1009
        case .notUTF8: 1007
        case .binary: 1003
        }
    }
}

internal import DataChannels
internal import LoadMedia
internal import Wire

/// One participant's data channels: its end of the association, and what it has of everybody else's messages.
@SCTPActor
final class DataMember {
    let person: DataExchange.Person
    let endpoint: DataEndpoint
    /// When the DTLS association came up.
    let connected: Timestamp
    /// The channel to the room, which is also how the member finds out that the server knows it.
    let roomChannel: UInt16?
    /// The channel to one member, and the number of that member's stay.
    var direct: (channel: UInt16, receiver: Int)?
    /// Whether the server is known to pass messages to it.
    var isReady = false
    var pace = MessagePace()
    /// By receiver, or -1 for the room: the number of the next message.
    var sequences: [Int: UInt32] = [:]
    /// By stream: from whom the server said that messages on it come.
    var origins: [UInt16: String] = [:]
    /// By sender.
    var ledgers: [Int: MessageLedger] = [:]
    /// Whether its association has ended, or is about to.
    var isOver = false

    /// A browser takes as many channels as others open to it.
    private static let limits = {
        var limits = DataChannelLimits()
        limits.maxChannels = Int(limits.streams)
        limits.maxMessageSize = 262_144
        return limits
    }()

    /// `nil` when there is no memory.
    init?(_ person: DataExchange.Person, _ shape: DataShape, at now: Timestamp) {
        guard let endpoint = DataEndpoint(limits: Self.limits, isDTLSClient: true, remotePort: person.port) else {
            return nil
        }
        self.person = person
        self.endpoint = endpoint
        connected = now
        roomChannel = endpoint.open(ChannelOpening(label: "load", reliability: shape.reliability))
    }

    /// The participant that a channel's protocol names: `from:<participant>`, `direct-from:<participant>`.
    static func origin(_ protocolName: String) -> String? {
        let head = protocolName.prefix { $0 != ";" }
        for prefix in ["from:", "direct-from:"] where head.hasPrefix(prefix) {
            return String(head.dropFirst(prefix.count))
        }
        return nil
    }
}

public import Wire

/// Everything about rooms that an operator can set, each with the default that suits one machine.
public struct RoomsConfiguration: Sendable {
    // MARK: How much of everything

    /// Rooms that may exist at once.
    public var maxRooms = 1000
    /// Participants a room may have, those who are reconnecting counted.
    public var maxParticipantsPerRoom = 100
    /// Audio receive slots a participant may have: more voices at once are not told apart.
    public var maxAudioSlots = 16
    /// Video receive slots a participant may have: a grid of five by five.
    public var maxVideoSlots = 25
    /// Bytes of one message on a data channel; `nil` for no data channels.
    public var maxDataMessageBytes: Int? = 65_536
    /// How fast a participant may send messages on data channels, so that its client keeps to it; `nil` for no data channels.
    public var dataRates: DataRates? = DataRates()
    /// Tracks a participant may publish: microphone, camera, screen and its sound, twice over.
    public var maxTracksPerParticipant = 8
    /// Characters of a room's name in the address. ASCII, so also bytes.
    public var maxRoomNameLength = 64
    /// Characters of a participant's or a room's displayed name.
    public var maxNameLength = 64
    /// Characters of an identity.
    public var maxIdentityLength = 128

    // MARK: Connections

    /// Connections (WebSockets) at once.
    public var maxConnections = 4000
    /// Connections at once from one address; for IPv6 from one /64, the smallest network a household gets.
    public var maxConnectionsPerAddress = 64
    /// Participants at once from one address, in all rooms together, those who are reconnecting counted; for
    /// IPv6 from one /64.
    public var maxSessionsPerAddress = 64
    /// Participants at once from one address whose media transport has never been up; for IPv6 from one /64.
    public var maxPendingPerAddress = 32
    /// Bytes of one message from a client. An offer with 41 slots has about 150 kB.
    public var maxMessageBytes = 1_048_576
    /// Messages a second that a client may send for long.
    public var messagesPerSecond = 30
    /// Messages a client may send at once before the rate counts. Candidates come in such bursts.
    public var messageBurst = 120
    /// Messages that may wait for a client to read them before it counts as too slow.
    public var outboxMessages = 256
    /// Bytes that may wait for a client to read them before it counts as too slow.
    public var outboxBytes = 4_194_304
    /// Messages from other members that may wait for a client to read them, beside those of the server.
    public var relayedMessages = 128
    /// Bytes of messages from other members that may wait. A line of 1 Mbit/s carries them in 8 s, well before
    /// the pings behind them are missed.
    public var relayedBytes = 1_048_576
    /// How much of both may be one sender's: an eighth, so that one who floods leaves room for the others.
    public var relayShares = 8
    /// How often a client is asked to send a ping.
    public var keepAliveInterval = Interval.seconds(5)
    /// A client of which nothing was heard for so long is taken for gone: three pings.
    public var keepAliveTimeout = Interval.seconds(15)

    // MARK: Graces

    /// How long a participant whose connection was lost keeps its place, and its media.
    public var resumeGrace = Interval.seconds(20)
    /// How long a participant's media transport may take to be up for the first time. After that it counts as
    /// failed.
    public var mediaConnectGrace = Interval.seconds(30)
    /// How long a participant whose media transport failed has to restart ICE.
    public var mediaFailureGrace = Interval.seconds(15)
    /// How long a room without participants is kept.
    public var emptyRoomLifetime = Interval.seconds(60)
    /// How long an ending server waits for the media plane to say goodbye to every peer.
    public var shutdownGrace = Interval.milliseconds(1500)

    // MARK: Behaviour

    /// Whether clients may make rooms with `create-room`.
    public var clientsCreateRooms = true
    /// Whether joining a room that does not exist makes it. Without it rooms come from `create-room` or the
    /// operator only.
    public var createsRoomsOnJoin = true
    /// How often a room tells who speaks, at most.
    public var speakersInterval = Interval.milliseconds(200)
    /// The STUN and TURN servers that clients are given.
    public var iceServers = ICEServerConfiguration()

    /// Makes the configuration of defaults.
    public init() {}
}

/// How fast a participant may send messages on data channels. The data plane holds it to these; here they are told.
public struct DataRates: Sendable, Equatable {
    /// Messages a second for long.
    public var messagesPerSecond: Int
    /// Messages at once before the rate counts.
    public var messageBurst: Int
    /// Bytes a second for long.
    public var bytesPerSecond: Int
    /// Bytes at once before the rate counts.
    public var byteBurst: Int

    /// Makes rates; without a word the defaults of the settings.
    public init(
        messagesPerSecond: Int = 100, messageBurst: Int = 200, bytesPerSecond: Int = 1_048_576,
        byteBurst: Int = 2_097_152
    ) {
        self.messagesPerSecond = messagesPerSecond
        self.messageBurst = messageBurst
        self.bytesPerSecond = bytesPerSecond
        self.byteBurst = byteBurst
    }

    /// `limits.data` in the protocol.
    var json: JSONObject {
        [
            "messagesPerSecond": .integer(messagesPerSecond), "messageBurst": .integer(messageBurst),
            "bytesPerSecond": .integer(bytesPerSecond), "byteBurst": .integer(byteBurst),
        ]
    }
}

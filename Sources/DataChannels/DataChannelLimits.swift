/// What data channels may take of the server. Each limit has a default that suits chat, files in pieces and game state.
public struct DataChannelLimits: Sendable, Equatable {
    /// Bytes of one message, announced as `a=max-message-size`; one that is larger ends the association.
    public var maxMessageSize = 65_536
    /// Channels that one participant may have opened at once.
    public var maxChannels = 16
    /// Bytes of a label, and of a protocol.
    public var maxLabelBytes = 256
    /// Streams of an association in each direction; half of them are the server's, one for each channel of another member
    /// that has said something. usrsctp holds about a hundred bytes for each from the beginning.
    public var streams: UInt16 = 512
    /// Messages a second that a participant may send for long. Above that an unreliable message is dropped, and a reliable
    /// one taken until `messageTolerance` is used up, too; the next ends the sender's association.
    public var messagesPerSecond = 100.0
    /// Messages a participant may send at once before the rate counts.
    public var messageBurst = 200.0
    /// Reliable messages beyond that which are taken still: ten seconds' worth. A sender who keeps to the rate by its own
    /// clock is never above it but for what a network held back and brings at once.
    public var messageTolerance = 1_000.0
    /// Bytes a second that a participant may send for long; as with messages.
    public var bytesPerSecond = 1_048_576.0
    /// Bytes a participant may send at once before the rate counts.
    public var byteBurst = 2_097_152.0
    /// Bytes of reliable messages beyond that which are taken still. Less than of messages: SCTP brings what was held back
    /// no faster than the path carries it, and each receiver has to keep them.
    public var byteTolerance = 2_097_152.0
    /// Bytes that may wait for one receiver. A reliable message beyond that ends the receiver's association.
    public var maxBuffered = 2_097_152
    /// Bytes that may wait for one receiver before unreliable messages are dropped: old ones are worth nothing.
    public var maxBufferedUnreliable = 131_072

    /// Makes the default limits.
    public init() {}
}

/// Why a message, or the opening of a channel, was not passed on.
public enum DataDropReason: String, CaseIterable, Sendable {
    /// Its stream is no channel: it was never opened, or agreed on without the establishment protocol.
    case unknownChannel
    /// It crossed the end of its channel.
    case closedChannel
    /// A channel was not taken: a wrong number, too many, or too long a name.
    case refusedChannel
    /// Not a message of the establishment protocol.
    case malformedControl
    /// A payload protocol identifier that WebRTC does not have.
    case unknownPayload
    /// Larger than announced.
    case tooLarge
    /// The sender was faster than it may be.
    case rateLimited
    /// The member it was for is not there, or has no data channels.
    case noReceiver
    /// The receiver has no free stream.
    case noStream
    /// The receiver takes its messages too slowly.
    case slowReceiver
}

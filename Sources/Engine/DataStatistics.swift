/// The figures of a peer's data channels.
public struct DataStatistics: Sendable, Equatable {
    /// Whether the SCTP association is there.
    public var isConnected = false
    /// Open channels, those that carry other members' messages counted.
    public var channels = 0
    /// Messages received from the peer.
    public var messagesIn: UInt64 = 0
    /// Messages sent to the peer, or waiting for it.
    public var messagesOut: UInt64 = 0
    /// Bytes of the messages received.
    public var bytesIn: UInt64 = 0
    /// Bytes of the messages sent.
    public var bytesOut: UInt64 = 0
    /// Bytes that wait for the peer to take what is before them.
    public var buffered = 0
    /// Messages and openings that were not passed on, by reason; reasons that never occurred are left out.
    public var drops: [String: UInt64] = [:]
    /// Why the association ended, once it has.
    public var endReason: String?
    /// Makes empty figures.
    public init() {}
}

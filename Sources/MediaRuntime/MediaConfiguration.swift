public import DataChannels
public import Wire

/// How the media plane uses the machine and the network.
public struct MediaConfiguration: Sendable {
    /// The UDP port of worker 0; worker n has this plus n. 0 lets the kernel choose (tests).
    public var basePort: UInt16 = 40_000
    /// Media workers, each a thread with its own port; 0 means one for each processor the process may use. 1 to 64.
    public var workers = 0
    /// Local addresses to bind; empty means every address of the interfaces that are worth announcing, and
    /// loopback when there is no other.
    public var listenAddresses: [IPAddress] = []
    /// Addresses to put into the candidates instead of the bound ones: what peers reach the server by, behind a
    /// one-to-one NAT or a port forwarding.
    public var announcedAddresses: [IPAddress] = []
    /// Bytes to ask the kernel for, for waiting datagrams; it may grant less, which is said at start.
    public var receiveBuffer = 4 << 20
    /// Bytes to ask the kernel for, for datagrams on their way out.
    public var sendBuffer = 4 << 20
    /// Pins each worker to a processor.
    public var pinsWorkers = false
    /// Peers a worker takes before joins are refused.
    public var maxPeersPerWorker = 2_000
    /// Peers by which a room's worker may be ahead of the least loaded one before the room's next peers go there: below that,
    /// mirroring what the room publishes costs more than the balance is worth. At least 1.
    public var spread = 8
    /// Whether runs of datagrams are handed to the kernel as one segmented send, where it can.
    public var segments = true
    /// The share of a second, 0 to 1, that a worker's loop may be busy before it takes no more peers and forwards less video;
    /// 0 turns that off.
    public var overloadThreshold = 0.9
    /// Voices of a large room that are forwarded at once, the loudest; 0 forwards all of them. 0 to 50.
    public var loudestVoices = 5
    /// The number of voices up to which all of a room are forwarded.
    public var smallRoomVoices = 8
    /// STUN requests without credentials that a worker answers, per second; 0 turns the service off.
    public var stunRequestsPerSecond = 500
    /// What data channels may take.
    public var dataChannels = DataChannelLimits()
    /// The common name of the DTLS certificate. Peers check its fingerprint, never the name.
    public var certificateName = "roost"

    /// Makes the default configuration.
    public init() {}
}

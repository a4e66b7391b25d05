public import Wire

/// How one worker's engine behaves. Every value has a default that suits a conference over the open internet.
public struct EngineConfiguration: Sendable {
    /// The worker's index, which is part of the ICE user fragments it hands out.
    public var workerIndex: Int
    /// Time between transport-cc feedback packets to a publisher; 50 to 100 ms is what browsers' estimators expect.
    public var feedbackInterval = Interval.milliseconds(100)
    /// Time between compound reports (RFC 3550 §6.2; the reduced minimum of AVPF allows less than five seconds).
    public var reportInterval = Interval.seconds(1)
    /// Time between two looks at which simulcast layer to forward.
    public var layerInterval = Interval.milliseconds(250)
    /// A layer that has been silent for this long is not forwarded any more.
    public var layerSilence = Interval.milliseconds(750)
    /// Time between two audio level events of a peer; that it begins to speak is told at once.
    public var levelInterval = Interval.milliseconds(100)
    /// Voices of a large room that are forwarded at once, the loudest; 0 forwards all of them. 0 to 50.
    public var loudestVoices = 5
    /// The number of voices up to which all of a room are forwarded.
    public var smallRoomVoices = 8
    /// What a receiver's path is thought to carry at first, bits a second.
    public var downlinkStart: UInt64 = 500_000
    /// The most a receiver's path is ever thought to carry, bits a second.
    public var downlinkMost: UInt64 = 30_000_000
    /// Incoming SSRCs a peer may use, retransmission streams counted.
    public var maxStreamsPerPeer = 64
    /// Datagrams of the egress batch, 1.5 kB each; it grows when one batch can hold more receivers. 128 at least.
    public var egressCapacity = 1_024
    /// Datagrams after which the batch is sent: as many as stay in a processor's second-level cache, and enough that a
    /// burst to one receiver is one send.
    public var egressBurst = 384
    /// Unauthenticated STUN requests a worker answers, per second.
    public var stunRequestsPerSecond = 500
    /// Unauthenticated STUN requests a worker answers to one address, per second.
    public var stunRequestsPerAddress = 20

    /// Makes the default configuration of a worker.
    public init(workerIndex: Int) { self.workerIndex = workerIndex }
}

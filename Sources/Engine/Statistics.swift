public import ICE
public import Wire

/// A peer's live figures, as the status API shows them.
public struct PeerStatistics: Sendable {
    /// The state of ICE.
    public var ice: ICEState = .new
    /// The state of DTLS.
    public var dtls: DTLSConnectionState = .new
    /// The peer's address that media goes to.
    public var selectedAddress: SocketAddress?
    /// The SRTP protection profile in use, by its registered name.
    public var srtpProfile: String?
    /// The worker it lives on.
    public var workerIndex = 0
    /// Round-trip time from the peer's receiver reports, milliseconds.
    public var roundTripMilliseconds: Double?
    /// Bits per second received from the peer over the last second, all packets.
    public var bitrateIn: UInt64 = 0
    /// Bits per second sent to the peer over the last second, all packets.
    public var bitrateOut: UInt64 = 0
    /// Packets received.
    public var packetsIn: UInt64 = 0
    /// Packets sent.
    public var packetsOut: UInt64 = 0
    /// Authenticated ICE checks received.
    public var iceChecks: UInt64 = 0
    /// What the link to the peer carries, in bits a second; `nil` while nothing is known.
    public var linkEstimate: UInt64?
    /// What everything takes that it is decided to send, in bits a second.
    public var allocatedBitrate: UInt64 = 0
    /// The estimate that would let more be sent; `nil` when nothing more is wanted.
    public var wantedBitrate: UInt64?
    /// The tracks the peer sends.
    public var uplinks: [UplinkStatistics] = []
    /// The receive slots.
    public var downlinks: [DownlinkStatistics] = []
    /// What the path to the peer carries; `nil` until media has been sent to it.
    public var path: PathStatistics?
    /// The data channels, if any were negotiated.
    public var data: DataStatistics?
    /// Packets that were not forwarded, by reason; reasons that never occurred are left out.
    public var drops: [String: UInt64] = [:]
    /// Makes empty figures.
    public init() {}
}

/// What the path to a peer is thought to carry, and why.
public struct PathStatistics: Sendable {
    /// Bits a second.
    public var estimate: UInt64 = 0
    /// What keeps the estimate from being higher: `start`, `delay`, `loss`, `remb`, `application` or `silence`.
    public var limit = "start"
    /// Bits a second an allocator could use, for which the path is probed.
    public var wanted: UInt64 = 0
    /// Bits a second that arrive by the peer's feedback, probes included.
    public var acknowledged: UInt64 = 0
    /// The share of packets that is lost, smoothed, 0 to 1.
    public var loss = 0.0
    /// The share that is taken for the path's own, lost at whatever rate.
    public var ownLoss = 0.0
    /// How long packets wait in the path's queues, milliseconds.
    public var queueingMilliseconds = 0.0
    /// From sending a packet to its feedback, milliseconds; `nil` without transport-wide feedback.
    public var feedbackMilliseconds: Double?
    /// Probes sent.
    public var probes: UInt64 = 0
    /// Probes that have raised the estimate.
    public var successfulProbes: UInt64 = 0
    /// Packets of padding sent for them.
    public var paddingPackets: UInt64 = 0
    /// Their bytes.
    public var paddingBytes: UInt64 = 0
    /// Packets of pictures that were held back for a while, since the path loses the ends of bursts.
    public var pacedPackets: UInt64 = 0
    /// Makes empty figures.
    public init() {}
}

/// The figures of one track that a peer sends.
public struct UplinkStatistics: Sendable {
    /// The m-line.
    public var mid = ""
    /// The publication it feeds.
    public var publication: PublicationID?
    /// The codec's name as in SDP; `red` for Opus that comes with redundancy (RFC 2198).
    public var codec = ""
    /// Each stream: one for audio and plain video, one for each simulcast layer.
    public var layers: [LayerStatistics] = []
    /// Keyframes that the publisher was asked for, by cause.
    public var keyframeRequests: [String: UInt64] = [:]
    /// Smoothed audio level, dBov, audio only.
    public var audioLevel: Int8?
    /// Makes empty figures.
    public init() {}
}

/// The figures of one received RTP stream.
public struct LayerStatistics: Sendable {
    /// The simulcast stream's RID, if it has one.
    public var rid: String?
    /// Its SSRC.
    public var ssrc: UInt32 = 0
    /// Whether this layer is the one forwarded.
    public var isForwarded = false
    /// What receivers can be sent of the stream; empty where that is all of it or nothing.
    public var choices: [ChoiceStatistics] = []
    /// Bits per second over the last second.
    public var bitrate: UInt64 = 0
    /// Packets received.
    public var packets: UInt64 = 0
    /// Packets lost before retransmission.
    public var lost: Int64 = 0
    /// Packets recovered by retransmission.
    public var recovered: UInt64 = 0
    /// Interarrival jitter, milliseconds (RFC 3550 §6.4.1).
    public var jitterMilliseconds = 0.0
    /// Sequence numbers asked for again.
    public var nacksSent: UInt64 = 0
    /// Keyframes received.
    public var keyframes: UInt64 = 0
    /// Makes empty figures.
    public init() {}
}

/// A set of layers within one stream that a receiver can be sent: up to a spatial and a temporal one.
public struct ChoiceStatistics: Sendable {
    /// The highest spatial layer, 0 to 7.
    public var spatialLayer: UInt8
    /// The highest temporal layer, 0 to 7.
    public var temporalLayer: UInt8
    /// Bits per second over the last second that it takes.
    public var bitrate: UInt64
    /// The shorter side of the picture in pixels, if the stream says it.
    public var height: Int?

    /// Makes the figures.
    public init(spatialLayer: UInt8, temporalLayer: UInt8, bitrate: UInt64, height: Int? = nil) {
        self.spatialLayer = spatialLayer
        self.temporalLayer = temporalLayer
        self.bitrate = bitrate
        self.height = height
    }
}

/// The figures of one receive slot.
public struct DownlinkStatistics: Sendable {
    /// The m-line.
    public var mid = ""
    /// What is on it.
    public var publication: PublicationID?
    /// The slot's SSRC.
    public var ssrc: UInt32 = 0
    /// Bits per second over the last second.
    public var bitrate: UInt64 = 0
    /// Packets sent, retransmissions not counted.
    public var packets: UInt64 = 0
    /// Sequence numbers the receiver asked for again.
    public var nacksReceived: UInt64 = 0
    /// Packets sent again.
    public var retransmitted: UInt64 = 0
    /// Picture loss indications and full intra requests received.
    public var keyframeRequests: UInt64 = 0
    /// The loss the receiver reported last, 0 to 1.
    public var reportedLoss = 0.0
    /// Whether video waits for a keyframe before it flows.
    public var isWaitingForKeyframe = false
    /// The simulcast layer that flows, by its RID.
    public var rid: String?
    /// Whether nothing is sent, on purpose.
    public var isPaused = false
    /// What is sent and why, in words.
    public var decision: String?
    /// Whether it carries a picture that the receiver would show.
    public var isShown = false
    /// Makes empty figures.
    public init() {}
}

/// The figures of one media worker.
public struct WorkerStatistics: Sendable {
    /// The worker's index.
    public var index = 0
    /// Its UDP port.
    public var port: UInt16 = 0
    /// Peers placed on it.
    public var peers = 0
    /// Whether it has as many as it may have.
    public var isFull = false
    /// Datagrams received.
    public var packetsIn: UInt64 = 0
    /// Datagrams sent.
    public var packetsOut: UInt64 = 0
    /// Bytes received.
    public var bytesIn: UInt64 = 0
    /// Bytes sent.
    public var bytesOut: UInt64 = 0
    /// Messages they were sent as: a run of datagrams of one size to one peer is one.
    public var sends: UInt64 = 0
    /// System calls that took.
    public var sendCalls: UInt64 = 0
    /// Datagrams that the kernel refused.
    public var sendErrors: UInt64 = 0
    /// The share of the last second that its loop was busy, 0 to 1.
    public var busyShare = 0.0
    /// What it leaves out because of its load.
    public var loadLevel = LoadLevel.normal
    /// Datagrams that belonged to nobody or were dropped before a peer was known, by reason.
    public var drops: [String: UInt64] = [:]
    /// Makes empty figures.
    public init() {}
}

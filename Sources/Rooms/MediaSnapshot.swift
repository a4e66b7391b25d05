import Engine
import Wire

/// A participant's live figures as the status API shows them.
public struct MediaSnapshot: Sendable, Encodable {
    /// The state of ICE: `new`, `checking`, `connected`, `disconnected` or `failed`.
    public var ice: String
    /// The state of DTLS: `new`, `connecting`, `connected`, `closed` or `failed`.
    public var dtls: String
    /// The address that media goes to.
    public var selectedAddress: String?
    /// The SRTP protection profile in use.
    public var srtpProfile: String?
    /// The media worker it lives on.
    public var worker: Int
    /// Round-trip time, milliseconds.
    public var roundTripMilliseconds: Double?
    /// Bits per second received over the last second.
    public var bitrateIn: UInt64
    /// Bits per second sent over the last second.
    public var bitrateOut: UInt64
    /// Packets received.
    public var packetsIn: UInt64
    /// Packets sent.
    public var packetsOut: UInt64
    /// Authenticated ICE checks received.
    public var iceChecks: UInt64
    /// What the link to it carries, bits a second; left out while nothing is known.
    public var linkEstimate: UInt64?
    /// What everything takes that it is decided to send, bits a second.
    public var allocatedBitrate: UInt64
    /// The estimate that would let more be sent, bits a second; left out when nothing more is wanted.
    public var wantedBitrate: UInt64?
    /// What it sends.
    public var uplinks: [UplinkSnapshot]
    /// What it receives.
    public var downlinks: [DownlinkSnapshot]
    /// What the path to it carries; absent until media has been sent to it.
    public var path: PathSnapshot?
    /// Its data channels, if any were negotiated.
    public var dataChannels: DataChannelSnapshot?
    /// Packets that were not forwarded, by reason.
    public var drops: [String: UInt64]

    init(_ statistics: PeerStatistics, tracks: [PublicationID: String]) {
        ice = statistics.ice.name
        dtls = statistics.dtls.rawValue
        selectedAddress = statistics.selectedAddress?.description
        srtpProfile = statistics.srtpProfile
        worker = statistics.workerIndex
        roundTripMilliseconds = statistics.roundTripMilliseconds
        bitrateIn = statistics.bitrateIn
        bitrateOut = statistics.bitrateOut
        packetsIn = statistics.packetsIn
        packetsOut = statistics.packetsOut
        iceChecks = statistics.iceChecks
        linkEstimate = statistics.linkEstimate
        allocatedBitrate = statistics.allocatedBitrate
        wantedBitrate = statistics.wantedBitrate
        uplinks = statistics.uplinks.map { uplink in
            UplinkSnapshot(uplink, track: uplink.publication.flatMap { tracks[$0] })
        }
        downlinks = statistics.downlinks.map { downlink in
            DownlinkSnapshot(downlink, track: downlink.publication.flatMap { tracks[$0] })
        }
        path = statistics.path.map(PathSnapshot.init)
        dataChannels = statistics.data.map(DataChannelSnapshot.init)
        drops = statistics.drops
    }
}

/// What the path to a participant is thought to carry, and why.
public struct PathSnapshot: Sendable, Encodable {
    /// Bits a second.
    public var estimate: UInt64
    /// What keeps it from being more: `start`, `delay`, `loss`, `remb`, `application` or `silence`.
    public var limit: String
    /// Bits a second that could be used, for which the path is probed.
    public var wanted: UInt64
    /// Bits a second that arrive.
    public var acknowledged: UInt64
    /// The share of packets that is lost, 0 to 1.
    public var loss: Double
    /// The share that is lost at whatever rate, 0 to 1.
    public var ownLoss: Double
    /// How long packets wait in the path's queues, milliseconds.
    public var queueingMilliseconds: Double
    /// From sending a packet to its feedback, milliseconds.
    public var feedbackMilliseconds: Double?
    /// Probes sent.
    public var probes: UInt64
    /// Probes that have raised the estimate.
    public var successfulProbes: UInt64
    /// Packets of padding sent for them.
    public var paddingPackets: UInt64
    /// Their bytes.
    public var paddingBytes: UInt64
    /// Packets of pictures that were held back for a while.
    public var pacedPackets: UInt64

    init(_ statistics: PathStatistics) {
        estimate = statistics.estimate
        limit = statistics.limit
        wanted = statistics.wanted
        acknowledged = statistics.acknowledged
        loss = statistics.loss
        ownLoss = statistics.ownLoss
        queueingMilliseconds = statistics.queueingMilliseconds
        feedbackMilliseconds = statistics.feedbackMilliseconds
        probes = statistics.probes
        successfulProbes = statistics.successfulProbes
        paddingPackets = statistics.paddingPackets
        paddingBytes = statistics.paddingBytes
        pacedPackets = statistics.pacedPackets
    }
}

/// The figures of a participant's data channels.
public struct DataChannelSnapshot: Sendable, Encodable {
    /// Whether the SCTP association is there.
    public var connected: Bool
    /// Open channels, those with which the server brings others' messages counted.
    public var channels: Int
    /// Messages received from it.
    public var messagesReceived: UInt64
    /// Messages sent to it.
    public var messagesSent: UInt64
    /// Bytes of the messages received.
    public var bytesReceived: UInt64
    /// Bytes of the messages sent.
    public var bytesSent: UInt64
    /// Bytes that wait for it to take what is before them.
    public var bytesBuffered: Int
    /// Messages and openings that were not passed on, by reason.
    public var drops: [String: UInt64]
    /// Why the association ended, once it has.
    public var endReason: String?

    init(_ statistics: DataStatistics) {
        connected = statistics.isConnected
        channels = statistics.channels
        messagesReceived = statistics.messagesIn
        messagesSent = statistics.messagesOut
        bytesReceived = statistics.bytesIn
        bytesSent = statistics.bytesOut
        bytesBuffered = statistics.buffered
        drops = statistics.drops
        endReason = statistics.endReason
    }
}

/// The figures of a track that a participant sends.
public struct UplinkSnapshot: Sendable, Encodable {
    /// The m-line.
    public var mid: String
    /// The track.
    public var track: String?
    /// The codec's name as in SDP.
    public var codec: String
    /// Smoothed audio level, dBov.
    public var audioLevel: Int?
    /// Keyframe requests sent, by cause.
    public var keyframeRequests: [String: UInt64]
    /// Each stream: one, or one for each simulcast layer.
    public var layers: [LayerSnapshot]

    init(_ statistics: UplinkStatistics, track: String?) {
        mid = statistics.mid
        self.track = track
        codec = statistics.codec
        audioLevel = statistics.audioLevel.map(Int.init)
        keyframeRequests = statistics.keyframeRequests
        layers = statistics.layers.map(LayerSnapshot.init)
    }
}

/// The figures of one received RTP stream.
public struct LayerSnapshot: Sendable, Encodable {
    /// The simulcast stream's RID.
    public var rid: String?
    /// Its SSRC.
    public var ssrc: UInt32
    /// Whether it is the one forwarded.
    public var forwarded: Bool
    /// Bits per second over the last second.
    public var bitrate: UInt64
    /// Packets received.
    public var packets: UInt64
    /// Packets lost before retransmission.
    public var lost: Int64
    /// Packets recovered by retransmission.
    public var recovered: UInt64
    /// Interarrival jitter, milliseconds.
    public var jitterMilliseconds: Double
    /// Sequence numbers asked for again.
    public var nacksSent: UInt64
    /// Keyframes received.
    public var keyframes: UInt64
    /// What receivers can be sent of it, where it has layers of its own.
    public var choices: [ChoiceSnapshot]?

    init(_ statistics: LayerStatistics) {
        rid = statistics.rid
        ssrc = statistics.ssrc
        forwarded = statistics.isForwarded
        bitrate = statistics.bitrate
        packets = statistics.packets
        lost = statistics.lost
        recovered = statistics.recovered
        jitterMilliseconds = statistics.jitterMilliseconds
        nacksSent = statistics.nacksSent
        keyframes = statistics.keyframes
        choices = statistics.choices.isEmpty ? nil : statistics.choices.map(ChoiceSnapshot.init)
    }
}

/// The layers within one stream up to a spatial and a temporal one.
public struct ChoiceSnapshot: Sendable, Encodable {
    /// The highest spatial layer.
    public var spatialLayer: Int
    /// The highest temporal layer.
    public var temporalLayer: Int
    /// Bits per second over the last second.
    public var bitrate: UInt64
    /// The shorter side of the picture, in pixels.
    public var height: Int?

    init(_ statistics: ChoiceStatistics) {
        spatialLayer = Int(statistics.spatialLayer)
        temporalLayer = Int(statistics.temporalLayer)
        bitrate = statistics.bitrate
        height = statistics.height
    }
}

/// The figures of a receive slot.
public struct DownlinkSnapshot: Sendable, Encodable {
    /// The m-line.
    public var mid: String
    /// The track on it.
    public var track: String?
    /// The slot's SSRC.
    public var ssrc: UInt32
    /// Bits per second over the last second.
    public var bitrate: UInt64
    /// Packets sent.
    public var packets: UInt64
    /// Sequence numbers the receiver asked for again.
    public var nacksReceived: UInt64
    /// Packets sent again.
    public var retransmitted: UInt64
    /// Keyframe requests received.
    public var keyframeRequests: UInt64
    /// The loss the receiver reported last, 0 to 1.
    public var reportedLoss: Double
    /// Whether video waits for a keyframe.
    public var waitingForKeyframe: Bool
    /// The simulcast layer that is sent, by its RID.
    public var rid: String?
    /// Whether nothing is sent, on purpose.
    public var paused: Bool
    /// What is sent and why, in words: "180p because the estimate is 420 kbit/s and three tracks share it".
    public var decision: String?

    init(_ statistics: DownlinkStatistics, track: String?) {
        mid = statistics.mid
        self.track = track
        ssrc = statistics.ssrc
        bitrate = statistics.bitrate
        packets = statistics.packets
        nacksReceived = statistics.nacksReceived
        retransmitted = statistics.retransmitted
        keyframeRequests = statistics.keyframeRequests
        reportedLoss = statistics.reportedLoss
        waitingForKeyframe = statistics.isWaitingForKeyframe
        rid = statistics.rid
        paused = statistics.isPaused
        decision = statistics.decision
    }
}

/// The figures of a media worker.
public struct WorkerSnapshot: Sendable, Encodable {
    /// The worker's index.
    public var index: Int
    /// Its UDP port.
    public var port: UInt16
    /// Participants placed on it.
    public var peers: Int
    /// Whether it has as many as it may have: it takes no further ones.
    public var full: Bool
    /// Datagrams received.
    public var packetsIn: UInt64
    /// Datagrams sent.
    public var packetsOut: UInt64
    /// Bytes received.
    public var bytesIn: UInt64
    /// Bytes sent.
    public var bytesOut: UInt64
    /// Sends that the kernel refused.
    public var sendErrors: UInt64
    /// Messages the datagrams were sent as: a run of one size to one peer is one.
    public var sends: UInt64
    /// The share of the last second that the worker was busy, percent.
    public var busyPercent: Int
    /// What the worker leaves out because of its load: `normal` nothing, `lowest-layer` all video but the lowest layers,
    /// `sound-only` all video. It takes no further participants unless `normal`.
    public var load: String
    /// Datagrams that were dropped before a peer was known, by reason.
    public var drops: [String: UInt64]

    /// Whether it takes no further participants because of its load.
    public var isOverloaded: Bool { load != "normal" }

    init(_ statistics: WorkerStatistics) {
        index = statistics.index
        port = statistics.port
        peers = statistics.peers
        full = statistics.isFull
        packetsIn = statistics.packetsIn
        packetsOut = statistics.packetsOut
        bytesIn = statistics.bytesIn
        bytesOut = statistics.bytesOut
        sendErrors = statistics.sendErrors
        sends = statistics.sends
        busyPercent = Int((statistics.busyShare * 100).rounded())
        load =
            switch statistics.loadLevel {
            case .normal: "normal"
            case .lowestLayer: "lowest-layer"
            case .soundOnly: "sound-only"
            }
        drops = statistics.drops
    }
}

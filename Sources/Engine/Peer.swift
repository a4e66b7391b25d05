internal import Congestion
internal import DTLS
internal import Forwarding
internal import ICE
internal import Negotiation
internal import RTP
internal import Transport
internal import Wire

/// Everything a worker knows of one peer. Lives on its worker's thread only.
final class Peer {
    let id: PeerID
    let room: RoomKey
    let transport: PeerTransport
    /// The identifiers of header extensions on what the peer sends.
    var uplinkExtensions = ExtensionMap()
    var isConfigured = false
    /// What the peer sends, by m-line.
    var publications: [Publication] = []
    /// The receive slots, by m-line.
    var slots: [EgressStream] = []
    /// Which stream each incoming SSRC belongs to.
    var bindings: [SSRC: StreamBinding] = [:]
    /// Which slot each outgoing SSRC belongs to, for feedback.
    var slotsBySSRC: [SSRC: EgressStream] = [:]
    var drops = DropCounters()
    var meterIn = BitrateMeter()
    var meterOut = BitrateMeter()
    var packetsIn: UInt64 = 0
    var packetsOut: UInt64 = 0
    var clock = SenderClock()
    var arrivals: TransportFeedbackGenerator
    /// Whether the way from the peer carries what it sends.
    var path = PathOverload()
    /// For publishers without transport-cc: a ceiling that rises, without which they stay at their start bit rate.
    var ceiling = REMBGenerator()
    /// The next transport-wide sequence number of what is sent to this peer.
    var nextTransportNumber: UInt16 = 1
    /// Which layers the peer is sent.
    var allocator = BitrateAllocator<UInt64>()
    var lastAllocation = Timestamp.zero
    /// Whether something has changed that the next look at the layers has to decide about.
    var wantsAllocation = false
    /// The limit that the peer reported last (REMB), in bits a second.
    private(set) var receiverMaximum: UInt64?
    private var receiverMaximumEnds = Timestamp.zero
    /// The estimate at its last look, and when one was lower than the one before.
    var notedEstimate: UInt64 = 0
    var congestedAt: Timestamp?
    /// The estimate at the last decision.
    var allocatedEstimate: UInt64?
    /// What the path to the peer carries; `nil` until media is sent to it.
    var bandwidth: DownlinkBandwidth?
    /// Bits a second that an allocator could use.
    var wantedDownlink: UInt64 = 5_000_000
    /// Whether media is sent while nothing ticks for the estimate.
    var wantsBandwidth = false
    var roundTripEstimate = RoundTripTime()
    var roundTrip: Interval? { roundTripEstimate.smoothed }
    var level = AudioLevelMeter()
    var lastReportedLevel: (value: Int8, speaking: Bool)?
    /// The SSRC under which receiver reports are sent while nothing else is.
    let reportSSRC: SSRC
    var cname = ""
    var isRemoved = false

    /// Its destination in the egress batch.
    private var lane = EgressBatch.Lane()
    /// Where it stands in the timer queue; -1 while it is not in there.
    var timerPlace = -1

    // What is due when. Of the transport it is what it said last: what comes in moves that only later, or is an event.
    var nextTransport = Timestamp.distantFuture
    var nextReport: Timestamp
    var nextFeedback = Timestamp.distantFuture
    var nextNack = Timestamp.distantFuture
    var nextLevel = Timestamp.distantFuture
    var nextLayerLook = Timestamp.distantFuture
    var nextDemandLook = Timestamp.distantFuture
    var nextBandwidth = Timestamp.distantFuture
    /// When packets that are held back are looked at again.
    var nextRelease = Timestamp.distantFuture
    /// Whether frames to the peer are spread: as long as it is not, none of its slots holds anything back.
    var isPaced = false
    /// Paths under which the engine's table knows the peer.
    var paths: [NetworkPath] = []
    /// User fragments under which the engine knows the peer.
    var fragments: [String] = []

    init(
        id: PeerID, room: RoomKey, transport: PeerTransport, configuration: EngineConfiguration, reportSSRC: SSRC,
        at now: Timestamp
    ) {
        self.id = id
        self.room = room
        self.transport = transport
        self.reportSSRC = reportSSRC
        arrivals = TransportFeedbackGenerator(interval: configuration.feedbackInterval)
        nextReport = now + configuration.reportInterval
    }

    /// The way to the peer, for one burst; `nil` while there are no keys or no path. Give it back with `takeBack`.
    @inline(__always)
    func makeOutlet() -> Outlet? {
        guard let sender = transport.sender, let path = transport.selectedPath else { return nil }
        return Outlet(sender: sender, path: path, lane: lane, transportNumber: nextTransportNumber)
    }

    /// Counts what a burst sent.
    @inline(__always)
    func takeBack(_ outlet: Outlet, from batch: EgressBatch, at now: Timestamp) {
        guard outlet.datagrams > 0 else { return }
        if let bandwidth {
            bandwidth.record(outlet, first: nextTransportNumber, from: batch, at: now)
            if bandwidth.isResting { wantsBandwidth = true }
        } else {
            wantsBandwidth = true
        }
        lane = outlet.lane
        nextTransportNumber = outlet.transportNumber
        packetsOut &+= UInt64(outlet.datagrams)
        meterOut.record(byteCount: outlet.bytes, packets: outlet.datagrams, at: now)
    }

    /// Puts a control datagram that is already protected into `batch`; false when it is full.
    func send(_ datagram: [UInt8], to path: NetworkPath, through batch: EgressBatch) -> Bool {
        batch.append(datagram, to: path, lane: &lane)
    }

    /// Takes the batch's next slot, with a control datagram of `length` bytes in it.
    func commit(length: Int, to path: NetworkPath, in batch: EgressBatch, at now: Timestamp) {
        batch.commit(length: length, to: path, lane: &lane)
        packetsOut &+= 1
        meterOut.record(byteCount: length, at: now)
    }

    /// Takes a limit that the peer has reported.
    /// - Returns: whether it is another one than before.
    func limit(to reported: UInt64, at now: Timestamp) -> Bool {
        // REMB can say more than any arithmetic with it could stand.
        let maximum = min(reported, LayerRate.highestRate)
        defer { receiverMaximum = maximum }
        receiverMaximumEnds = now + BandwidthEstimator.ceilingLifetime
        return maximum != receiverMaximum
    }

    /// Forgets a limit that has not been renewed, when the estimator does.
    func forgetStaleLimit(at now: Timestamp) {
        if now >= receiverMaximumEnds { receiverMaximum = nil }
    }

    /// The state of DTLS as the control plane knows it.
    var dtlsState: DTLSConnectionState {
        switch transport.dtlsState {
        case nil: .new
        case .handshaking: .connecting
        case .connected: .connected
        case .closed: .closed
        case .failed: .failed
        }
    }

    /// The earliest moment at which anything of this peer is due.
    var nextTimeout: Timestamp {
        let media = min(min(nextReport, nextFeedback), min(nextNack, nextLevel))
        return min(min(media, nextTransport), min(nextLayerLook, min(min(nextDemandLook, nextRelease), nextBandwidth)))
    }
}

/// What an incoming SSRC is.
struct StreamBinding {
    /// The stream it carries or repairs.
    var stream: IngressStream
    /// Whether it carries retransmissions (RFC 4588).
    var isRetransmission: Bool
}

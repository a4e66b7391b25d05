internal import Forwarding
public import RTP

/// Running totals of one client's transport.
public struct ClientFigures: Sendable, Equatable {
    /// RTP packets that were sent, retransmissions included.
    public var packetsOut: UInt64 = 0
    /// Their bytes as UDP payload.
    public var bytesOut: UInt64 = 0
    /// RTP packets that came in and decrypted, retransmissions included.
    public var packetsIn: UInt64 = 0
    /// Their bytes as UDP payload.
    public var bytesIn: UInt64 = 0
    /// RTCP datagrams sent.
    public var controlOut: UInt64 = 0
    /// RTCP datagrams received.
    public var controlIn: UInt64 = 0
    /// Media or control packets that did not decrypt, or that were repeated by the network.
    public var undecipherable: UInt64 = 0
    /// Packets of a source that was not negotiated, and datagrams that are nothing known.
    public var strays: UInt64 = 0
    /// Packets the server asked for again.
    public var nacksReceived: UInt64 = 0
    /// Of these, sent again.
    public var retransmissionsSent: UInt64 = 0
    /// PLI and FIR received.
    public var keyframeRequestsReceived: UInt64 = 0
    /// The share of sent packets the server's last report called lost, worst stream, in 256ths.
    public var reportedLoss: UInt8 = 0
    /// Datagrams that found no room in the outbox.
    public var overflows: UInt64 = 0

    /// Makes totals of zero.
    public init() {}
}

/// Running totals of one receive slot.
public struct SlotFigures: Sendable, Equatable {
    /// The m-line's name.
    public var mid: String
    /// Sound or pictures.
    public var kind: MediaKind
    /// Packets under the slot's own source.
    public var packets: UInt64 = 0
    /// Bytes of all its packets.
    public var bytes: UInt64 = 0
    /// Packets that should have come, from the first to the highest number.
    public var expected: UInt64 = 0
    /// Numbers that were not there when a higher one came, and did not come late by themselves.
    public var lost: UInt64 = 0
    /// Of these, those that never came.
    public var lostForGood: UInt64 = 0
    /// Requests for packets, repetitions included.
    public var nacksSent: UInt64 = 0
    /// Packets that came over RTX.
    public var retransmissions: UInt64 = 0
    /// Packets that came twice.
    public var duplicates: UInt64 = 0
    /// PLI sent.
    public var keyframeRequests: UInt64 = 0

    init(_ slot: InboundSlot) {
        mid = slot.description.mid
        kind = slot.description.kind
        packets = slot.statistics.received
        bytes = slot.bytes
        expected = slot.statistics.expected
        let counters = slot.nacks.counters
        lost = counters.missing &- min(counters.missing, counters.reordered)
        lostForGood = lost &- min(lost, counters.recovered)
        nacksSent = counters.requests
        retransmissions = slot.retransmissions
        duplicates = counters.duplicates
        keyframeRequests = slot.keyframeRequests
    }
}

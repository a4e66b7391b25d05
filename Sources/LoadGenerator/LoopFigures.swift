internal import LoadClient
internal import RTP
internal import Wire

/// What a media thread measured: totals of those who have left, and distributions of all.
struct LoopFigures: Sendable {
    var datagramsIn: UInt64 = 0
    var datagramsOut: UInt64 = 0
    /// Datagrams the kernel did not take.
    var sendErrors: UInt64 = 0
    /// From a packet's send time in the payload to its arrival; packets that came by themselves, not over RTX.
    var latency = DurationHistogram()
    /// How late packets were sent, after they were due.
    var lateness = DurationHistogram()
    var joins = JoinFigures()
    var transport = TransportTotals()
    var media = MediaTotals()

    /// Adds the totals of a participant that goes.
    mutating func absorb(_ participant: MediaParticipant) {
        transport.add(participant.client)
        for slot in participant.incoming { media.add(slot) }
        for stream in participant.outgoing {
            media.framesSent &+= stream.framesSent
            media.framesSkipped &+= stream.framesSkipped
        }
        joins.record(participant.times)
    }

    mutating func add(_ other: LoopFigures) {
        datagramsIn &+= other.datagramsIn
        datagramsOut &+= other.datagramsOut
        sendErrors &+= other.sendErrors
        latency.add(other.latency)
        lateness.add(other.lateness)
        joins.add(other.joins)
        transport.add(other.transport)
        media.add(other.media)
    }
}

/// The stages of joining, each as a distribution.
struct JoinFigures: Sendable {
    /// From asking for the connection to the open WebSocket.
    var webSocket = DurationHistogram()
    /// From there to the answer.
    var answer = DurationHistogram()
    /// From there to the first answered ICE check that nominates.
    var ice = DurationHistogram()
    /// From there to the end of the DTLS handshake.
    var dtls = DurationHistogram()
    /// From asking for the connection to the first media packet.
    var firstPacket = DurationHistogram()
    /// From asking for the connection to the first complete keyframe.
    var firstKeyframe = DurationHistogram()

    mutating func record(_ times: JoinTimes) {
        if let open = times.open { webSocket.record(open - times.began) }
        if let open = times.open, let answered = times.answered { answer.record(answered - open) }
        if let answered = times.answered, let path = times.pathFound { ice.record(path - answered) }
        if let path = times.pathFound, let connected = times.connected { dtls.record(connected - path) }
        if let packet = times.firstPacket { firstPacket.record(packet - times.began) }
        if let keyframe = times.firstKeyframe { firstKeyframe.record(keyframe - times.began) }
    }

    mutating func add(_ other: JoinFigures) {
        webSocket.add(other.webSocket)
        answer.add(other.answer)
        ice.add(other.ice)
        dtls.add(other.dtls)
        firstPacket.add(other.firstPacket)
        firstKeyframe.add(other.firstKeyframe)
    }
}

/// Packets, of all clients together.
struct TransportTotals: Sendable {
    var packetsIn: UInt64 = 0
    var bytesIn: UInt64 = 0
    var packetsOut: UInt64 = 0
    var bytesOut: UInt64 = 0
    var undecipherable: UInt64 = 0
    var strays: UInt64 = 0
    var overflows: UInt64 = 0
    var nacksReceived: UInt64 = 0
    var retransmissionsSent: UInt64 = 0
    var keyframeRequestsReceived: UInt64 = 0
    /// On receive slots.
    var expected: UInt64 = 0
    var lost: UInt64 = 0
    var lostForGood: UInt64 = 0
    var nacksSent: UInt64 = 0
    var retransmissionsReceived: UInt64 = 0
    var keyframeRequestsSent: UInt64 = 0

    mutating func add(_ client: LoadClient) {
        let figures = client.figures
        packetsIn &+= figures.packetsIn
        bytesIn &+= figures.bytesIn
        packetsOut &+= figures.packetsOut
        bytesOut &+= figures.bytesOut
        undecipherable &+= figures.undecipherable
        strays &+= figures.strays
        overflows &+= figures.overflows
        nacksReceived &+= figures.nacksReceived
        retransmissionsSent &+= figures.retransmissionsSent
        keyframeRequestsReceived &+= figures.keyframeRequestsReceived
        for slot in client.slotFigures {
            expected &+= slot.expected
            lost &+= slot.lost
            lostForGood &+= slot.lostForGood
            nacksSent &+= slot.nacksSent
            retransmissionsReceived &+= slot.retransmissions
            keyframeRequestsSent &+= slot.keyframeRequests
        }
    }

    mutating func add(_ other: TransportTotals) {
        packetsIn &+= other.packetsIn
        bytesIn &+= other.bytesIn
        packetsOut &+= other.packetsOut
        bytesOut &+= other.bytesOut
        undecipherable &+= other.undecipherable
        strays &+= other.strays
        overflows &+= other.overflows
        nacksReceived &+= other.nacksReceived
        retransmissionsSent &+= other.retransmissionsSent
        keyframeRequestsReceived &+= other.keyframeRequestsReceived
        expected &+= other.expected
        lost &+= other.lost
        lostForGood &+= other.lostForGood
        nacksSent &+= other.nacksSent
        retransmissionsReceived &+= other.retransmissionsReceived
        keyframeRequestsSent &+= other.keyframeRequestsSent
    }
}

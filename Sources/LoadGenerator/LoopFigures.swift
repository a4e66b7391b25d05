internal import LinuxSystem
internal import LoadClient
internal import RTP
internal import Wire

/// What a media thread measured: totals of those who have left, and distributions of all.
struct LoopFigures: Sendable {
    var datagramsIn: UInt64 = 0
    var datagramsOut: UInt64 = 0
    /// Datagrams the kernel did not take.
    var sendErrors: UInt64 = 0
    /// Datagrams the kernel dropped at the participants' sockets, because the loop did not take them in time.
    var socketDrops: UInt64 = 0
    /// From a packet's send time in the payload to its arrival; packets that came by themselves, not over RTX.
    var latency = DurationHistogram()
    /// The same since the last look.
    var recentLatency = DurationHistogram()
    /// How late packets were sent, after they were due.
    var lateness = DurationHistogram()
    var joins = JoinFigures()
    var transport = TransportTotals()
    var media = MediaTotals()

    /// Adds the totals of a participant that goes.
    mutating func absorb(_ participant: MediaParticipant) {
        // Its socket takes the count along when it closes.
        socketDrops &+= participant.socket.droppedDatagrams ?? 0
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
        socketDrops &+= other.socketDrops
        latency.add(other.latency)
        recentLatency.add(other.recentLatency)
        lateness.add(other.lateness)
        joins.add(other.joins)
        transport.add(other.transport)
        media.add(other.media)
    }
}

internal import Wire

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
    /// From asking for the connection to the first media packet, of those who came to a room in which somebody sent.
    var firstPacket = DurationHistogram()
    /// From asking for the connection to the first complete keyframe, of the same.
    var firstKeyframe = DurationHistogram()

    mutating func record(_ times: JoinTimes) {
        if let open = times.open { webSocket.record(open - times.began) }
        if let open = times.open, let answered = times.answered { answer.record(answered - open) }
        if let answered = times.answered, let path = times.pathFound { ice.record(path - answered) }
        if let path = times.pathFound, let connected = times.connected { dtls.record(connected - path) }
        guard times.meetsSender else { return }
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

internal import LoadClient
internal import RTP

/// Packets, of all clients together.
struct TransportTotals: Counted, Sendable {
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
        for field in Self.counters { self[keyPath: field] &+= other[keyPath: field] }
    }

    static var counters: [WritableKeyPath<TransportTotals, UInt64>] {
        [
            \.packetsIn, \.bytesIn, \.packetsOut, \.bytesOut, \.undecipherable, \.strays, \.overflows, \.nacksReceived,
            \.retransmissionsSent, \.keyframeRequestsReceived, \.expected, \.lost, \.lostForGood, \.nacksSent,
            \.retransmissionsReceived, \.keyframeRequestsSent,
        ]
    }
}

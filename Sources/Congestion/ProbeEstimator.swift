internal import Wire

/// Works out what rate a probe got through at: the lesser of the rates at which its packets were sent and arrived.
struct ProbeEstimator: Sendable {
    /// What a probe has shown.
    struct Result: Sendable, Equatable {
        /// Bits a second.
        var rate: Double
        /// Whether they arrived more slowly than they were sent: the path carries no more than that.
        var isSaturated: Bool
    }

    private var firstSent = Timestamp.zero
    private var lastSent = Timestamp.zero
    private var firstArrival = Timestamp.zero
    private var lastArrival = Timestamp.zero
    private var bytes = 0
    /// Of the burst sent first and last: the gaps between bursts are what the rate is measured by.
    private var lastSentBytes = 0
    private var firstArrivedBytes = 0
    private(set) var packets = 0

    /// Takes a packet of the probe that has arrived.
    mutating func add(size: Int, sent: Timestamp, arrived: Timestamp) {
        if packets == 0 {
            firstSent = sent
            lastSent = sent
            firstArrival = arrived
            lastArrival = arrived
            firstArrivedBytes = size
        }
        packets += 1
        bytes += size
        if sent > lastSent {
            lastSent = sent
            lastSentBytes = size
        } else if sent == lastSent {
            lastSentBytes += size
        }
        if arrived < firstArrival {
            firstArrival = arrived
            firstArrivedBytes = size
        }
        lastArrival = max(lastArrival, arrived)
    }

    /// Bits a second that arrived, however much was lost; `nil` before there are some packets.
    var rate: Double? {
        let arriving = (lastArrival - firstArrival).seconds
        return packets >= 4 && arriving > 0.001 ? Double(bytes - firstArrivedBytes) * 8 / arriving : nil
    }

    /// The result, if at least four fifths of `expected` packets and bytes arrived and the times make sense.
    func result(expectedPackets: Int, expectedBytes: Int) -> Result? {
        guard packets >= 4, packets * 5 >= expectedPackets * 4, bytes * 5 >= expectedBytes * 4 else { return nil }
        let sending = (lastSent - firstSent).seconds
        let arriving = (lastArrival - firstArrival).seconds
        guard sending > 0.001, arriving > 0.001, sending < 2, arriving < 2 else { return nil }
        let sent = Double(bytes - lastSentBytes) * 8 / sending
        let arrived = Double(bytes - firstArrivedBytes) * 8 / arriving
        // Packets that arrive at twice the rate waited for each other somewhere: that is no rate of the path.
        guard arrived < 2 * sent else { return nil }
        let isSaturated = arrived < 0.9 * sent
        return Result(rate: isSaturated ? 0.95 * arrived : min(sent, arrived), isSaturated: isSaturated)
    }
}

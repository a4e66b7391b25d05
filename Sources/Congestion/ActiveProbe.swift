internal import RTP
internal import Wire

/// A probe that is being sent, or whose result is awaited.
struct ActiveProbe: Sendable {
    /// How long one is sent for: long against a receiver's 250 µs and its scheduling, short against what fills a queue.
    static let duration = Interval.milliseconds(40)
    /// Its steps; sent more finely they would look like one burst all the same.
    static let step = Interval.milliseconds(5)
    /// How long feedback on it may take.
    static let patience = Interval.seconds(1)

    let cluster: UInt8
    /// Bits a second.
    let rate: Double
    let began: Timestamp
    private(set) var packets = 0
    private(set) var bytes = 0
    var isSent = false
    var lastSent: Timestamp
    var result = ProbeEstimator()

    init(cluster: UInt8, rate: Double, at now: Timestamp) {
        self.cluster = cluster
        self.rate = rate
        began = now
        lastSent = now
    }

    /// Bytes still to be sent by `now` to keep up the rate, media counted.
    func bytesDue(at now: Timestamp) -> Int {
        let ahead = min(now - began + Self.step, Self.duration + Self.step)
        return max(Int(rate / 8 * ahead.seconds) - bytes, 0)
    }

    mutating func count(packets: Int, bytes: Int, at now: Timestamp) {
        self.packets += packets
        self.bytes += bytes
        lastSent = now
    }
}

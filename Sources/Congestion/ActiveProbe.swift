internal import RTP
internal import Wire

/// A probe that is being sent, or whose result is awaited.
struct ActiveProbe: Sendable {
    /// How long one is sent for as a rule: long against a receiver's 250 µs and its scheduling, short against what fills a queue.
    static let duration = Interval.milliseconds(40)
    /// How long one is sent for that has to outlast what a policer lets through at once.
    static let longDuration = Interval.milliseconds(1_000)
    /// Its steps; sent more finely they would look like one burst all the same.
    static let step = Interval.milliseconds(5)
    /// How long feedback on it may take.
    static let patience = Interval.seconds(1)

    let cluster: UInt8
    /// Bits a second.
    let rate: Double
    let began: Timestamp
    /// How long this one is sent for.
    let duration: Interval
    private(set) var packets = 0
    private(set) var bytes = 0
    var isSent = false
    var lastSent: Timestamp
    var result = ProbeEstimator()
    /// What became of the packets from the first lost one on: what a policer lets through when its credit is spent.
    private(set) var dry: Dry?
    /// Whether it was ended because of what it did to the path.
    var isAborted = false

    /// Packets sent after the first loss.
    struct Dry: Sendable {
        var began: Timestamp
        var last: Timestamp
        var received = 0
        var bytes = 0
        var lost = 0

        /// How long it has lasted, by the times of sending.
        var length: Interval { last - began }
        /// Bits a second that got through.
        var rate: Double { length > .zero ? Double(bytes * 8) / length.seconds : 0 }
        /// The share that did not.
        var loss: Double { Double(lost) / Double(max(lost + received, 1)) }
    }

    /// Whether it tries a ceiling.
    let isLong: Bool

    /// - Parameter spread: How much single delays on the path differ: a burst that is not long against that would be measured
    ///   by chance.
    init(cluster: UInt8, rate: Double, isLong: Bool = false, spread: Interval = .zero, at now: Timestamp) {
        self.isLong = isLong
        duration = isLong ? Self.longDuration : min(Self.duration + spread * 4, Self.duration * 3)
        self.cluster = cluster
        self.rate = rate
        began = now
        lastSent = now
    }

    /// Bytes still to be sent by `now` to keep up the rate, media counted.
    func bytesDue(at now: Timestamp) -> Int {
        let ahead = min(now - began + Self.step, duration + Self.step)
        return max(Int(rate / 8 * ahead.seconds) - bytes, 0)
    }

    /// Takes what feedback says of one of the packets.
    mutating func note(size: Int, sent: Timestamp, isReceived: Bool) {
        guard var dry = dry ?? (isReceived ? nil : Dry(began: sent, last: sent)), sent >= dry.began else { return }
        dry.last = max(dry.last, sent)
        if isReceived {
            dry.received += 1
            dry.bytes += size
        } else {
            dry.lost += 1
        }
        self.dry = dry
    }

    mutating func count(packets: Int, bytes: Int, at now: Timestamp) {
        self.packets += packets
        self.bytes += bytes
        lastSent = now
    }
}

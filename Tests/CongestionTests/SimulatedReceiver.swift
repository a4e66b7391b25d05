import Congestion
import RTP
import Wire

/// A sender with an estimator, a path and a receiver that reports on it, in steps of a millisecond.
struct SimulatedReceiver {
    enum Source {
        /// Sends as much as the estimate allows, up to a limit in bits a second.
        case adaptive(most: Double)
        /// The highest layer that fits.
        case layers([Double])
        /// A rate of its own.
        case fixed(Double)
    }

    var estimator: BandwidthEstimator
    var link = SimulatedLink()
    var transfer: SimulatedTransfer?
    var source: Source
    /// Whether packets leave as they come from a publisher that paces, or a frame at a time.
    var isSpread = true
    var feedbackInterval = Interval.milliseconds(50)
    /// From one picture to the next.
    var frameInterval = Interval.milliseconds(33)
    private var random: SeededGenerator
    private var generator: TransportFeedbackGenerator
    private var onTheWay: [(arrival: Timestamp, number: UInt16)] = []
    private var reports: [(arrival: Timestamp, bytes: [UInt8])] = []
    private var waiting: [(due: Timestamp, size: Int)] = []
    private var number: UInt16 = 65_000
    private var nextFrame = Timestamp.zero
    private var nextSound = Timestamp.zero
    private var nextTick = Timestamp.zero
    private var frames = 0
    private(set) var now = Timestamp.zero
    /// One each 10 ms since the last `run` began.
    private(set) var samples: [(time: Double, estimate: Double, queueing: Double)] = []
    private(set) var sentBytes = 0
    private(set) var paddingBytes = 0
    private(set) var arrivedBytes = 0

    init(seed: UInt64, source: Source, canProbe: Bool = true) {
        random = SeededGenerator(seed: seed)
        self.source = source
        estimator = BandwidthEstimator(canProbe: canProbe)
        generator = TransportFeedbackGenerator(interval: feedbackInterval)
        number &+= UInt16.random(in: 0...2_000, using: &random)
    }

    /// The video's bits a second now.
    private var videoRate: Double {
        let estimate = Double(estimator.estimate)
        switch source {
        case .adaptive(let most): return max(min(estimate, most) - 40_000, 0)
        case .layers(let rates): return rates.last { $0 + 40_000 <= estimate } ?? 0
        case .fixed(let rate): return rate
        }
    }

    private var wanted: Double {
        switch source {
        case .adaptive(let most): return most
        case .layers(let rates):
            return ((rates.first { $0 + 40_000 > Double(estimator.estimate) } ?? rates[rates.count - 1]) + 40_000) * 1.1
        case .fixed(let rate): return rate
        }
    }

    /// Lets `seconds` pass, sampling anew.
    mutating func run(seconds: Double) {
        samples = []
        for _ in 0..<Int(seconds * 1_000) { step() }
    }

    private mutating func step() {
        now = now + .milliseconds(1)
        while let first = onTheWay.first, first.arrival <= now {
            generator.record(SequenceNumber(first.number), at: first.arrival)
            onTheWay.removeFirst()
        }
        var writer = ByteWriter()
        while generator.makeFeedback(at: now, senderSSRC: SSRC(1), mediaSSRC: SSRC(2), into: &writer) {
            if !link.isDown { reports.append((now + link.propagation, writer.bytes)) }
            writer = ByteWriter()
        }
        while let first = reports.first, first.arrival <= now {
            if let cursor = try? TransportFeedbackCursor(parsing: first.bytes.span) {
                estimator.receive(cursor, in: first.bytes.span, at: now)
                if estimator.isTickDue(at: now) { nextTick = now }
            }
            reports.removeFirst()
        }
        transfer?.run(over: &link, at: now, using: &random)
        produce()
        while let first = waiting.first, first.due <= now {
            send(first.size)
            waiting.removeFirst()
        }
        if now >= nextTick {
            estimator.wantedBitrate = UInt64(wanted)
            estimator.tick(at: now)
            nextTick = estimator.nextTick(at: now)
        }
        var due = estimator.probeBytesDue(at: now)
        while due > 0 {
            let size = min(max(due, 100), 600)
            paddingBytes += size
            send(size)
            due -= size
        }
        if now.nanoseconds % 10_000_000 == 0 {
            samples.append(
                (now.nanoseconds.seconds, Double(estimator.estimate), link.queueing(at: now).seconds))
        }
    }

    /// A picture at each interval, sound 50 times a second.
    private mutating func produce() {
        if now >= nextSound {
            nextSound = now + .milliseconds(20)
            send(100)
        }
        guard now >= nextFrame else { return }
        nextFrame = now + frameInterval
        frames += 1
        let rate = videoRate
        var bytes = Int(rate * frameInterval.seconds / 8 * Double.random(in: 0.75...1.25, using: &random))
        let count = (bytes + 1_199) / 1_200
        var due = now
        while bytes > 0 {
            let size = min(bytes, 1_200)
            waiting.append((due, size))
            bytes -= size
            if isSpread { due = due + Interval(nanoseconds: 20_000_000 / Int64(max(count, 1))) }
        }
        // A frame may be spread into the next: keep the order of time.
        waiting.sort { $0.due < $1.due }
    }

    private mutating func send(_ size: Int) {
        number &+= 1
        sentBytes += size
        estimator.recordSent(SequenceNumber(number), size: size, at: now)
        guard let arrival = link.send(size, at: now, using: &random) else { return }
        arrivedBytes += size
        onTheWay.append((arrival, number))
    }
}

extension Int64 {
    /// Nanoseconds as seconds.
    fileprivate var seconds: Double { Double(self) / 1e9 }
}

extension [Double] {
    /// The value that the share `part` of all lies below.
    func percentile(_ part: Double) -> Double {
        let ordered = sorted()
        return ordered.isEmpty ? 0 : ordered[Swift.min(Int(part * Double(ordered.count)), ordered.count - 1)]
    }
}

import Wire

/// A path with one bottleneck: a queue that is served at a rate, and what happens to packets besides.
struct SimulatedLink {
    /// Bits a second.
    var rate = 3_000_000.0
    /// One way.
    var propagation = Interval.milliseconds(25)
    /// What the queue holds before it drops what comes, as time at its rate.
    var queueLength = Interval.milliseconds(300)
    /// The share lost at random.
    var loss = 0.0
    /// Packets lost in a row on average, where one is.
    var burst = 1.0
    /// Delay added at random, up to this; order is kept.
    var jitter = Interval.zero
    /// Nothing gets through.
    var isDown = false

    private var freeAt = Timestamp.zero
    private var lastArrival = Timestamp.zero
    private var isLosing = false
    private(set) var dropped = 0

    /// How long what is sent now waits for its turn.
    func queueing(at now: Timestamp) -> Interval { max(freeAt - now, .zero) }

    /// Sends a packet; returns when it arrives, `nil` if it does not.
    mutating func send(_ size: Int, at now: Timestamp, using random: inout SeededGenerator) -> Timestamp? {
        guard !isDown else { return nil }
        guard queueing(at: now) < queueLength else {
            dropped += 1
            return nil
        }
        freeAt = max(freeAt, now) + Interval(nanoseconds: Int64(Double(size * 8) / rate * 1e9))
        if loss > 0 {
            // Two states: the share of time in the losing one is `loss`, a stay in it lasts `burst` packets.
            let leave = 1 / burst
            let enter = loss * leave / (1 - loss)
            isLosing = Double.random(in: 0..<1, using: &random) < (isLosing ? 1 - leave : enter)
            if isLosing { return nil }
        }
        let late = jitter > .zero ? Int64.random(in: 0...jitter.nanoseconds, using: &random) : 0
        lastArrival = max(lastArrival, freeAt + propagation + Interval(nanoseconds: late))
        return lastArrival
    }
}

/// A file transfer that shares the bottleneck: a window that grows by a packet a round trip and is halved at a loss.
struct SimulatedTransfer {
    private var window = 4.0
    private var inFlight: [(acknowledged: Timestamp, size: Int)] = []
    private var halvedAt = Timestamp.zero
    private(set) var delivered = 0

    /// Takes in what was acknowledged, and sends what the window has room for.
    mutating func run(over link: inout SimulatedLink, at now: Timestamp, using random: inout SeededGenerator) {
        while let first = inFlight.first, first.acknowledged <= now {
            delivered += first.size
            inFlight.removeFirst()
            window += 1 / window
        }
        while inFlight.count < Int(window) {
            guard let arrival = link.send(1_200, at: now, using: &random) else {
                if now - halvedAt > .milliseconds(100) {
                    window = max(window / 2, 2)
                    halvedAt = now
                }
                return
            }
            inFlight.append((arrival + link.propagation, 1_200))
        }
    }
}

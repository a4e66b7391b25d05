import Wire

/// What one direction of a network does to packets.
struct NetworkConditions {
    /// The time every packet takes.
    var delay = Interval.milliseconds(20)
    /// The most that is added to it, evenly spread.
    ///
    /// More than the distance of two packets reorders them.
    var jitter = Interval.zero
    /// The share of packets that are lost, one by one.
    var loss = 0.0
    /// How often a burst begins in which everything is lost.
    var burst = 0.0
    /// The packets of a burst.
    var burstLength = 8
    /// The share of packets that arrive twice.
    var duplication = 0.0
    /// The share of packets that are held back, so that those behind overtake them.
    var reordering = 0.0
    /// Bits a second of a bottleneck; `nil` for none.
    var rate: Double?
    /// What waits there for longer is dropped.
    var queue = Interval.milliseconds(300)
    /// Bytes of credit that a policer gives at once and that come back at `rate`; what finds none is dropped, and nothing
    /// ever waits. `nil` for a bottleneck with a queue.
    var policerBurst: Double?
    /// How long those are held back.
    var reorderingDelay = Interval.milliseconds(8)
    /// Whether a packet that jitter would let overtake arrives with the one before it.
    var keepsOrder = false

    /// Twenty milliseconds and nothing else.
    static let clean = NetworkConditions()
    /// Nothing passes.
    static let nothing = NetworkConditions(loss: 1)
    /// A bad wireless link: five in a hundred lost, some in bursts, some late, some twice.
    static let lossy = NetworkConditions(
        jitter: .milliseconds(4),
        loss: 0.04,
        burst: 0.002,
        burstLength: 5,
        duplication: 0.01,
        reordering: 0.03
    )
}

/// One direction of one client's connection.
///
/// Its randomness is its own, so no other traffic changes what it
/// does.
final class SimulatedLink {
    var conditions: NetworkConditions
    private(set) var sent = 0
    private(set) var lost = 0
    private(set) var duplicated = 0
    private var generator: SeededGenerator
    private var leftOfBurst = 0
    private var freeAt = Timestamp.zero
    private var credit: (bytes: Double, at: Timestamp)?
    private var lastArrival = Timestamp.zero
    /// How long each packet waited in the bottleneck's queue, once somebody wants to know.
    var waits: [Interval]?

    init(_ conditions: NetworkConditions, seed: UInt64) {
        self.conditions = conditions
        generator = SeededGenerator(seed: seed)
    }

    /// How long each copy of the next packet takes; none when it is lost.
    func nextDelays(size: Int, at now: Timestamp) -> [Interval] {
        sent += 1
        guard let wait = queue(size, at: now) else {
            lost += 1
            return []
        }
        // Every packet draws the same numbers, so that a change of one rate leaves the other decisions alone.
        let draws = (0..<6).map { _ in Double(generator.next() >> 11) / Double(1 << 53) }
        if leftOfBurst > 0 {
            leftOfBurst -= 1
            lost += 1
            return []
        }
        if draws[0] < conditions.burst { leftOfBurst = conditions.burstLength }
        guard draws[1] >= conditions.loss else {
            lost += 1
            return []
        }
        var first = wait + conditions.delay + share(draws[2])
        if conditions.keepsOrder { first = max(first, lastArrival - now) }
        lastArrival = now + first
        if draws[3] < conditions.reordering { first = first + conditions.reorderingDelay }
        guard draws[4] < conditions.duplication else { return [first] }
        duplicated += 1
        return [first, wait + conditions.delay + share(draws[5])]
    }

    /// How long a packet waits for its turn and takes to be sent; `nil` when there is no room for it.
    private func queue(_ size: Int, at now: Timestamp) -> Interval? {
        guard let rate = conditions.rate else { return .zero }
        if let burst = conditions.policerBurst {
            let former = credit ?? (burst, now)
            let bytes = min(former.bytes + rate / 8 * (now - former.at).seconds, burst)
            let isAdmitted = bytes >= Double(size)
            credit = (isAdmitted ? bytes - Double(size) : bytes, now)
            return isAdmitted ? .zero : nil
        }
        guard freeAt - now < conditions.queue else { return nil }
        waits?.append(max(freeAt - now, .zero))
        freeAt = max(freeAt, now) + Interval(nanoseconds: Int64(Double(size * 8) / rate * 1e9))
        return freeAt - now
    }

    private func share(_ draw: Double) -> Interval {
        Interval(nanoseconds: Int64(Double(conditions.jitter.nanoseconds) * draw))
    }
}

/// Virtual time: what shall happen when.
///
/// Nothing else moves the clock.
final class SimulatedNetwork {
    private struct Event {
        var time: Timestamp
        var order: UInt64
        var action: () -> Void

        func precedes(_ other: Event) -> Bool {
            time != other.time ? time < other.time : order < other.order
        }
    }

    private(set) var now: Timestamp
    private let seed: UInt64
    private var links: UInt64 = 0
    private var order: UInt64 = 0
    /// A binary heap, the earliest event first; of equal times the one that was scheduled first.
    private var heap: [Event] = []

    init(seed: UInt64, start: Timestamp = Timestamp(nanoseconds: 1_000_000_000)) {
        self.seed = seed
        now = start
    }

    /// Makes one direction of a connection.
    func makeLink(_ conditions: NetworkConditions) -> SimulatedLink {
        links += 1
        var generator = SeededGenerator(seed: seed &* 1_000 &+ links)
        return SimulatedLink(conditions, seed: generator.next())
    }

    /// Sends something over a link: `deliver` runs once, twice or never.
    func send(over link: SimulatedLink, size: Int, _ deliver: @escaping () -> Void) {
        for delay in link.nextDelays(size: size, at: now) { schedule(at: now + delay, deliver) }
    }

    func schedule(at time: Timestamp, _ action: @escaping () -> Void) {
        order += 1
        heap.append(Event(time: max(time, now), order: order, action: action))
        var child = heap.count - 1
        while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    func schedule(after delay: Interval, _ action: @escaping () -> Void) { schedule(at: now + delay, action) }

    /// When the next event is due.
    var nextTime: Timestamp { heap.first?.time ?? .distantFuture }

    /// Moves the clock forward.
    func advance(to time: Timestamp) { now = max(now, time) }

    /// Runs the next event if it is due.
    func runNext() -> Bool {
        guard let first = heap.first, first.time <= now else { return false }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].precedes(heap[smallest]) { smallest = child }
            guard smallest != parent else { break }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
        first.action()
        return true
    }
}

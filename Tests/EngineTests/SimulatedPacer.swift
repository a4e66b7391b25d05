import Wire

/// What holds a browser's packets until their turn, as libwebrtc's pacer does: sound goes at once, repairs before all new
/// pictures, and all of these together at two and a half times what the path is thought to carry.
///
/// Where much is asked for again, new pictures wait for seconds.
final class SimulatedPacer {
    /// libwebrtc's default.
    private static let factor = 2.5
    /// Repairs of half a second take no more than the target does.
    private static let repairWindow = Interval.milliseconds(500)

    /// Bits a second that the path is thought to carry.
    var target: Double
    private var repairs: [Entry] = []
    private var pictures: [Entry] = []
    /// Repairs that wait: what is asked for twice meanwhile goes out once.
    private var waiting: Set<UInt64> = []
    private var repaired: [(time: Timestamp, size: Int)] = []
    private var credit = 0.0
    private var lastTick: Timestamp?

    private struct Entry {
        var size: Int
        var key: UInt64?
        var send: () -> Void
    }

    init(target: Double) { self.target = target }

    /// Takes a packet of a new picture.
    func enqueue(size: Int, send: @escaping () -> Void) { pictures.append(Entry(size: size, send: send)) }

    /// Takes a repair, named by its stream and number, unless it waits already or repairs take too much.
    func enqueueRepair(of ssrc: SSRC, _ number: UInt16, size: Int, at now: Timestamp, send: @escaping () -> Void) {
        repaired.removeAll { now - $0.time > Self.repairWindow }
        let bits = Double(8 * repaired.reduce(size) { $0 + $1.size })
        let key = UInt64(ssrc.rawValue) << 16 | UInt64(number)
        guard bits <= target * Self.repairWindow.seconds, waiting.insert(key).inserted else { return }
        repaired.append((now, size))
        repairs.append(Entry(size: size, key: key, send: send))
    }

    /// Sends what the time since the last tick has room for.
    func tick(at now: Timestamp) {
        let passed = now - (lastTick ?? now)
        lastTick = now
        // What was not used is gone.
        credit = min(credit, 0) + target * Self.factor / 8 * passed.seconds
        while credit > 0, !repairs.isEmpty || !pictures.isEmpty {
            let entry = repairs.isEmpty ? pictures.removeFirst() : repairs.removeFirst()
            if let key = entry.key { waiting.remove(key) }
            credit -= Double(entry.size)
            entry.send()
        }
    }
}

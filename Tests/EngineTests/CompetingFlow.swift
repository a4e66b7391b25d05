import Wire

/// Somebody else's packets in the bottleneck of a simulated link.
final class CompetingFlow {
    /// What decides how fast it sends.
    enum Kind: Equatable {
        /// So many bits a second, whatever becomes of them.
        case constant(Double)
        /// A window that grows until a packet is lost and is halved then, as TCP's (RFC 5681 §3.1).
        case window
    }

    private static let packetSize = 1_200
    /// When a lost packet is noticed, and the least time between two halvings: about the round trip with a full queue.
    private static let lossDelay = Interval.milliseconds(200)
    /// What acknowledgements take on their way back.
    private static let returnDelay = Interval.milliseconds(20)

    private let kind: Kind
    private let link: SimulatedLink
    private unowned let network: SimulatedNetwork
    private var isRunning = true
    private var window = 10.0
    private var threshold = Double.infinity
    private var inFlight = 0
    private var nextHalving = Timestamp.zero

    init(_ kind: Kind, over link: SimulatedLink, in network: SimulatedNetwork) {
        self.kind = kind
        self.link = link
        self.network = network
        switch kind {
        case .constant(let rate): sendSteadily(Interval(nanoseconds: Int64(Double(Self.packetSize * 8) / rate * 1e9)))
        case .window: fillWindow()
        }
    }

    func stop() { isRunning = false }

    private func sendSteadily(_ interval: Interval) {
        guard isRunning else { return }
        network.send(over: link, size: Self.packetSize) {}
        network.schedule(after: interval) { self.sendSteadily(interval) }
    }

    private func fillWindow() {
        while isRunning, inFlight < Int(window) {
            inFlight += 1
            if let delay = link.nextDelays(size: Self.packetSize, at: network.now).first {
                network.schedule(after: delay + Self.returnDelay) { self.acknowledge() }
            } else {
                network.schedule(after: Self.lossDelay) { self.noteLoss() }
            }
        }
    }

    private func acknowledge() {
        inFlight -= 1
        window += window < threshold ? 1 : 1 / window
        fillWindow()
    }

    private func noteLoss() {
        inFlight -= 1
        if network.now >= nextHalving {
            window = max(window / 2, 2)
            threshold = window
            nextHalving = network.now + Self.lossDelay
        }
        fillWindow()
    }
}

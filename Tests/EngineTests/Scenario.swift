import Wire

/// What happens to a receiver's link in a minute, and what is aimed at for what it sees and hears.
struct Scenario: Sendable {
    /// What changes at some time.
    enum Change: Sendable {
        /// Bits a second of the bottleneck.
        case rate(Double)
        /// By how much each direction takes longer than at first.
        case detour(Interval)
        /// Bits a second of the publisher's way to the server.
        case publisherRate(Double)
        /// What the publisher thinks its path carries, in bits a second: it sends the layers that fit.
        case publisherTarget(Double)
        /// Nothing passes in either direction, or again.
        case blackout(Bool)
        /// Somebody else begins to use the bottleneck.
        case competition(CompetingFlow.Kind)
        case endOfCompetition
    }

    /// A time in which one layer is the best that fits.
    struct Phase: Sendable {
        /// Seconds from the beginning.
        var start: Double
        var end: Double
        /// The highest layer that the link has room for.
        var best: UInt8
        /// Bits a second that are left for the receiver, where that is less than it could use: what the estimate is held against.
        var bottleneck: Double?
    }

    /// How a phase came about.
    enum Direction { case down, up }

    /// What is aimed at for freezes.
    enum FreezeAim: Sendable {
        case perMinute(Int)
        case shareOfTime(Double)
    }

    /// Seconds that a room runs before anything is measured.
    static let warmUp = 10.0
    /// Seconds that are measured.
    static let duration = 60.0
    /// Seconds after which a phase counts as stable, by how it came about: what is aimed at for finding the layer, and a bit.
    static func settling(_ direction: Direction) -> Double { direction == .down ? 4 : 10 }

    /// What the publisher's camera sends.
    enum Camera: Sendable {
        /// Three layers of some 30, 150 and 1 100 kbit/s, 20 pictures a second.
        case layered
        /// The same with 10 pictures a second.
        case slow
        /// 10 pictures a second, as a browser's in bad light, for as many bits as usual: of the middle layer five packets at once.
        /// Keyframes have three times the size, which is the most that libwebrtc's VP8 makes them there.
        case large
        /// One stream of 100 kbit/s, 10 pictures a second.
        case thumbnail
    }

    var name: String
    var camera = Camera.layered
    var downlink: NetworkConditions
    var uplink: NetworkConditions
    /// The publisher's way to the server, where that is not a clean one of 20 ms.
    var publisherUplink: NetworkConditions?
    /// What the publisher thinks it carries, where it paces its pictures by that.
    var publisherTarget: Double?
    /// Bytes of each packet of the publisher's layers, lowest first: some 30, 150 and 1 100 kbit/s.
    var layerPayloads = [64, 400, 1_100]
    var changes: [(time: Double, change: Change)] = []
    var phases: [Phase] = [Phase(start: 0, end: duration, best: 2)]
    var freezeAim: FreezeAim?
    /// Whether the queue is the estimator's doing alone.
    var hasQueueAim = true
    /// Whether one of its aims cannot be had. The page says why.
    var isBeyondReach = false

    /// - Parameters:
    ///   - rate: Bits a second of the bottleneck on the way to the receiver.
    ///   - delay: Milliseconds in each direction.
    ///   - jitter: The most that is added to that, milliseconds, without changing the order.
    ///   - loss: The share of packets lost on the way to the receiver.
    ///   - burst: How often, for each packet, eight in a row begin to be lost.
    init(
        _ name: String, rate: Double = 3_000_000, delay: Int64 = 20, jitter: Int64 = 0, loss: Double = 0,
        burst: Double = 0
    ) {
        self.name = name
        uplink = NetworkConditions(delay: .milliseconds(delay), jitter: .milliseconds(jitter), keepsOrder: true)
        downlink = uplink
        downlink.rate = rate
        downlink.loss = loss
        downlink.burst = burst
    }

    /// Nothing but a link that carries everything.
    static let clean = Scenario("3 Mbit/s, nothing happens")

    /// A link with a quarter more than the best layer and the sound take.
    static let tight = Scenario("1.5 Mbit/s, nothing happens", rate: 1_500_000)

    static let step = {
        var scenario = Scenario("3 Mbit/s → 500 kbit/s → 3 Mbit/s")
        scenario.changes = [(20, .rate(500_000)), (40, .rate(3_000_000))]
        scenario.phases = [
            Phase(start: 0, end: 20, best: 2), Phase(start: 20, end: 40, best: 1, bottleneck: 500_000),
            Phase(start: 40, end: 60, best: 2),
        ]
        return scenario
    }()

    static let crossTraffic = {
        var scenario = Scenario("3 Mbit/s, of which others take 2.5 Mbit/s for 20 s")
        scenario.changes = [(20, .competition(.constant(2_500_000))), (40, .endOfCompetition)]
        scenario.phases = [
            Phase(start: 0, end: 20, best: 2), Phase(start: 20, end: 40, best: 1, bottleneck: 500_000),
            Phase(start: 40, end: 60, best: 2),
        ]
        scenario.hasQueueAim = false
        scenario.isBeyondReach = true
        return scenario
    }()

    /// Half of the link is a fair share, and the best layer fits into it.
    static let competition = {
        var scenario = Scenario("3 Mbit/s, and a TCP-like flow for 20 s")
        scenario.changes = [(20, .competition(.window)), (40, .endOfCompetition)]
        scenario.hasQueueAim = false
        scenario.isBeyondReach = true
        return scenario
    }()

    /// The way is a longer one for 20 s, as through a tunnel, and carries as much as before.
    static func detour(_ milliseconds: Int64, camera: Camera = .layered) -> Scenario {
        let subject = camera == .thumbnail ? "100 kbit/s in 10 pictures a second: the way" : "3 Mbit/s, and the way"
        var scenario = Scenario("\(subject) is \(milliseconds) ms longer for 20 s")
        scenario.camera = camera
        scenario.changes = [(20, .detour(.milliseconds(milliseconds))), (40, .detour(.zero))]
        if camera == .thumbnail { scenario.phases = [Phase(start: 0, end: duration, best: 0)] }
        return scenario
    }

    /// So few pictures that one more or less makes a rate another one.
    static let slowAndUneven = {
        var scenario = Scenario("300 ms each way, jitter 0 to 60 ms, 10 pictures a second", delay: 300, jitter: 60)
        scenario.camera = .slow
        return scenario
    }()

    /// The same with frames of many packets, each of which is held up by itself: it takes the last of them to see a frame.
    static let largeAndUneven = {
        var scenario = Scenario(
            "300 ms each way, jitter 0 to 60 ms, 10 pictures a second, large frames", delay: 300, jitter: 60)
        scenario.camera = .large
        return scenario
    }()

    /// A tunnel; or the moments in which a telephone changes from one access point to another.
    static func blackout(_ name: String, _ seconds: Double, camera: Camera = .layered) -> Scenario {
        let subject = camera == .thumbnail ? "100 kbit/s in 10 pictures a second:" : "3 Mbit/s, and"
        var scenario = Scenario("\(subject) nothing passes for \(name)")
        scenario.camera = camera
        scenario.changes = [(20, .blackout(true)), (20 + seconds, .blackout(false))]
        let best: UInt8 = camera == .thumbnail ? 0 : 2
        scenario.phases = [Phase(start: 0, end: 20, best: best), Phase(start: 20 + seconds, end: 60, best: best)]
        return scenario
    }

    /// What is above the rate is dropped at once or nearly so: no delay tells of it, and the layer below the best takes much
    /// less than there is room for.
    static func dropping(_ name: String, burst: Double? = nil, queue: Interval? = nil) -> Scenario {
        var scenario = Scenario(name, rate: 700_000)
        scenario.downlink.policerBurst = burst
        if let queue { scenario.downlink.queue = queue }
        scenario.phases = [Phase(start: 10, end: duration, best: 1, bottleneck: 700_000)]
        return scenario
    }

    /// The same with frames that a short queue has no room for.
    static func largeFrames(_ name: String, queue: Interval) -> Scenario {
        var scenario = dropping(name, queue: queue)
        scenario.camera = .large
        return scenario
    }

    static func loss(_ percent: Int, delay: Int64, _ aim: FreezeAim?) -> Scenario {
        var scenario = Scenario("\(percent) % loss, RTT \(2 * delay) ms", delay: delay, loss: Double(percent) / 100)
        scenario.freezeAim = aim
        return scenario
    }

    /// Loss before the server, which has to ask for what is missing itself.
    static func publisherLoss(_ percent: Int, delay: Int64, _ aim: FreezeAim?) -> Scenario {
        var scenario = Scenario("\(percent) % loss on the publisher's way, RTT \(2 * delay) ms")
        scenario.publisherUplink = NetworkConditions(delay: .milliseconds(delay), loss: Double(percent) / 100)
        scenario.freezeAim = aim
        return scenario
    }

    /// The publisher's own way has no more room for its largest layer. It goes on with it; or it sends as a browser does, which
    /// finds out in half a second, and answers everything that is asked for again before it sends anything new.
    static func publisherStep(paces: Bool) -> Scenario {
        var scenario = Scenario(
            "the publisher's 3 Mbit/s → 500 kbit/s → 3 Mbit/s" + (paces ? "" : ", not noticed"))
        scenario.publisherUplink = NetworkConditions(rate: 3_000_000)
        scenario.changes = [(20, .publisherRate(500_000)), (40, .publisherRate(3_000_000))]
        if paces {
            scenario.publisherTarget = 3_000_000
            scenario.layerPayloads = [300, 500, 1_100]
            scenario.changes.insert((20.6, .publisherTarget(400_000)), at: 1)
            scenario.changes.append((43, .publisherTarget(3_000_000)))
        }
        scenario.phases = [
            Phase(start: 0, end: 20, best: 2), Phase(start: 20, end: 40, best: 1), Phase(start: 40, end: 60, best: 2),
        ]
        scenario.freezeAim = .shareOfTime(0.05)
        return scenario
    }

    static let all: [Scenario] = [
        clean, tight, step, crossTraffic, competition,
        loss(2, delay: 20, .perMinute(0)), loss(2, delay: 50, .perMinute(0)), loss(5, delay: 50, .perMinute(1)),
        loss(10, delay: 50, .shareOfTime(0.05)),
        publisherStep(paces: true),
        publisherLoss(2, delay: 20, .perMinute(0)), publisherLoss(5, delay: 50, .perMinute(1)),
        Scenario("bursts of 8 lost, 1.6 %, RTT 100 ms", delay: 50, burst: 0.002),
        Scenario("100 ms each way, jitter 0 to 30 ms", delay: 100, jitter: 30),
        Scenario("300 ms each way, jitter 0 to 60 ms", delay: 300, jitter: 60), slowAndUneven, largeAndUneven,
        detour(50), detour(200), detour(50, camera: .thumbnail), detour(200, camera: .thumbnail),
        blackout("0.4 s", 0.4), blackout("0.4 s", 0.4, camera: .thumbnail), blackout("3 s", 3),
        dropping("700 kbit/s by a policer with 10 kB of credit", burst: 10_000),
        dropping("700 kbit/s by a policer with 50 kB of credit", burst: 50_000),
        dropping("700 kbit/s with a queue of 20 ms", queue: .milliseconds(20)),
        largeFrames("700 kbit/s with a queue of 20 ms, 10 pictures a second, large frames", queue: .milliseconds(20)),
    ]
}

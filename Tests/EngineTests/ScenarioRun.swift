import Engine
import RTP
import Wire

/// Times of more than 200 ms in which no new frame was shown.
struct Freezes: Sendable {
    static let shortest = Interval.milliseconds(200)

    var count = 0
    private var time = Interval.zero
    /// The longest of them.
    private(set) var longest = Interval.zero

    /// Their share of what is measured.
    var share: Double { time.seconds / Scenario.duration }

    mutating func note(_ gap: Interval) {
        guard gap > Self.shortest else { return }
        count += 1
        time = time + gap
        longest = max(longest, gap)
    }
}

/// What a receiver saw and heard in one run of a scenario.
struct ScenarioFigures: Sendable {
    /// Seconds until a layer was shown that fits, after room was lost.
    var down: Double?
    /// Seconds until the best layer was shown, after there was room for it; the rest of the run if it never was.
    var up: Double?
    /// The mean estimate as a share of the rate, where the rate is less than what is wanted and has been so for a while.
    var estimate: Double?
    /// The share of the stable time in which the layer last shown was the best that fits.
    var bestShare = 0.0
    /// What 95 of 100 packets waited in the bottleneck at most, seconds.
    var queue = 0.0
    /// Frames shown as soon as they can be.
    var immediate = Freezes()
    /// Frames shown a playout delay after the earliest time possible, or later where they come later: one round trip and 20 ms,
    /// or what the server asks for.
    var delayed = Freezes()
    /// That delay, for each frame, seconds.
    var delay: [Double] = []
    /// Frames of 20 ms of sound that never came, as a share.
    var audioMissing = 0.0
    /// How often three or more of them were missing in a row: what concealment cannot hide.
    var audioGaps = 0
    /// How often another layer was shown than before.
    var changes = 0
    /// What must not happen and did.
    var complaints: [String] = []
    /// What was missing in each freeze, as seen with the playout delay.
    var story: [String] = []
    /// What was thought of the path, twice a second.
    var timeline: [String] = []
}

/// One run: a publisher with layers of some 30, 150 and 1 100 kbit/s and a microphone, and who watches it over the scenario's link.
struct ScenarioRun {
    /// Frames count as shown when they are whole and can be decoded, which is looked for this often.
    private static let sampling = Interval.milliseconds(5)

    let scenario: Scenario
    private let room: SimulatedRoom
    private let sender: SimulatedClient
    private let receiver: SimulatedClient
    private let begin: Timestamp
    private var flow: CompetingFlow?
    private var figures = ScenarioFigures()
    private var shownLayer: UInt8?
    private var shownFrames: Int
    private var lastShown: Timestamp
    /// When each frame was captured and when it could be shown, nanoseconds.
    private var shown: [(capture: Int64, time: Int64)] = []
    private var darkSince = Timestamp.zero
    private var samples = 0
    private var goodSamples = 0
    private var estimates: [Double] = []
    /// When each phase's layer was found, seconds from its start.
    private var found: [Double?]

    static func figures(of scenario: Scenario, seed: UInt64) throws -> ScenarioFigures {
        var run = try ScenarioRun(scenario, seed: seed)
        return run.run()
    }

    private init(_ scenario: Scenario, seed: UInt64) throws {
        self.scenario = scenario
        room = try SimulatedRoom(seed: seed)
        var publisher = ClientOptions(camera: .simulcast, layerPayloads: scenario.layerPayloads, topFramePackets: 4...8)
        publisher.targetBitrate = scenario.publisherTarget
        switch scenario.camera {
        case .layered: break
        case .slow:
            publisher.pictureInterval = .milliseconds(100)
            publisher.layerPayloads = [128, 800, 1_100]
            publisher.topFramePackets = 8...16
        case .large:
            publisher.pictureInterval = .milliseconds(100)
            publisher.layerPayloads = [900, 1_120, 1_120]
            publisher.frameSizes = [(2, 6), (5, 16), (16, 48)]
        case .thumbnail:
            publisher.camera = .plain
            publisher.payloadSize = 830
            publisher.pictureInterval = .milliseconds(100)
        }
        if let uplink = scenario.publisherUplink {
            publisher.uplink = uplink
            publisher.downlink.delay = uplink.delay
        }
        var options = ClientOptions.listener()
        // Who speaks too: browsers that send nothing do not know their round trip.
        options.microphone = true
        options.reportsArrivals = true
        (options.uplink, options.downlink) = (scenario.uplink, scenario.downlink)
        sender = try room.join(publisher)
        receiver = try room.join(options)
        room.connect(sender, to: receiver)
        room.run(for: Interval(nanoseconds: Int64(Scenario.warmUp * 1e9)))
        begin = room.now
        lastShown = room.now
        shownFrames = receiver.slot("v0").frames.count
        shownLayer = receiver.slot("v0").frames.last?.content.layer
        found = scenario.phases.map { _ in nil }
        receiver.downlink.waits = []
    }

    private var elapsed: Double { (room.now - begin).seconds }

    private mutating func run() -> ScenarioFigures {
        let firstSound = receiver.slot("a0").frames.count
        var changes = scenario.changes[...]
        while elapsed < Scenario.duration {
            while let next = changes.first, next.time <= elapsed {
                changes.removeFirst()
                apply(next.change)
            }
            room.run(for: Self.sampling)
            sample()
        }
        figures.immediate.note(room.now - lastShown)
        playOut()
        flow?.stop()
        figures.bestShare = Double(goodSamples) / Double(max(samples, 1))
        if !estimates.isEmpty { figures.estimate = estimates.reduce(0, +) / Double(estimates.count) }
        let waits = (receiver.downlink.waits ?? []).sorted()
        figures.queue = waits.isEmpty ? 0 : waits[waits.count * 95 / 100].seconds
        noteSearches()
        listen(from: firstSound)
        figures.timeline.append("not sent: \(room.statistics(of: receiver).drops.sorted { $0.key < $1.key })")
        for client in room.clients { room.leave(client) }
        room.run(for: .milliseconds(500))
        figures.complaints = room.complaints
        return figures
    }

    private mutating func apply(_ change: Scenario.Change) {
        switch change {
        case .rate(let rate): receiver.downlink.conditions.rate = rate
        case .detour(let longer):
            receiver.downlink.conditions.delay = scenario.downlink.delay + longer
            receiver.uplink.conditions.delay = scenario.uplink.delay + longer
        case .publisherRate(let rate): sender.uplink.conditions.rate = rate
        case .publisherTarget(let target): setTarget(of: sender, to: target)
        case .blackout(let isDark):
            receiver.downlink.conditions.loss = isDark ? 1 : scenario.downlink.loss
            receiver.uplink.conditions.loss = isDark ? 1 : scenario.uplink.loss
            if isDark { darkSince = room.now }
            // After a short one everything is repaired.
            if !isDark, room.now - darkSince > .seconds(1) {
                for slot in receiver.slots { slot.interruptions.append(room.now) }
            }
        case .competition(let kind): flow = CompetingFlow(kind, over: receiver.downlink, in: room.network)
        case .endOfCompetition: flow?.stop()
        }
    }

    /// What the layers take, lowest first, in bits a second, as far as a browser's allocation of bits is concerned.
    private static let layerRates = [0.0, 250_000, 1_200_000]

    private func setTarget(of client: SimulatedClient, to target: Double) {
        client.pacer?.target = target
        for (stream, rate) in zip(client.streams.filter { $0.rid != nil }, Self.layerRates) {
            let isSent = rate <= target
            // Encoders begin a layer with a keyframe.
            stream.wantsKeyframe = stream.wantsKeyframe || isSent && !stream.isActive
            stream.isActive = isSent
        }
    }

    private mutating func sample() {
        let frames = receiver.slot("v0").frames
        let hasNew = frames.count > shownFrames
        if hasNew {
            figures.immediate.note(room.now - lastShown)
            shown += frames[shownFrames...].map { ($0.content.capture, room.now.nanoseconds) }
            lastShown = room.now
            for frame in frames[shownFrames...] {
                if frame.content.layer != shownLayer { figures.changes += 1 }
                shownLayer = frame.content.layer
            }
            shownFrames = frames.count
        }
        if Int(elapsed * 200) % 100 == 0 { noteTime() }
        for (index, phase) in scenario.phases.enumerated() where phase.start <= elapsed && elapsed < phase.end {
            let direction = direction(of: index)
            if hasNew, found[index] == nil, let shownLayer,
                direction == .down ? shownLayer <= phase.best : shownLayer == phase.best
            {
                found[index] = elapsed - phase.start
            }
            guard elapsed >= phase.start + (direction.map(Scenario.settling) ?? 0) else { continue }
            samples += 1
            if shownLayer == phase.best { goodSamples += 1 }
            guard let rate = phase.bottleneck, samples % 20 == 0 else { continue }
            if let estimate = room.statistics(of: receiver).path?.estimate {
                estimates.append(Double(estimate) / rate)
            }
        }
    }

    private mutating func noteTime() {
        guard let path = room.statistics(of: receiver).path else { return }
        let rates = [path.estimate, path.wanted, path.acknowledged].map { "\($0 / 1_000)" }
        let shares = [path.loss, path.ownLoss].map { "\(Int($0 * 100)) %" }
        figures.timeline.append(
            """
            \(Double(Int(elapsed * 10)) / 10) s: \(rates[0]) kbit/s by \(path.limit), wanted \(rates[1]), acknowledged \(rates[2]), \
            lost \(shares[0]), own \(shares[1]), queue \(Int(path.queueingMilliseconds)) ms, \
            probes \(path.successfulProbes) of \(path.probes), layer \(shownLayer.map { "\($0)" } ?? "none")
            """)
    }

    /// Less room is a way down; as much or more, after an interruption, a way up. The first phase is neither.
    private func direction(of phase: Int) -> Scenario.Direction? {
        guard phase > 0 else { return nil }
        return scenario.phases[phase].best < scenario.phases[phase - 1].best ? .down : .up
    }

    /// Shows the frames again as a receiver does that waits for repairs: its own, and as long as the server tells it.
    private mutating func playOut() {
        let conditions = [scenario.uplink, scenario.downlink]
        let own = conditions.reduce(20_000_000) { $0 + $1.delay.nanoseconds }
        guard let least = shown.map({ $0.time - $0.capture }).min(), let first = shown.first?.time else { return }
        let told = receiver.slot("v0").playoutDelays
        func wanted(at time: Int64) -> Int64 {
            max(own, told.last { $0.time.nanoseconds <= time }?.least.nanoseconds ?? 0)
        }
        var wait = wanted(at: first)
        var last = first + wait
        var before = first
        for frame in shown {
            // libwebrtc lets pictures run slower or faster by a tenth until it is there.
            let step = (frame.time - before) / 10
            wait += min(max(wanted(at: frame.time) - wait, -step), step)
            before = frame.time
            figures.delay.append(Double(wait) / 1e9)
            let due = max(frame.time, frame.capture + least + wait, last)
            figures.delayed.note(Interval(nanoseconds: due - last))
            tell(from: last, to: due)
            last = due
        }
        figures.delayed.note(room.now - Timestamp(nanoseconds: last))
    }

    /// Tells what was missing while the picture stood still, and what was done about it.
    private mutating func tell(from last: Int64, to due: Int64) {
        guard due - last > Freezes.shortest.nanoseconds, figures.story.count < 40 else { return }
        func relative(_ time: Timestamp?) -> String { time.map { "\(($0 - begin).milliseconds)" } ?? "never" }
        let (start, end) = (Timestamp(nanoseconds: last), Timestamp(nanoseconds: due))
        figures.story.append("stood still from \(relative(start)) to \(relative(end)) ms")
        let slot = receiver.slot("v0")
        for repair in slot.repairs.values.sorted(by: { $0.number < $1.number })
        where repair.found < end && repair.came.map({ $0 > start }) ?? (end - repair.found < .seconds(1)) {
            let asked = repair.asked.map { relative($0) }.joined(separator: " ")
            let (missed, came) = (relative(repair.found), relative(repair.came))
            figures.story.append("  \(repair.number) missed at \(missed), asked for at \(asked), came \(came)")
        }
        let requests = room.clients[0].streams.flatMap(\.keyframeRequests).filter { start < $0 && $0 < end }
        if !requests.isEmpty { figures.story.append("  keyframes asked for at \(requests.map { relative($0) })") }
    }

    private mutating func noteSearches() {
        for (index, phase) in scenario.phases.enumerated() {
            let time = found[index] ?? phase.end - phase.start
            switch direction(of: index) {
            case .down: figures.down = time
            case .up: figures.up = time
            case nil: break
            }
        }
    }

    private mutating func listen(from first: Int) {
        let numbers = receiver.slot("a0").frames[first...].map(\.content.frame)
        guard let from = numbers.first, let to = numbers.last, to > from else { return figures.audioMissing = 1 }
        figures.audioMissing = 1 - Double(numbers.count) / Double(to - from + 1)
        figures.audioGaps = zip(numbers, numbers.dropFirst()).count { $1 > $0 + 3 }
    }
}

internal import LoadMedia
internal import Wire

/// What the network of an impaired participant does: the part of the settings that media threads need.
struct NetworkShape: Sendable {
    /// From the client up to the server; `nil` when nothing happens there.
    let up: [LinkStep]?
    /// From the server down to the client.
    let down: [LinkStep]?

    init(_ settings: LoadSettings) throws(LoadSetting.Failure) {
        up = try Self.steps("up", settings)
        down = try Self.steps("down", settings)
    }

    private static func steps(
        _ direction: String, _ settings: LoadSettings
    ) throws(LoadSetting.Failure) -> [LinkStep]? {
        func share(_ name: String) -> Double { (settings.number("\(direction)-\(name)") ?? 0) / 100 }
        func time(_ name: String) -> Interval {
            Interval(nanoseconds: Int64((settings.number("\(direction)-\(name)") ?? 0) * 1e6))
        }
        var conditions = LinkConditions()
        conditions.loss = share("loss")
        if share("burst") > 0 {
            conditions.burstLoss = .init(
                share: share("burst"), length: Double(settings.whole("\(direction)-burst-length") ?? 8))
        }
        conditions.delay = time("delay")
        conditions.jitter = time("jitter")
        conditions.reordering = share("reorder")
        let rate = settings.whole("\(direction)-rate") ?? 0
        if rate > 0 { conditions.bitrate = rate * 1_000 }
        var steps = [LinkStep(after: .zero, conditions)]
        if let blackout = try blackout(settings.text("\(direction)-blackout"), direction) {
            var dark = conditions
            dark.isBlackout = true
            steps.append(LinkStep(after: blackout.lowerBound, dark))
            steps.append(LinkStep(after: blackout.upperBound, conditions))
        }
        return steps.count == 1 && conditions == .perfect ? nil : steps
    }

    /// `10+2.5`: from the tenth second for two and a half.
    private static func blackout(
        _ text: String, _ direction: String
    ) throws(LoadSetting.Failure) -> Range<Interval>? {
        guard !text.isEmpty else { return nil }
        let parts = text.split(separator: "+").map { Double($0) }
        guard parts.count == 2, let start = parts[0], let length = parts[1], (0...86_400).contains(start),
            (0...86_400).contains(length)
        else {
            throw LoadSetting.Failure(
                description:
                    "--\(direction)-blackout: \"\(text)\" is not possible; it has to be START+LENGTH in seconds.")
        }
        let begin = Interval(nanoseconds: Int64(start * 1e9))
        return begin..<begin + Interval(nanoseconds: Int64(length * 1e9))
    }
}

internal import LoadReport

/// The limits that the settings name.
enum Limits {
    /// Options that are a limit on one metric, and what their number has to be divided by.
    private static let options: [(name: String, metric: String, comparison: Threshold.Comparison, divisor: Double)] = [
        ("max-loss", "loss", .atMost, 100), ("max-latency-p99", "latency-p99", .atMost, 1),
        ("max-join-p99", "join-p99", .atMost, 1), ("max-freezes", "freezes", .atMost, 1),
        ("max-corrupt", "frames-corrupt", .atMost, 1), ("max-join-failures", "join-failures", .atMost, 1),
        ("min-complete", "good-frames", .atLeast, 100),
    ]

    static func of(_ settings: LoadSettings) -> [Threshold] {
        var limits: [Threshold] = []
        for option in options {
            guard let number = settings.number(option.name), let metric = Metric.named(option.metric) else { continue }
            limits.append(Threshold(metric, option.comparison, number / option.divisor))
        }
        for text in texts(settings) { if let limit = try? Threshold(parsing: text) { limits.append(limit) } }
        return limits
    }

    /// What a run is held against: the limits that the settings name, and where there are any, that no session is lost, unless they say
    /// how many may be. A server that dies loses no packets and is late with none.
    static func judging(_ settings: LoadSettings) -> [Threshold] {
        let given = of(settings)
        guard !given.isEmpty, let losses = Metric.named("disconnects"), !given.contains(where: { $0.metric == losses })
        else { return given }
        return given + [Threshold(losses, .atMost, 0)]
    }

    /// Says what is wrong with the limits, if anything is: a text that is none, or a figure that the run will not have.
    static func check(_ settings: LoadSettings) throws(LoadSetting.Failure) {
        for text in texts(settings) {
            do throws(Threshold.ParseError) {
                _ = try Threshold(parsing: text)
            } catch { throw LoadSetting.Failure(description: "--limit: \(error.description)") }
        }
        if settings.text("find-capacity").isEmpty, let limit = of(settings).first(where: isOnCapacity) {
            throw LoadSetting.Failure(
                description: "--limit: \(limit.text) is a limit on what --find-capacity finds, and it is not asked for."
            )
        }
        guard settings.number("verified") == 0 else { return }
        if let limit = of(settings).first(where: { needsVerification($0.metric) }) {
            throw LoadSetting.Failure(
                description: "--verified 0: then nobody looks at what comes, and there is no figure for the limit "
                    + "\(limit.text); leave out one of them.")
        }
    }

    /// Whether a limit is one on the result of a search, which no single load has.
    static func isOnCapacity(_ limit: Threshold) -> Bool { limit.metric.name == "capacity" }

    /// Whether a figure comes from what is inside of packets.
    private static func needsVerification(_ metric: Metric) -> Bool {
        ["good-", "frames-", "surprises", "freezes", "frozen", "latency-", "keyframe-"].contains {
            metric.name.hasPrefix($0)
        }
    }

    private static func texts(_ settings: LoadSettings) -> [String] {
        settings.text("limit").split(separator: ",").map(String.init)
    }
}

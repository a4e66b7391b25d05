internal import LoadReport

/// Raises a load until its limits give out, and says where that was and what gave out first.
///
/// Each step is a run of its own, measured from a second after the last join: what counts is the load that is held, not the
/// joining, and no step inherits anything from the one before.
struct CapacityFinder: Sendable {
    private let settings: LoadSettings
    private let unit: String
    private let limits: [Threshold]

    init(_ settings: LoadSettings, raising unit: String) {
        self.unit = unit
        self.settings = settings.setting("duration", to: settings.text("capacity-hold"))
        limits = Self.limits(settings)
    }

    /// Those that were set; without any, what viewers begin to notice.
    private static func limits(_ settings: LoadSettings) -> [Threshold] {
        let given = Limits.of(settings)
        if !given.isEmpty { return given }
        return ["loss<=0.1%", "latency-p99<=20ms"].compactMap { try? Threshold(parsing: $0) }
    }

    func run(progress: @escaping LoadTest.Progress) async throws(LoadFailure) -> LoadReport {
        var search = CapacitySearch(
            unit: unit, start: settings.whole("capacity-step") ?? 20, maximum: settings.whole("capacity-limit") ?? 2_000
        )
        var best: LoadReport?
        while case .attempt(let load) = search.next, !Task.isCancelled {
            let builder = try await attempt(load, progress)
            let report = builder.report()
            let failed = Self.reasons(report, busiest: builder.serverThreads.map(\.percent).max())
            progress(.step("\(load) \(unit): " + (failed.isEmpty ? "held" : failed.joined(separator: "; "))))
            search.record(passed: failed.isEmpty, failed: failed)
            if failed.isEmpty || best == nil { best = report }
        }
        guard var report = best else { throw .badSettings("The search was interrupted before its first step.") }
        report.capacity = search.result
        report.notes.append("The figures are those of the highest load that kept the limits.")
        return report
    }

    private func attempt(_ load: Int, _ progress: @escaping LoadTest.Progress) async throws(LoadFailure)
        -> ReportBuilder
    {
        // A room of its own for each step: what the last one left behind is none of this one's business.
        let step = settings.setting(unit, to: String(load))
            .setting("room-prefix", to: "\(settings.text("room-prefix"))-\(load)-\(UInt16.random(in: 0...UInt16.max))")
        return try await LoadTest.run(step, .steady, limits: limits) { news in
            guard case .moment(let line) = news else { return }
            progress(.moment("\(load) \(unit) · \(line)"))
        }
    }

    /// What did not hold; the cause, where it can be seen, before the effect.
    static func reasons(_ report: LoadReport, busiest: Int64?) -> [String] {
        var failed = report.thresholds.filter { !$0.passed }.map(\.text)
        // Everybody has had time enough to join, unless the load itself sent some away.
        let absent = report.joins.churned > 0 ? 0 : report.joins.cutOff ?? 0
        let refused = report.joins.failed + absent + report.joins.disconnects.reduce(0) { $0 + $1.count }
        if refused > 0 { failed.append("participants that failed or were lost: \(refused)") }
        if let silence = report.traffic.silentSlots, silence > 0 {
            failed.append("pictures that never came: \(silence)")
        }
        guard !failed.isEmpty else { return [] }
        var causes: [String] = []
        if report.generator.isSaturated { causes.append("the generator") }
        if report.generator.socketDrops > 0 {
            causes.append(
                "the generator's socket buffers (\(Quantity.counted(report.generator.socketDrops, "datagram")) dropped)"
            )
        }
        if let busiest, busiest > 95 { causes.append("a media thread of the server at \(busiest) %") }
        if let drops = report.server?.socketDrops, drops > 0 {
            causes.append("the server's socket buffers (\(Quantity.counted(drops, "datagram")) dropped)")
        }
        return causes + failed
    }
}

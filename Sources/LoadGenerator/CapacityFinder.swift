internal import LoadReport

/// Raises a load until its limits give out, and says where that was and what gave out first.
///
/// Each step is a run of its own, measured from a second after the last join: what counts is the load that is held, not the
/// joining, and no step inherits anything from the one before.
struct CapacityFinder: Sendable {
    private let settings: LoadSettings
    private let unit: String
    /// What each step is held against.
    private let limits: [Threshold]
    /// What the capacity itself is held against, once it is known.
    private let goals: [Threshold]

    init(_ settings: LoadSettings, raising unit: String) {
        self.unit = unit
        self.settings = settings.setting("duration", to: settings.text("capacity-hold"))
        limits = Self.limits(settings)
        goals = Limits.of(settings).filter(Limits.isOnCapacity)
    }

    /// Those that were set; without any, what viewers begin to notice.
    static func limits(_ settings: LoadSettings) -> [Threshold] {
        let given = Limits.of(settings).filter { !Limits.isOnCapacity($0) }
        if !given.isEmpty { return given }
        // Latency is read from inside of packets.
        let usual = settings.number("verified") == 0 ? ["loss<=0.1%"] : ["loss<=0.1%", "latency-p99<=20ms"]
        return usual.compactMap { try? Threshold(parsing: $0) }
    }

    func run(progress: @escaping LoadTest.Progress) async throws(LoadFailure) -> LoadTest.Outcome {
        var course = Course(
            search: CapacitySearch(
                unit: unit, start: settings.whole("capacity-step") ?? 20,
                maximum: settings.whole("capacity-limit") ?? 2_000))
        while case .attempt(let load) = course.search.next {
            guard !Task.isCancelled else {
                course.search.interrupt()
                break
            }
            if let line = course.take(try await attempt(load, progress)) { progress(.step("\(load) \(unit): \(line)")) }
        }
        guard let outcome = course.outcome(judgedBy: goals) else {
            throw .badSettings("The search was interrupted before its first step was done.")
        }
        return outcome
    }

    /// How far a search has come, and what it found on the way.
    struct Course {
        var search: CapacitySearch
        /// The report of the highest load that held; of the first, while none did.
        private var best: LoadReport?
        /// What the server did not let go of after a step, in words.
        private var leak: String?

        init(search: CapacitySearch) { self.search = search }

        /// Takes what a step recorded; returns how it went, in words. One that was interrupted says nothing of the server.
        mutating func take(_ builder: ReportBuilder) -> String? {
            guard !builder.record.isInterrupted else {
                search.interrupt()
                return nil
            }
            let report = builder.report()
            let failed = CapacityFinder.reasons(report, busiest: builder.serverThreads.map(\.percent).max())
            if leak == nil { leak = builder.record.leak }
            search.record(passed: failed.isEmpty, failed: failed)
            if failed.isEmpty || best == nil { best = report }
            return failed.isEmpty ? "held" : failed.joined(separator: "; ")
        }

        /// What came of the search; `nil` when not even one step was done.
        func outcome(judgedBy goals: [Threshold]) -> LoadTest.Outcome? {
            guard var report = best else { return nil }
            report.capacity = search.result
            report.thresholds += goals.map { $0.verdict(on: report) }
            report.notes.append(
                search.result.capacity > 0
                    ? "The figures are those of the highest load that kept the limits."
                    : "No load kept the limits; the figures are those of the first.")
            if let leak, !report.notes.contains(leak) { report.notes.append(leak) }
            return LoadTest.Outcome(report: report, leak: leak)
        }
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
        if let unasked = report.generator.unasked, unasked > 0 {
            failed.append("participants that were never asked to join: \(unasked)")
        }
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

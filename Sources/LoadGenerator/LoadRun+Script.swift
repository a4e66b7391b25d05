internal import LinuxSystem
internal import Wire

/// What a finished run has to show.
struct RunRecord: Sendable {
    /// The samples, about one a second, the first at the start, the last after everybody has left.
    var samples: [RunSample]
    /// The place in `samples` of the last one before anybody left.
    var lastFull: Int
    /// The place of the first sample after everybody had been asked to join.
    var firstFull: Int
    /// What of the run counts.
    var window = LoadRun.Window.whole
    var status: StatusClient.Status?
    /// Packets the server did not forward, by its own reasons.
    var drops: StatusClient.Drops
    /// What the server did not let go of; `nil` when that is nothing, or nobody looked.
    var leak: String?
    /// Participants who were planned and not asked to join.
    var unasked = 0
    var isInterrupted: Bool
}

extension LoadRun {
    /// What of a run is measured.
    enum Window: Sendable {
        /// Everything, joining included.
        case whole
        /// What follows a second after the last join.
        case steady
    }

    /// How long messages that were sent may take to come: a reliable one is repeated after four seconds at most, and then again.
    private static let dataPatience = Interval.seconds(15)

    /// Runs the whole: join, hold, leave. `onSample` is called about once a second. Ends early when the task is cancelled.
    func script(_ window: Window, onSample: @Sendable (RunSample, RunSample?) -> Void) async -> RunRecord {
        let patience = settings.number("leak-check") ?? 0
        let check = LeakCheck(before: patience > 0 ? await status.status().map(LeakCheck.Holdings.init) : nil)
        let start = SystemClock.now()
        let joining = Task { await joinAll(since: start) }
        let churning = Task { await churn() }
        var samples = [await sample()]
        let full = start + Interval(nanoseconds: Int64(plan.lastJoin * 1e9)) + (window == .steady ? .seconds(1) : .zero)
        let end = full + Interval(nanoseconds: Int64((settings.number("duration") ?? 30) * 1e9))
        var (due, firstFull) = (start, 0)
        while SystemClock.now() < end, !Task.isCancelled {
            due = due + .seconds(1)
            await Self.sleep(until: min(due, end))
            let isFull = SystemClock.now() >= full
            if isFull, firstFull == 0, window == .steady { await beginWindow() }
            let sample = await sample()
            onSample(sample, samples.last)
            samples.append(sample)
            if isFull, firstFull == 0 { firstFull = samples.count - 1 }
        }
        let isInterrupted = Task.isCancelled
        joining.cancel()
        churning.cancel()
        await joining.value
        await churning.value
        await data?.finish(patience: Self.dataPatience)
        let last = await status.status()
        let reasons = await status.drops(in: plan.roomNames, workers: last)
        let lastFull = samples.count - 1
        await leaveAll()
        samples.append(await sample())
        var leak: String?
        if patience > 0 { leak = await check.run(status, patience: Interval(nanoseconds: Int64(patience * 1e9))) }
        return RunRecord(
            samples: samples, lastFull: lastFull, firstFull: firstFull, window: firstFull > 0 ? window : .whole,
            status: last, drops: reasons, leak: leak,
            unasked: isInterrupted ? 0 : max(0, plan.participants.count - participants.count),
            isInterrupted: isInterrupted)
    }

    /// Forgets the times that were measured. Totals go on: those of the sample that follows are taken from the last ones.
    private func beginWindow() async {
        for thread in threads {
            await thread.ask { loop in
                loop.figures.latency = DurationHistogram()
                loop.figures.lateness = DurationHistogram()
            }
        }
        await data?.forgetLatency()
    }
}

internal import LinuxSystem
internal import Wire

/// What a finished run has to show.
struct RunRecord: Sendable {
    /// The samples, about one a second, the first at the start.
    var samples: [RunSample]
    /// The place in `samples` of the last one before anybody left.
    var lastFull: Int
    /// The place of the first sample after everybody had been asked to join.
    var firstFull: Int
    var ownSocketDrops: Int64
    var status: StatusClient.Status?
    var isInterrupted: Bool
}

extension LoadRun {
    /// Runs the whole: join, hold, leave. `onSample` is called about once a second.
    func script(onSample: @Sendable (RunSample, RunSample?) -> Void) async -> RunRecord {
        let start = SystemClock.now()
        let duration = settings.number("duration") ?? 30
        let joining = Task { await joinAll(since: start) }
        let churning = Task { await churn() }
        var samples = [await sample()]
        let full = start + Interval(nanoseconds: Int64(plan.lastJoin * 1e9))
        let end = full + Interval(nanoseconds: Int64(duration * 1e9))
        var due = start
        var firstFull = 0
        while SystemClock.now() < end, !isInterrupted {
            due = due + .seconds(1)
            await Self.sleep(until: min(due, end))
            let sample = await sample()
            onSample(sample, samples.last)
            samples.append(sample)
            if firstFull == 0, sample.time >= full { firstFull = samples.count - 1 }
        }
        joining.cancel()
        churning.cancel()
        await joining.value
        await churning.value
        let drops = await ownSocketDrops()
        let last = await status.status()
        let lastFull = samples.count - 1
        await leaveAll()
        samples.append(await sample())
        return RunRecord(
            samples: samples, lastFull: lastFull, firstFull: firstFull, ownSocketDrops: drops, status: last,
            isInterrupted: isInterrupted)
    }
}

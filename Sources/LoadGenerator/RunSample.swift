internal import Wire

/// Everything that is known at one moment of a run; two of them make a rate.
struct RunSample: Sendable {
    var time: Timestamp
    var figures: LoopFigures
    var totals: RunJournal.Totals
    /// `nil` when nobody has data channels.
    var data: DataFigures?
    /// Participants whose media thread has them.
    var present: Int
    var server: ServerProbe.Look?
    /// Nanoseconds on a processor of each of the generator's media threads.
    var threadNanoseconds: [Int64]
    /// The same of the threads of its WebSockets.
    var signalingNanoseconds: Int64 = 0
    var processNanoseconds: Int64
}

extension LoadRun {
    /// Looks at everything.
    func sample() async -> RunSample {
        var present = 0
        for thread in threads { present += await thread.ask { $0.present.count } }
        let own = ThreadTimes.all(of: CurrentProcess.identifier).values
        let signaling = own.filter { $0.name.hasPrefix(Self.eventLoopName) }
        return RunSample(
            time: MonotonicClock.now(), figures: await figures(), totals: journal.now, data: await data?.figures(),
            present: present,
            server: probe?.look(), threadNanoseconds: threads.map { $0.times?.nanoseconds ?? 0 },
            signalingNanoseconds: signaling.reduce(0) { $0 + $1.nanoseconds },
            processNanoseconds: own.reduce(0) { $0 + $1.nanoseconds })
    }

    /// What the name of an event loop's thread begins with.
    static let eventLoopName = "NIO-ELT-"
}

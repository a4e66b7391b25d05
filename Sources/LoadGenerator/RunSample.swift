internal import Wire

/// Everything that is known at one moment of a run; two of them make a rate.
struct RunSample: Sendable {
    var time: Timestamp
    var figures: LoopFigures
    var totals: RunJournal.Totals
    /// `nil` when nobody has data channels.
    var data: DataFigures?
    /// Participants whose media transport is up.
    var present: Int
    var server: ServerProbe.Look?
    /// Nanoseconds on a processor of each of the generator's media threads.
    var threadNanoseconds: [Int64]
    /// The same of the threads of its WebSockets.
    var signalingNanoseconds: Int64 = 0
    /// The same of the thread of its data channels.
    var dataNanoseconds: Int64 = 0
    var processNanoseconds: Int64
}

extension LoadRun {
    /// Looks at everything.
    func sample() async -> RunSample {
        var present = 0
        for thread in threads { present += await thread.ask { $0.connected } }
        let own = ThreadTimes.all(of: CurrentProcess.identifier).values
        func used(by name: String) -> Int64 {
            own.filter { $0.name.hasPrefix(name) }.reduce(0) { $0 + $1.nanoseconds }
        }
        return RunSample(
            time: MonotonicClock.now(), figures: await figures(), totals: journal.now, data: await data?.figures(),
            present: present,
            server: probe?.look(), threadNanoseconds: threads.map { $0.times?.nanoseconds ?? 0 },
            signalingNanoseconds: used(by: Self.eventLoopName), dataNanoseconds: used(by: Self.dataThreadName),
            processNanoseconds: own.reduce(0) { $0 + $1.nanoseconds })
    }

    /// What the name of an event loop's thread begins with.
    static let eventLoopName = "NIO-ELT-"

    /// The name of the thread of all data channels (`SCTPActor`).
    static let dataThreadName = "roost-sctp"
}

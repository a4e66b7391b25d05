internal import LinuxSystem
internal import Synchronization
internal import Wire

/// The one thread on which usrsctp runs. The library is one global for each process; whatever touches it is isolated to
/// this actor, which the compiler checks.
///
/// The thread begins with the first call: a server whose participants have no data channels has none.
@globalActor
public actor SCTPActor {
    /// The actor.
    public static let shared = SCTPActor()
    private nonisolated let thread = SCTPThread()
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }
}

/// Runs the actor's jobs, and in between what is due, on a thread of its own that lives as long as the process.
final class SCTPThread: SerialExecutor {
    /// Time between two looks at usrsctp's timers, which are given in tens of milliseconds.
    static let tick = Interval.milliseconds(10)

    private let mailbox = Mutex(Mailbox())
    private let thread = Atomic<Int>(0)

    private struct Mailbox {
        var jobs: [UnownedJob] = []
        var poller: Poller?
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let bell = mailbox.withLock { mailbox in
            mailbox.jobs.append(job)
            if mailbox.poller == nil { mailbox.poller = begin() }
            return mailbox.jobs.count == 1 ? mailbox.poller : nil
        }
        bell?.wake()
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

    func checkIsolated() {
        precondition(thread.load(ordering: .relaxed) == CurrentThread.identifier, "SCTP touched off its thread")
    }

    private func begin() -> Poller {
        do throws(SystemError) {
            let poller = try Poller()
            try Thread.spawn { [self] in run(poller) }
            return poller
        } catch {
            // Like an array that cannot grow: without a thread there is nothing to fall back on.
            preconditionFailure("the data channels' thread could not start: \(error)")
        }
    }

    private func run(_ poller: Poller) {
        thread.store(CurrentThread.identifier, ordering: .relaxed)
        CurrentThread.setName("roost-sctp")
        while true {
            let isActive = SCTPActor.assumeIsolated { SCTPStack.shared.isActive }
            poller.wait(timeout: isActive ? Self.tick : nil) { _ in }
            let jobs = mailbox.withLock { mailbox in
                let taken = mailbox.jobs
                mailbox.jobs.removeAll(keepingCapacity: true)
                return taken
            }
            for job in jobs { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
            SCTPActor.assumeIsolated { SCTPStack.shared.runTimers(at: SystemClock.now()) }
        }
    }
}

extension SCTPActor {
    /// Runs `body` as the actor, on whose thread the caller has to be already.
    static func assumeIsolated<Result: Sendable>(_ body: @SCTPActor () -> Result) -> Result {
        SCTPActor.shared.preconditionIsolated()
        return withoutActuallyEscaping(body) { body in
            // Safe: isolation to the global actor has just been checked, and the closure does not leave this call.
            unsafe unsafeBitCast(body, to: (() -> Result).self)()
        }
    }
}

internal import LinuxSystem
internal import Synchronization
internal import Wire

/// A thread with a poll loop that is also the executor of the actor whose media it moves.
///
/// Datagrams and actor calls run on the same thread, one after the other, so media state has one owner and no locks.
/// The mailbox of actor jobs and commands is the only thing that other threads touch; it rings the poller's bell when it stops
/// being empty.
final class WorkerThread: SerialExecutor {
    let poller: Poller
    private let mailbox = Mutex(Mailbox())
    private let thread = Atomic<Int>(0)
    private let stopping = Atomic<Bool>(false)

    /// What others want done on the thread.
    private enum Errand {
        case job(UnownedJob)
        case command(@Sendable () -> Void)
    }

    private struct Mailbox {
        var errands: [Errand] = []
        /// Whether the thread has run its last job; callers run those that come later.
        var hasEnded = false
        /// Whether one of them is at it: two at a time would break what the actor promises.
        var isDraining = false
    }

    init() throws(SystemError) { poller = try Poller() }

    /// Starts the thread. `turn` runs on it again and again until `stop`; it polls, with a time-out of its choosing.
    func start(name: String, processor: Int?, turn: @escaping @Sendable () -> Void) throws(SystemError) {
        try Thread.spawn { [self] in
            thread.store(CurrentThread.identifier, ordering: .relaxed)
            CurrentThread.setName(name)
            if let processor { _ = CurrentThread.pin(toProcessor: processor) }
            while !stopping.load(ordering: .relaxed) {
                turn()
                runJobs()
            }
            // Calls that are still on their way are answered: nobody waits for a thread that has gone.
            while !endIfIdle() { runJobs() }
        }
    }

    /// Runs `body` as if on the thread, which must not have been started.
    func beforeStart(_ body: () -> Void) {
        thread.store(CurrentThread.identifier, ordering: .relaxed)
        body()
        thread.store(0, ordering: .relaxed)
    }

    /// Lets the current turn end and the thread with it.
    func stop() {
        stopping.store(true, ordering: .relaxed)
        poller.wake()
    }

    /// Waits until the thread has run its last job, for `patience` at most. Its OpenSSL objects must not meet the process's
    /// exit handlers, which take the library apart.
    func waitForEnd(patience: Interval) {
        let deadline = SystemClock.now() + patience
        while thread.load(ordering: .acquiring) != -1, SystemClock.now() < deadline {
            CurrentThread.sleep(.milliseconds(1))
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        post(.job(job))
    }

    /// Runs `command` on the thread, before everything that is asked of it later; does not wait for it.
    func perform(_ command: @escaping @Sendable () -> Void) { post(.command(command)) }

    private func post(_ errand: Errand) {
        let (wakes, drains) = mailbox.withLock { mailbox in
            mailbox.errands.append(errand)
            // After the thread has ended there is nobody to run it but the caller.
            let drains = mailbox.hasEnded && !mailbox.isDraining
            if drains { mailbox.isDraining = true }
            return (!mailbox.hasEnded && mailbox.errands.count == 1, drains)
        }
        if wakes { poller.wake() }
        if drains { drain() }
    }

    /// Notes that the thread has run its last job, if there is none left.
    private func endIfIdle() -> Bool {
        mailbox.withLock { mailbox in
            guard mailbox.errands.isEmpty else { return false }
            thread.store(-1, ordering: .releasing)
            mailbox.hasEnded = true
            return true
        }
    }

    /// Runs jobs in the place of the thread that has ended, one caller at a time, until there are none.
    private func drain() {
        while true {
            runJobs()
            let isDone = mailbox.withLock { mailbox in
                guard mailbox.errands.isEmpty else { return false }
                mailbox.isDraining = false
                return true
            }
            if isDone { return }
        }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

    /// Lets `assumeIsolated` pass in code that runs on this thread outside a job.
    func checkIsolated() {
        let owner = thread.load(ordering: .relaxed)
        precondition(owner == CurrentThread.identifier || owner == -1, "media state touched off its worker's thread")
    }

    private func runJobs() {
        let errands = mailbox.withLock { mailbox in
            let taken = mailbox.errands
            mailbox.errands.removeAll(keepingCapacity: true)
            return taken
        }
        for errand in errands {
            switch errand {
            case .job(let job): unsafe job.runSynchronously(on: asUnownedSerialExecutor())
            case .command(let command): command()
            }
        }
    }
}

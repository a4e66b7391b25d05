internal import LinuxSystem
internal import Synchronization

/// A thread with a poll loop that is also the executor of the actor whose media it moves.
///
/// Datagrams and actor calls run on the same thread, one after the other, so media state has one owner and no locks.
/// The mailbox of actor jobs is the only thing that other threads touch; it rings the poller's bell when it stops
/// being empty.
final class WorkerThread: SerialExecutor {
    let poller: Poller
    private let mailbox = Mutex<[UnownedJob]>([])
    private let thread = Atomic<Int>(0)
    private let stopping = Atomic<Bool>(false)

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
            runJobs()
            thread.store(-1, ordering: .relaxed)
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

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let wasEmpty = mailbox.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        // After the thread has ended there is nobody to run a job but the caller.
        if thread.load(ordering: .relaxed) == -1 { runJobs() } else if wasEmpty { poller.wake() }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

    /// Lets `assumeIsolated` pass in code that runs on this thread outside a job.
    func checkIsolated() {
        let owner = thread.load(ordering: .relaxed)
        precondition(owner == CurrentThread.identifier || owner == -1, "media state touched off its worker's thread")
    }

    private func runJobs() {
        let jobs = mailbox.withLock { jobs in
            let taken = jobs
            jobs.removeAll(keepingCapacity: true)
            return taken
        }
        for job in jobs { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
}

internal import LinuxSystem
internal import Synchronization
internal import Wire

/// A thread that moves the media of some participants, seen from outside: a mailbox and a bell.
///
/// What it works on lives in a `MediaLoop` that is made on the thread and never leaves it.
final class MediaThread: Sendable {
    /// What others may want of the loop; run between two of its turns.
    typealias Command = @Sendable (MediaLoop) -> Void

    let poller: Poller
    /// The kernel's number of the thread, 0 before it runs.
    private let kernelNumber = Atomic<Int>(0)
    private let mailbox = Mutex<[Command]>([])
    private let stopping = Atomic<Bool>(false)

    /// Starts the thread.
    init(name: String, processor: Int?, options: MediaLoop.Options) throws(SystemError) {
        poller = try Poller()
        try Thread.spawn { [self] in
            kernelNumber.store(CurrentThread.identifier, ordering: .relaxed)
            CurrentThread.setName(name)
            if let processor { _ = CurrentThread.pin(toProcessor: processor) }
            let loop = MediaLoop(poller: poller, options: options)
            while !stopping.load(ordering: .relaxed) {
                loop.turn()
                for command in take() { command(loop) }
            }
        }
    }

    /// The thread's time on a processor so far.
    var times: ThreadTimes? {
        ThreadTimes(process: CurrentProcess.identifier, thread: kernelNumber.load(ordering: .relaxed))
    }

    /// Runs a command on the thread.
    func send(_ command: @escaping Command) {
        let wasEmpty = mailbox.withLock { commands in
            commands.append(command)
            return commands.count == 1
        }
        if wasEmpty { poller.wake() }
    }

    /// Runs a command on the thread and returns what it made.
    func ask<Answer: Sendable>(_ question: @escaping @Sendable (MediaLoop) -> Answer) async -> Answer {
        await withCheckedContinuation { continuation in
            send { loop in continuation.resume(returning: question(loop)) }
        }
    }

    /// Lets the current turn end and the thread with it.
    func stop() {
        stopping.store(true, ordering: .relaxed)
        poller.wake()
    }

    private func take() -> [Command] {
        mailbox.withLock { commands in
            guard !commands.isEmpty else { return [] }
            let taken = commands
            commands.removeAll(keepingCapacity: true)
            return taken
        }
    }
}

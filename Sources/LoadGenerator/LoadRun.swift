internal import Ciphers
internal import DTLS
internal import LinuxSystem
internal import NIOCore
internal import NIOPosix
internal import Wire

/// One load on one server: the threads, the participants, and the samples taken while it runs.
actor LoadRun {
    let settings: LoadSettings
    let plan: LoadPlan
    let threads: [MediaThread]
    let group: MultiThreadedEventLoopGroup
    let journal: RunJournal
    private let senders = SenderList()
    /// The data channels of all participants; `nil` when nobody has any.
    let data: DataExchange?
    let status: StatusClient
    let signaling: SignalingConnection.Options
    private let fingerprint: CertificateFingerprint
    private let shape: MediaShape
    private let network: NetworkShape
    private(set) var probe: ServerProbe?
    private(set) var participants: [Participant] = []
    private var generator: SeededGenerator

    /// Makes a run, its threads and its certificate, and checks that the server is there.
    init(_ settings: LoadSettings) async throws(LoadFailure) {
        self.settings = settings
        plan = LoadPlan(settings)
        shape = MediaShape(settings)
        journal = RunJournal(patience: RunJournal.patience(settings))
        generator = SeededGenerator(seed: UInt64(settings.whole("seed") ?? 1))
        do throws(LoadSetting.Failure) {
            network = try NetworkShape(settings)
        } catch { throw .badSettings(error.description) }
        do throws(ServerAddress.Failure) {
            signaling = SignalingConnection.Options(
                address: try ServerAddress(parsing: settings.text("url")),
                acceptsAnyCertificate: settings.isOn("insecure"))
        } catch { throw .badSettings("--url: \(error.description)") }
        let process = settings.whole("server-pid") ?? 0
        if process > 0, !ServerProbe.exists(process) {
            throw .badSettings("--server-pid: there is no process \(process) on this machine.")
        }
        guard !plan.participants.isEmpty else {
            throw .badSettings("Nobody would join: --publishers and --subscribers are both 0.")
        }
        let context: DTLSContext
        do throws(CipherError) {
            let certificate = try Certificate.selfSigned(
                commonName: "roost-load", validDays: 30, dnsNames: [], addresses: [])
            context = try DTLSContext(certificate: certificate)
            fingerprint = certificate.fingerprint
        } catch { throw .badSettings("No certificate could be made: \(error)") }
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        status = StatusClient(options: signaling, apiKey: settings.text("api-key"), group: group)
        do throws(SystemError) {
            threads = try Self.makeThreads(settings, context)
        } catch { throw .badSettings("\(error)") }
        data = Self.makeData(settings, threads)
        try await greet()
        if process > 0 { await findServer(process) }
    }

    private static func makeThreads(
        _ settings: LoadSettings, _ context: DTLSContext
    ) throws(SystemError) -> [MediaThread] {
        let first = settings.whole("pin") ?? -1
        let offset = SystemClock.wallNanoseconds() - SystemClock.now().nanoseconds
        var threads: [MediaThread] = []
        for index in 0..<settings.mediaThreads {
            threads.append(
                try MediaThread(
                    name: "load-media-\(index)", processor: first >= 0 ? first + index : nil,
                    options: MediaLoop.Options(context: context, wallClockOffset: offset)))
        }
        return threads
    }

    private static func makeData(_ settings: LoadSettings, _ threads: [MediaThread]) -> DataExchange? {
        DataShape(settings).map { shape in
            DataExchange(
                shape, seed: UInt64(settings.whole("seed") ?? 1),
                lanes: threads.map { thread -> DataExchange.Lane in { packets in thread.send { $0.send(packets) } } })
        }
    }

    /// Connects once: a server that is not there is told apart from one that fails under load.
    private func greet() async throws(LoadFailure) {
        let callbacks = SignalingConnection.Callbacks(onEnd: { _ in }, onSlots: { _ in })
        do throws(SignalingError) {
            try await SignalingConnection.open(signaling, on: group, callbacks: callbacks).close()
        } catch {
            await shutDown()
            throw .unreachable("\(settings.text("url")): \(error.description)")
        }
    }

    private func findServer(_ process: Int) async {
        let ports = await status.status()?.server.workers.map(\.port) ?? []
        probe = ServerProbe(process: process, mediaPorts: Set(ports))
    }

    // MARK: Joining and leaving

    /// Makes everybody who is planned, and lets them join when their time has come. Returns when the last has been asked.
    func joinAll(since start: Timestamp, from first: Int = 0) async {
        for person in plan.participants.dropFirst(first) {
            let due = start + Interval(nanoseconds: Int64(person.joinsAt * 1e9))
            await Self.sleep(until: due)
            guard !Task.isCancelled else { return }
            let participant = makeParticipant(person)
            Task { await participant.join(due: due) }
        }
    }

    private func makeParticipant(_ person: ParticipantPlan) -> Participant {
        let lane = person.number % threads.count
        let around = Participant.Surroundings(
            plan: plan, signaling: signaling, group: group, thread: threads[lane], fingerprint: fingerprint,
            journal: journal, senders: senders, shape: shape, network: network, data: data, lane: lane)
        let participant = Participant(person, around)
        participants.append(participant)
        return participant
    }

    /// Lets one participant after the other leave and join again, until the task is cancelled.
    func churn() async {
        guard let perMinute = settings.number("churn"), perMinute > 0 else { return }
        let pause = Interval(nanoseconds: Int64(60e9 / perMinute))
        var due = SystemClock.now() + pause
        while !Task.isCancelled {
            await Self.sleep(until: due)
            due = due + pause
            guard !Task.isCancelled, let participant = participants.randomElement(using: &generator),
                await participant.isPresent
            else { continue }
            journal.noteChurn()
            Task {
                await participant.leave()
                await participant.join()
            }
        }
    }

    /// Lets everybody leave for good.
    func leaveAll() async {
        // Those who go first take their media with them: nobody is to be blamed for that.
        for thread in threads { await thread.ask { $0.conclude(nil) } }
        await withTaskGroup(of: Void.self) { tasks in
            for participant in participants { tasks.addTask { await participant.retire() } }
        }
    }

    /// Ends threads and event loops.
    func shutDown() async {
        await data?.stop()
        for thread in threads { thread.stop() }
        try? await group.shutdownGracefully()
    }

    static func sleep(until due: Timestamp) async {
        let left = due - SystemClock.now()
        guard left > .zero else { return }
        try? await Task.sleep(nanoseconds: UInt64(left.nanoseconds))
    }

    // MARK: Figures

    /// The figures of all threads, now.
    func figures() async -> LoopFigures {
        var sum = LoopFigures()
        for thread in threads { sum.add(await thread.ask { $0.snapshot() }) }
        return sum
    }
}

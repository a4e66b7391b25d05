internal import DataChannels
internal import LinuxSystem
internal import Synchronization
internal import Wire

/// The data channels of all participants, seen from the media threads and from signalling.
///
///     media thread ──post──▶ inbox ──▶ SCTP thread: DataTraffic ──lane──▶ media thread
///
/// usrsctp is one global for each process, so all associations live on one thread (see `SCTPActor`); the media threads have
/// the DTLS associations that carry them.
final class DataExchange: Sendable {
    /// An SCTP packet of one participant.
    struct Packet: Sendable {
        /// The number of the participant's stay.
        var number: Int
        var bytes: [UInt8]
        /// When it came in, for packets that did.
        var arrival: Timestamp
    }

    /// Who may use data channels, decided before its media transport is up.
    struct Person: Sendable {
        /// The number of the stay.
        var number: Int
        var room: Int
        /// The identifier under which the server makes it known.
        var name: String
        /// The media thread that has it.
        var lane: Int
        var isSender: Bool
        /// The server's SCTP port.
        var port: UInt16
        /// The largest message the server takes, bytes.
        var maxMessageSize: Int
    }

    /// What the traffic is told.
    enum Command: Sendable {
        /// Somebody joins.
        case expect(Person)
        /// Its DTLS association is up.
        case begin(Int, Timestamp)
        /// Packets came in.
        case packet(Packet)
        /// It is about to leave: what is on its way may not come any more.
        case depart(Int)
        /// It has gone.
        case remove(Int)
    }

    /// Takes packets to one media thread.
    typealias Lane = @Sendable ([Packet]) -> Void

    private let inbox = Mutex<[Command]>([])
    private let lanes: [Lane]
    private let shape: DataShape
    private let seed: UInt64
    @SCTPActor private var traffic: DataTraffic?

    init(_ shape: DataShape, seed: UInt64, lanes: [Lane]) {
        self.shape = shape
        self.seed = seed
        self.lanes = lanes
    }

    /// Tells the traffic something. Does not wait.
    func post(_ command: Command) {
        let isFirst = inbox.withLock { inbox in
            inbox.append(command)
            return inbox.count == 1
        }
        guard isFirst else { return }
        Task { @SCTPActor in work() }
    }

    /// The figures so far.
    @SCTPActor func figures() -> DataFigures { traffic?.current ?? DataFigures() }

    /// Measures latency anew.
    @SCTPActor func forgetLatency() { traffic?.forgetLatency() }

    /// Sends no more, waits until everything has come, for `patience` at most, and judges what has not.
    func finish(patience: Interval) async {
        await conclude()
        let end = SystemClock.now() + patience
        while await !hasSettled(), SystemClock.now() < end {
            // In a task of its own: one that was cancelled would not sleep, and what is on its way would be called lost.
            await Task.detached { try? await Task.sleep(nanoseconds: 20_000_000) }.value
        }
        await judge()
    }

    /// Ends all associations.
    @SCTPActor func stop() {
        traffic?.stop()
        traffic = nil
    }

    @SCTPActor private func conclude() { traffic?.conclude() }
    @SCTPActor private func hasSettled() -> Bool { traffic?.hasSettled(at: SystemClock.now()) ?? true }
    @SCTPActor private func judge() { traffic?.judge() }

    @SCTPActor private func work() {
        let commands = inbox.withLock { inbox in
            defer { inbox = [] }
            return inbox
        }
        let traffic = traffic ?? makeTraffic()
        self.traffic = traffic
        traffic.handle(commands, at: SystemClock.now())
    }

    @SCTPActor private func makeTraffic() -> DataTraffic {
        DataTraffic(shape, seed: seed) { [lanes] lane, packets in
            if lanes.indices.contains(lane) { lanes[lane](packets) }
        }
    }
}

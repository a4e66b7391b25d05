internal import DTLS
internal import LinuxSystem
internal import LoadClient
internal import Wire

/// What a media thread works on: its participants' sockets, clients, sources and verifiers.
///
/// The loop is: wait → receive from every socket that has something → run what is due → send. Confined to its thread.
///
/// While much comes in, a turn begins a tick after the one before at the earliest. A thread that sleeps for every datagram
/// is woken for every datagram, and on one machine it is the server that pays for the waking; a client on the network
/// would cost it nothing. The kernel's stamps say when each datagram came, so that figures do not notice.
final class MediaLoop {
    /// What all participants of a thread share.
    struct Options: Sendable {
        var context: DTLSContext
        /// Nanoseconds from 1970 to the start of the monotonic clock.
        var wallClockOffset: Int64
        /// Bytes of socket buffer to ask the kernel for.
        var receiveBuffer = 1 << 20
    }

    let options: Options
    let outbox = DatagramOutbox(capacity: 512)
    var figures = LoopFigures()
    private let poller: Poller
    private let receiveBatch = ReceiveBatch(withArrivals: true)
    private let sendBatch = SendBatch()
    /// By place; free places are used again.
    private var participants: [MediaParticipant?] = []
    /// When each place wants to be called: one array of numbers, because it is walked every turn.
    private var deadlines: [Timestamp] = []
    private var placesByDescriptor: [Int32: Int] = [:]
    private var placesByNumber: [Int: Int] = [:]
    private var ready: [Int32] = []
    private var earliest = Timestamp.distantFuture
    private var turnBegan = Timestamp(nanoseconds: 0)
    /// Datagrams since `countedFrom`, by which the loop knows whether it is busy.
    private var received = 0
    private var countedFrom = Timestamp(nanoseconds: 0)
    private var isBusy = false

    /// The least time from one turn to the next while much comes in.
    private static let tick = Interval.microseconds(500)
    /// What is much, in datagrams per period.
    private static let muchTraffic = 100
    private static let trafficPeriod = Interval.milliseconds(20)

    init(poller: Poller, options: Options) {
        self.poller = poller
        self.options = options
    }

    // MARK: Participants

    /// Takes a participant in, whose answer has come.
    func add(_ seed: MediaParticipant.Seed) {
        let now = SystemClock.now()
        do throws(SystemError) {
            let participant = try MediaParticipant(seed, loop: self, at: now)
            try poller.watch(participant.socket.descriptor)
            let place = participants.firstIndex { $0 == nil } ?? participants.count
            if place == participants.count {
                participants.append(nil)
                deadlines.append(.distantFuture)
            }
            participants[place] = participant
            placesByDescriptor[participant.socket.descriptor] = place
            placesByNumber[seed.number] = place
            run(place, at: now)
        } catch {
            seed.onEvent(.failed("\(error)"))
        }
    }

    /// Ends the measuring of one participant, or of all.
    func conclude(_ number: Int?) {
        let now = SystemClock.now()
        for (key, place) in placesByNumber where number == nil || key == number {
            participants[place]?.conclude(at: now)
        }
    }

    /// Tells a participant which track is on which slot.
    func noteSlots(_ number: Int, _ tracks: [String: String]) {
        guard let place = placesByNumber[number] else { return }
        participants[place]?.noteSlots(tracks, at: SystemClock.now())
    }

    /// Sends what data channels made; packets of those who have gone go nowhere.
    func send(_ packets: [DataExchange.Packet]) {
        for packet in packets {
            guard let place = placesByNumber[packet.number], let participant = participants[place] else { continue }
            participant.client.sendApplicationData(packet.bytes.span)
            flush(participant)
            deadlines[place] = participant.nextTimeout(at: SystemClock.now())
            earliest = min(earliest, deadlines[place])
        }
    }

    /// Lets a participant say goodbye, and forgets it.
    func remove(_ number: Int) {
        guard let place = placesByNumber.removeValue(forKey: number), let participant = participants[place] else {
            return
        }
        participant.leave(at: SystemClock.now())
        send(participant)
        figures.absorb(participant)
        // Closing the descriptor, when the participant goes, takes it out of the poller.
        placesByDescriptor[participant.socket.descriptor] = nil
        participants[place] = nil
        deadlines[place] = .distantFuture
    }

    /// The figures so far, of those who have left and those who are there.
    func snapshot() -> LoopFigures {
        var sum = figures
        for participant in present { sum.absorb(participant) }
        figures.recentLatency = DurationHistogram()
        return sum
    }

    /// The participants that the thread has.
    var present: [MediaParticipant] { participants.compactMap { $0 } }

    /// How many of them have a media transport that came up.
    var connected: Int { participants.count { $0?.times.connected != nil } }

    // MARK: The loop

    /// One turn.
    func turn() {
        rest()
        let wait = earliest == .distantFuture ? nil : earliest - SystemClock.now()
        ready.removeAll(keepingCapacity: true)
        poller.wait(timeout: wait) { ready.append($0) }
        for descriptor in ready {
            guard let place = placesByDescriptor[descriptor], let participant = participants[place] else { continue }
            receive(participant, place)
        }
        let now = SystemClock.now()
        var next = Timestamp.distantFuture
        for place in deadlines.indices {
            // Its own time for each: what those before it took would be the server's latency, because packets say when they were sent.
            if deadlines[place] <= now { run(place, at: SystemClock.now()) }
            next = min(next, deadlines[place])
        }
        earliest = next
    }

    /// Sleeps until the next tick, or something to do, while much comes in.
    private func rest() {
        var now = SystemClock.now()
        let until = min(turnBegan + Self.tick, earliest)
        if isBusy, until > now {
            CurrentThread.sleep(until - now)
            now = SystemClock.now()
        }
        turnBegan = now
        guard now - countedFrom >= Self.trafficPeriod else { return }
        isBusy = received >= Self.muchTraffic
        received = 0
        countedFrom = now
    }

    private func receive(_ participant: MediaParticipant, _ place: Int) {
        // A bounded number of batches, so that one busy socket cannot keep the others waiting.
        for _ in 0..<4 {
            guard let count = try? participant.socket.receive(into: receiveBatch), count > 0 else { break }
            let now = SystemClock.now()
            let wallClock = SystemClock.wallNanoseconds()
            received += count
            for index in 0..<count {
                let datagram = unsafe receiveBatch.datagram(index)
                figures.datagramsIn &+= 1
                let age = receiveBatch.arrival(index).map { max(0, wallClock - $0) } ?? 0
                let arrival = now - Interval(nanoseconds: age)
                unsafe participant.receive(datagram, from: receiveBatch.sender(index), at: arrival)
            }
            flush(participant)
            if !receiveBatch.isFull { break }
        }
        deadlines[place] = participant.nextTimeout(at: SystemClock.now())
        earliest = min(earliest, deadlines[place])
    }

    private func run(_ place: Int, at now: Timestamp) {
        guard let participant = participants[place] else {
            deadlines[place] = .distantFuture
            return
        }
        participant.handleTimeout(at: now)
        flush(participant)
        deadlines[place] = participant.nextTimeout(at: now)
        earliest = min(earliest, deadlines[place])
    }

    /// Sends what a participant wrote.
    private func flush(_ participant: MediaParticipant) {
        participant.impairOutbox(at: SystemClock.now())
        send(participant)
    }

    private func send(_ participant: MediaParticipant) {
        guard outbox.count > 0 else { return }
        for index in 0..<outbox.count {
            if sendBatch.isFull { hand(to: participant.socket) }
            let entry = outbox.entry(index)
            sendBatch.append(offset: entry.offset, length: entry.length, to: entry.remote)
        }
        hand(to: participant.socket)
        outbox.removeAll()
    }

    private func hand(to socket: UDPSocket) {
        let outcome = unsafe sendBatch.send(on: socket, slab: outbox.slabStart)
        figures.datagramsOut &+= UInt64(outcome.sent)
        figures.sendErrors &+= UInt64(outcome.lost)
    }
}

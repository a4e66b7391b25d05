internal import DataChannels
internal import LoadMedia
internal import Wire

/// The messages between all participants: sent when they are due, and checked when they come.
///
/// Whoever sends and whoever receives are both in here, so it is known what should have come: every message that was sent
/// while its receiver was ready, unless one of the two left meanwhile.
@SCTPActor
final class DataTraffic {
    private var figures = DataFigures()
    private let shape: DataShape
    private let carry: (Int, [DataExchange.Packet]) -> Void
    private var generator: SeededGenerator
    /// By the number of the stay.
    private var expected: [Int: DataExchange.Person] = [:]
    private var members: [Int: DataMember] = [:]
    /// By room: those who are ready, in the order of their numbers.
    private var ready: [Int: [DataMember]] = [:]
    /// By what the server calls them: everybody who was ever there.
    private var numbers: [String: Int] = [:]
    private var isConcluded = false
    private var lastArrival = Timestamp(nanoseconds: 0)
    private var outgoing: [Int: [DataExchange.Packet]] = [:]

    /// The place of the room in `DataMember.sequences`.
    private static let room = -1
    /// How long nothing may come before what may be lost is taken for lost.
    private static let quiet = Interval.seconds(1)

    /// `carry` takes packets to a lane.
    init(_ shape: DataShape, seed: UInt64, carry: @escaping (Int, [DataExchange.Packet]) -> Void) {
        self.shape = shape
        self.carry = carry
        generator = SeededGenerator(seed: seed)
        DataEndpoint.observeTimers(self) { [weak self] now in self?.runTimers(at: now) }
    }

    // MARK: Inputs

    func handle(_ commands: [DataExchange.Command], at now: Timestamp) {
        for command in commands {
            switch command {
            case .expect(let person):
                expected[person.number] = person
                numbers[person.name] = person.number
            case .begin(let number, let connected): begin(number, at: connected)
            case .packet(let packet):
                guard let member = members[packet.number] else { continue }
                member.endpoint.handle(packet.bytes)
                drain(member, at: packet.arrival)
            case .depart(let number): depart(number)
            case .remove(let number): remove(number)
            }
        }
        send()
    }

    /// What has happened so far, what is not settled included.
    var current: DataFigures {
        var sum = figures
        for member in members.values { for ledger in member.ledgers.values { sum.ledgers += ledger.figures } }
        return sum
    }

    func forgetLatency() { figures.latency = DurationHistogram() }

    /// Sends no more messages.
    func conclude() { isConcluded = true }

    /// Whether everything has come that will.
    func hasSettled(at now: Timestamp) -> Bool {
        guard members.values.allSatisfy({ $0.isReady || $0.isOver }) else { return false }
        guard shape.reliability.isReliable else { return now - lastArrival >= Self.quiet }
        return members.values.allSatisfy { member in
            member.isOver
                || member.ledgers.allSatisfy { sender, ledger in
                    ledger.isComplete(before: sent(by: sender, to: member) ?? 0)
                }
        }
    }

    /// Judges what has not come.
    func judge() {
        for member in members.values where !member.isOver {
            settle(member) { self.sent(by: $0, to: member) }
            if !member.isReady { figures.ended["The association did not come up.", default: 0] += 1 }
        }
        // Not before all are judged: what somebody sent who is over is nobody's loss.
        for member in members.values { member.isOver = true }
    }

    func stop() {
        DataEndpoint.stopObservingTimers(self)
        for number in Array(members.keys) { remove(number) }
        send()
    }

    // MARK: Members

    private func begin(_ number: Int, at connected: Timestamp) {
        guard members[number] == nil, let person = expected.removeValue(forKey: number),
            let member = DataMember(person, shape, at: connected)
        else { return }
        figures.associations += 1
        members[number] = member
        collect(member)
    }

    /// From now on every message to a member has to come, and every one of its.
    private func makeReady(_ member: DataMember, at now: Timestamp) {
        guard !member.isReady, !member.isOver else { return }
        member.isReady = true
        figures.opened += 1
        figures.opening.record(now - member.connected)
        if !shape.isDirect {
            for other in ready[member.person.room] ?? [] {
                if other.person.isSender { open(from: other, to: member) }
                if member.person.isSender { open(from: member, to: other) }
            }
        }
        ready[member.person.room, default: []].append(member)
        ready[member.person.room]?.sort { $0.person.number < $1.person.number }
        guard member.person.isSender else { return }
        // Not all at once: each begins somewhere in the pause between two messages.
        let pause = Int64.random(in: 0...max(shape.interval.nanoseconds, 1), using: &generator)
        member.pace.nextDue = now + Interval(nanoseconds: pause)
    }

    private func open(from sender: DataMember, to receiver: DataMember) {
        guard receiver.ledgers[sender.person.number] == nil else { return }
        receiver.ledgers[sender.person.number] = MessageLedger(
            isOrdered: shape.reliability.isOrdered, from: sender.sequences[key(receiver)] ?? 0)
    }

    /// The place of what is sent to a receiver in `DataMember.sequences`.
    private func key(_ receiver: DataMember) -> Int { shape.isDirect ? receiver.person.number : Self.room }

    /// The number of the next message of a sender to a receiver; `nil` when the sender has gone.
    private func sent(by sender: Int, to receiver: DataMember) -> UInt32? {
        guard let member = members[sender], !member.isOver else { return nil }
        return member.sequences[key(receiver)] ?? 0
    }

    /// A member leaves: what is on its way, from it or to it, is nobody's loss.
    private func depart(_ number: Int) {
        expected[number] = nil
        guard let member = members[number], !member.isOver else { return }
        member.isOver = true
        ready[member.person.room]?.removeAll { $0 === member }
        settle(member) { _ in nil }
        for other in members.values where other.person.room == member.person.room {
            guard var ledger = other.ledgers.removeValue(forKey: number) else { continue }
            ledger.finish(before: nil)
            figures.ledgers += ledger.figures
        }
    }

    private func settle(_ member: DataMember, _ end: (Int) -> UInt32?) {
        for (sender, ledger) in member.ledgers {
            var ledger = ledger
            ledger.finish(before: end(sender))
            figures.ledgers += ledger.figures
        }
        member.ledgers = [:]
    }

    private func remove(_ number: Int) {
        depart(number)
        guard let member = members.removeValue(forKey: number) else { return }
        member.endpoint.close()
        collect(member)
    }

    // MARK: What is sent

    private func runTimers(at now: Timestamp) {
        for member in members.values {
            member.endpoint.flush()
            drain(member, at: now)
            if member.pace.nextDue <= now, !isConcluded, !member.isOver { sendDue(member, at: now) }
        }
        send()
    }

    private func sendDue(_ member: DataMember, at now: Timestamp) {
        figures.leftOut += member.pace.leaveOut(at: now, every: shape.interval)
        while member.pace.nextDue <= now {
            member.pace.nextDue = member.pace.nextDue + shape.interval
            guard let (channel, receiver) = channel(of: member) else { return member.pace.wait(at: now) }
            let key = receiver ?? Self.room
            let sequence = member.sequences[key] ?? 0
            let mark = MessageMark(
                sender: UInt32(truncatingIfNeeded: member.person.number),
                receiver: receiver.map { UInt32(truncatingIfNeeded: $0) }, sequence: sequence, sent: now)
            let bytes = mark.message(count: min(shape.size, member.person.maxMessageSize))
            if member.endpoint.send(ChannelMessage(isText: false, bytes: bytes), on: channel) {
                member.sequences[key] = sequence + 1
                figures.sent += 1
                figures.bytesOut += UInt64(bytes.count)
            } else {
                figures.refused += 1
            }
        }
        collect(member)
    }

    /// What a member sends on, and to whom; `nil` while there is nobody.
    private func channel(of member: DataMember) -> (UInt16, Int?)? {
        guard shape.isDirect else { return member.roomChannel.map { ($0, nil) } }
        if let direct = member.direct {
            if let receiver = members[direct.receiver], !receiver.isOver { return (direct.channel, direct.receiver) }
            member.endpoint.close(direct.channel)
            member.direct = nil
        }
        let others = (ready[member.person.room] ?? []).filter { $0 !== member }
        guard let receiver = others.first(where: { $0.person.number > member.person.number }) ?? others.first,
            let channel = member.endpoint.open(
                ChannelOpening(
                    label: "load", protocolName: "to:\(receiver.person.name)", reliability: shape.reliability))
        else { return nil }
        open(from: member, to: receiver)
        member.direct = (channel, receiver.person.number)
        return (channel, receiver.person.number)
    }

    // MARK: What comes

    private func drain(_ member: DataMember, at now: Timestamp) {
        while let event = member.endpoint.pollEvent() {
            switch event {
            case .connected: break
            case .dropped: if !member.isOver { figures.misdirected += 1 }
            case .acknowledged(let stream): if stream == member.roomChannel { makeReady(member, at: now) }
            case .opened(let stream, let opening):
                member.origins[stream] = DataMember.origin(opening.protocolName)
            case .closed(let stream): member.origins[stream] = nil
            case .message(let stream, let message): take(message.bytes, on: stream, of: member, at: now)
            case .lost(let reason):
                guard !member.isOver else { continue }
                figures.ended[reason, default: 0] += 1
                depart(member.person.number)
            }
        }
        collect(member)
    }

    private func take(_ bytes: [UInt8], on stream: UInt16, of member: DataMember, at now: Timestamp) {
        guard !member.isOver else { return }
        lastArrival = now
        figures.bytesIn += UInt64(bytes.count)
        guard let mark = try? MessageMark(parsing: bytes.span) else {
            figures.corrupt += 1
            return
        }
        let number = Int(mark.sender)
        guard let name = member.origins[stream], numbers[name] == number else {
            figures.misdirected += 1
            return
        }
        // One who has just left: nobody waits for its messages any more, and they may come.
        guard let sender = members[number], !sender.isOver else { return }
        let isForMember =
            shape.isDirect ? mark.receiver.map(Int.init) == member.person.number : mark.receiver == nil
        guard sender !== member, sender.person.room == member.person.room, isForMember,
            mark.sequence < sender.sequences[key(member)] ?? 0
        else {
            figures.misdirected += 1
            return
        }
        // It came before the server was known to pass messages on: it counts, and nobody could have counted on it.
        open(from: sender, to: member)
        member.ledgers[number]?.receive(mark.sequence)
        figures.latency.record(now - mark.sent)
    }

    // MARK: Packets

    private func collect(_ member: DataMember) {
        while let bytes = member.endpoint.pollTransmit() {
            outgoing[member.person.lane, default: []].append(
                DataExchange.Packet(number: member.person.number, bytes: bytes, arrival: .distantFuture))
        }
    }

    private func send() {
        for (lane, packets) in outgoing { carry(lane, packets) }
        outgoing = [:]
    }
}

internal import ICE
internal import LinuxSystem
internal import LoadClient
internal import LoadMedia
internal import RTP
internal import Wire

/// One participant on its media thread: socket, client, what it sends, what it makes of what it receives, and the
/// network that is in between.
final class MediaParticipant {
    /// What happened, for the session that owns it.
    enum Event: Sendable {
        case connected
        case closedByServer
        case failed(String)
    }

    /// Everything a participant is made of, decided before it reaches its thread.
    struct Seed: Sendable {
        /// A number that no other stay in a room has.
        var number: Int
        var offer: ClientOffer
        var answer: ClientAnswer
        var candidates: [ICECandidate]
        var times: JoinTimes
        var random: UInt64
        var media: MediaShape
        /// Whether what it receives is decrypted and looked at.
        var isVerified = true
        /// `nil` for those whose network is perfect.
        var network: NetworkShape?
        /// Where the data channels' packets go; `nil` without any.
        var data: DataExchange?
        /// Who sends, to know what should come.
        var senders: SenderList
        var onEvent: @Sendable (Event) -> Void
    }

    /// A datagram on its way through a bad network.
    private struct Datagram {
        var bytes: [UInt8]
        var remote: SocketAddress
    }

    let socket: UDPSocket
    let client: LoadClient
    let outgoing: [OutgoingStream]
    private(set) var times: JoinTimes
    private(set) var incoming: [IncomingSlot]
    private var uplink: ImpairedLink<Datagram>?
    private var downlink: ImpairedLink<Datagram>?
    private var isConcluded = false
    /// The latest time that was seen.
    private var latest: Timestamp
    private let number: Int
    private let data: DataExchange?
    private let senders: SenderList
    private let onEvent: @Sendable (Event) -> Void
    private unowned let loop: MediaLoop

    init(_ seed: Seed, loop: MediaLoop, at now: Timestamp) throws(SystemError) {
        let isV4 = seed.candidates.contains { $0.address?.ip.family == .v4 }
        let any = isV4 ? IPAddress(v4: 0) : IPAddress(v6High: 0, low: 0)
        let buffer = loop.options.receiveBuffer
        socket = try UDPSocket(
            binding: SocketAddress(ip: any, port: 0), receiveBuffer: buffer, sendBuffer: buffer)
        try socket.stampArrivals()
        var generator = SeededGenerator(seed: seed.random)
        client = LoadClient(
            offer: seed.offer, answer: seed.answer, candidates: seed.candidates, context: loop.options.context,
            outbox: loop.outbox, wallClockOffset: loop.options.wallClockOffset, opensMedia: seed.isVerified,
            generator: SeededGenerator(seed: generator.next()), at: now)
        latest = now
        times = seed.times
        number = seed.number
        data = seed.data
        senders = seed.senders
        onEvent = seed.onEvent
        self.loop = loop
        // All layers of a camera are one stream.
        var ids: [String: MediaMark.StreamID] = [:]
        var outgoing: [OutgoingStream] = []
        for (place, stream) in client.streams.enumerated() {
            let id = ids[stream.track.mid] ?? MediaMark.StreamID(UInt32(truncatingIfNeeded: generator.next()))
            ids[stream.track.mid] = id
            outgoing.append(OutgoingStream(place, stream, seed.media, id: id, seed: generator.next()))
        }
        self.outgoing = outgoing
        incoming = client.slots.map { IncomingSlot(kind: $0.kind) }
        uplink = seed.network?.up.map { ImpairedLink($0, start: now, seed: generator.next()) }
        downlink = seed.network?.down.map { ImpairedLink($0, start: now, seed: generator.next()) }
    }

    // MARK: In

    /// Takes a datagram from the socket, which came in at `arrival`.
    func receive(_ datagram: UnsafeMutableBufferPointer<UInt8>, from source: SocketAddress, at arrival: Timestamp) {
        // Time does not go back for those who count on it, even if the wall clock was set.
        let now = max(arrival, latest)
        latest = now
        guard downlink == nil else {
            let copy = unsafe Datagram(bytes: Array(datagram), remote: source)
            downlink?.offer(copy, byteCount: copy.bytes.count, at: now)
            return
        }
        unsafe take(datagram, from: source, at: now)
    }

    private func take(_ datagram: UnsafeMutableBufferPointer<UInt8>, from source: SocketAddress, at now: Timestamp) {
        guard let packet = unsafe client.handleDatagram(datagram, from: source, at: now) else {
            drainEvents(at: now)
            return drainData(at: now)
        }
        guard !isConcluded else { return }
        if times.firstPacket == nil { times.firstPacket = now }
        let payload = unsafe Span<UInt8>(_unsafeElements: UnsafeBufferPointer(datagram)).extracting(packet.payload)
        incoming[packet.slot].receive(packet, payload, at: now, figures: &loop.figures)
        if let position = incoming[packet.slot].takeKeyframePosition() {
            client.forgetLosses(before: position, onSlot: packet.slot)
        }
        if times.firstKeyframe == nil { times.firstKeyframe = incoming[packet.slot].firstKeyframe }
        if incoming[packet.slot].wantsKeyframe(at: now) { client.requestKeyframe(onSlot: packet.slot, at: now) }
    }

    /// Runs what is due.
    func handleTimeout(at time: Timestamp) {
        let now = max(time, latest)
        latest = now
        while var datagram = downlink?.poll(at: now) {
            let remote = datagram.remote
            unsafe datagram.bytes.withUnsafeMutableBufferPointer { unsafe take($0, from: remote, at: now) }
        }
        for stream in outgoing where stream.nextDue <= now {
            stream.send(with: client, at: now, figures: &loop.figures)
        }
        if let due = client.nextTimeout(at: now), due <= now {
            client.handleTimeout(at: now)
            drainEvents(at: now)
        }
        for index in incoming.indices where !isConcluded && incoming[index].nextDue <= now {
            incoming[index].handleTimeout(at: now)
            if incoming[index].wantsKeyframe(at: now) { client.requestKeyframe(onSlot: index, at: now) }
        }
    }

    /// When `handleTimeout` wants to be called.
    func nextTimeout(at now: Timestamp) -> Timestamp {
        var next = client.nextTimeout(at: now) ?? .distantFuture
        for stream in outgoing { next = min(next, stream.nextDue) }
        if !isConcluded { for slot in incoming { next = min(next, slot.nextDue) } }
        if let due = uplink?.nextDue { next = min(next, due) }
        if let due = downlink?.nextDue { next = min(next, due) }
        return next
    }

    // MARK: Out

    /// Sends what lies in the outbox through the bad network, and leaves in the outbox what comes out of it now.
    func impairOutbox(at now: Timestamp) {
        guard uplink != nil else { return }
        let outbox = loop.outbox
        for index in 0..<outbox.count {
            let datagram = Datagram(bytes: outbox.datagram(index), remote: outbox.entry(index).remote)
            uplink?.offer(datagram, byteCount: datagram.bytes.count, at: now)
        }
        outbox.removeAll()
        while let datagram = uplink?.poll(at: now) { outbox.append(datagram.bytes, to: datagram.remote) }
    }

    /// Ends the measuring: what comes from now on comes to somebody who is leaving, or from somebody who is.
    func conclude(at now: Timestamp) {
        guard !isConcluded else { return }
        isConcluded = true
        for index in incoming.indices { incoming[index].finish(at: now, surroundings) }
    }

    /// Says goodbye: the outbox holds it.
    func leave(at now: Timestamp) {
        conclude(at: now)
        client.close()
    }

    /// Signalling says which track is on which slot: where that changed, a pause is meant.
    func noteSlots(_ tracks: [String: String], at now: Timestamp) {
        guard !isConcluded else { return }
        for index in incoming.indices {
            incoming[index].note(track: tracks[client.slots[index].mid], at: now, surroundings)
        }
    }

    private var surroundings: IncomingSlot.Surroundings {
        IncomingSlot.Surroundings(connected: times.connected, senders: senders)
    }

    private func drainData(at now: Timestamp) {
        guard let data else { return }
        while let bytes = client.pollApplicationData() {
            data.post(.packet(DataExchange.Packet(number: number, bytes: bytes, arrival: now)))
        }
    }

    private func drainEvents(at now: Timestamp) {
        while let event = client.pollEvent() {
            switch event {
            case .pathFound: times.pathFound = now
            case .connected:
                times.connected = now
                for stream in outgoing { stream.begin(at: now) }
                data?.post(.begin(number, now))
                onEvent(.connected)
            case .keyframeWanted(let stream): outgoing[stream].requestKeyframe()
            case .closedByServer: onEvent(.closedByServer)
            case .failed(let reason): onEvent(.failed(reason))
            }
        }
    }
}

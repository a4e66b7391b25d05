internal import ICE
internal import LinuxSystem
internal import LoadClient
internal import LoadMedia
internal import RTP
internal import Wire

/// One participant on its media thread: socket, client, what it sends and what it makes of what it receives.
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
        var isImpaired: Bool
        var onEvent: @Sendable (Event) -> Void
    }

    let socket: UDPSocket
    let client: LoadClient
    private(set) var times: JoinTimes
    let outgoing: [OutgoingStream]
    private(set) var incoming: [IncomingSlot]
    private let onEvent: @Sendable (Event) -> Void
    private unowned let loop: MediaLoop

    init(_ seed: Seed, loop: MediaLoop, at now: Timestamp) throws(SystemError) {
        let isV4 = seed.candidates.contains { $0.address?.ip.family == .v4 }
        let any = isV4 ? IPAddress(v4: 0) : IPAddress(v6High: 0, low: 0)
        let buffer = loop.options.receiveBuffer
        socket = try UDPSocket(
            binding: SocketAddress(ip: any, port: 0), receiveBuffer: buffer, sendBuffer: buffer)
        var generator = SeededGenerator(seed: seed.random)
        client = LoadClient(
            offer: seed.offer, answer: seed.answer, candidates: seed.candidates, context: loop.options.context,
            outbox: loop.outbox, wallClockOffset: loop.options.wallClockOffset,
            generator: SeededGenerator(seed: generator.next()), at: now)
        times = seed.times
        onEvent = seed.onEvent
        self.loop = loop
        outgoing = client.streams.enumerated().map { place, stream in
            OutgoingStream(place, stream, seed.media, seed: generator.next())
        }
        incoming = client.slots.map { IncomingSlot($0) }
    }

    func receive(_ datagram: UnsafeMutableBufferPointer<UInt8>, from source: SocketAddress, at now: Timestamp) {
        let packet = unsafe client.handleDatagram(datagram, from: source, at: now)
        if let packet {
            if times.firstPacket == nil { times.firstPacket = now }
            let payload = unsafe Span<UInt8>(_unsafeElements: UnsafeBufferPointer(datagram)).extracting(packet.payload)
            incoming[packet.slot].receive(packet, payload, at: now, figures: &loop.figures)
            if times.firstKeyframe == nil { times.firstKeyframe = incoming[packet.slot].firstKeyframe }
            if incoming[packet.slot].takeKeyframeWanted() { client.requestKeyframe(onSlot: packet.slot, at: now) }
        } else {
            drainEvents(at: now)
        }
    }

    func handleTimeout(at now: Timestamp) {
        for stream in outgoing where stream.nextDue <= now {
            stream.send(with: client, at: now, figures: &loop.figures)
        }
        if let due = client.nextTimeout(at: now), due <= now {
            client.handleTimeout(at: now)
            drainEvents(at: now)
        }
        for index in incoming.indices where incoming[index].nextDue <= now {
            incoming[index].handleTimeout(at: now, figures: &loop.figures)
        }
    }

    func nextTimeout(at now: Timestamp) -> Timestamp {
        var next = client.nextTimeout(at: now) ?? .distantFuture
        for stream in outgoing { next = min(next, stream.nextDue) }
        for slot in incoming { next = min(next, slot.nextDue) }
        return next
    }

    /// Says goodbye: the outbox holds it.
    func leave(at now: Timestamp) { client.close() }

    private func drainEvents(at now: Timestamp) {
        while let event = client.pollEvent() {
            switch event {
            case .pathFound: times.pathFound = now
            case .connected:
                times.connected = now
                for stream in outgoing { stream.begin(at: now) }
                onEvent(.connected)
            case .keyframeWanted(let stream): outgoing[stream].requestKeyframe(at: now)
            case .closedByServer: onEvent(.closedByServer)
            case .failed(let reason): onEvent(.failed(reason))
            }
        }
    }
}

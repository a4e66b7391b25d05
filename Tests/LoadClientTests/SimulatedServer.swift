import Ciphers
import DTLS
import Engine
import ICE
import LoadClient
import Negotiation
import RTP
import Testing
import Wire

/// A real engine, real clients, and a network between them that loses packets from a seed.
final class SimulatedServer {
    static let context = Result {
        try DTLSContext(certificate: .selfSigned(commonName: "test", validDays: 1, dnsNames: [], addresses: []))
    }

    let engine: Engine
    let context: DTLSContext
    let address = SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 40_000)
    private(set) var now = Timestamp(nanoseconds: 1_000_000_000)
    private(set) var participants: [SimulatedParticipant] = []
    /// The share of datagrams that are lost in either direction.
    var loss = 0.0
    private var generator: SeededGenerator
    private var nextPeer: UInt64 = 0
    private var wire: [(due: Timestamp, toServer: Bool, participant: SimulatedParticipant, bytes: [UInt8])] = []

    init(seed: UInt64) throws {
        generator = SeededGenerator(seed: seed)
        context = try Self.context.get()
        engine = Engine(
            configuration: EngineConfiguration(workerIndex: 0), dtlsContext: context,
            wallClockOffset: 1_700_000_000_000_000_000, generator: SeededGenerator(seed: seed ^ 1))
    }

    /// Negotiates as the server's signalling does, and lets the client begin.
    func join(_ options: ClientOffer.Options, opensMedia: Bool = true) throws -> SimulatedParticipant {
        nextPeer += 1
        let peer = PeerID(nextPeer)
        let offer = ClientOffer(options, fingerprint: context.certificate.fingerprint, using: &generator)
        var negotiator = SessionNegotiator(cname: "server")
        let credentials = engine.addPeer(peer, in: RoomKey(1), at: now)
        let local = LocalTransportDescription(
            ice: credentials, fingerprint: context.certificate.fingerprint,
            candidates: ICECandidate.hostCandidates(for: [address]))
        let (text, session) = try negotiator.answer(offer.sdp, transport: local, using: &generator)
        let answer = try ClientAnswer(parsing: text, to: offer)
        var publications: [String: PublicationID] = [:]
        for uplink in session.uplinks { publications[uplink.mid] = PublicationID(nextPeer * 10 + UInt64(publications.count)) }
        let configuration = PeerConfiguration(
            session: session, localCredentials: credentials, publications: publications)
        engine.apply(configuration, to: peer, at: now)
        let outbox = DatagramOutbox()
        let client = LoadClient(
            offer: offer, answer: answer, candidates: answer.candidates, context: context, outbox: outbox,
            wallClockOffset: 1_700_000_000_000_000_000, opensMedia: opensMedia,
            generator: SeededGenerator(seed: generator.next()), at: now)
        let participant = SimulatedParticipant(
            peer: peer, client: client, outbox: outbox, publications: publications, answer: answer,
            address: SocketAddress(ip: IPAddress(v4: 0xC633_6400 | UInt32(nextPeer)), port: 50_000))
        participants.append(participant)
        return participant
    }

    /// Puts everything a publisher sends on the first slots of a receiver.
    func connect(_ publisher: SimulatedParticipant, to receiver: SimulatedParticipant) {
        for uplink in publisher.answer.uplinks {
            let slot = receiver.client.slots.first { $0.kind == uplink.track.kind }
            guard let slot, let id = publisher.publications[uplink.track.mid] else { continue }
            #expect(engine.assign(id, toSlot: slot.mid, of: receiver.peer, at: now) == .assigned)
        }
        flushEngine()
    }

    /// Lets time pass, in steps of a millisecond; 5 ms lie between client and server.
    func run(for duration: Interval) {
        let end = now + duration
        while now < end {
            now = now + .milliseconds(1)
            deliver()
            for participant in participants {
                participant.produce(at: now)
                if let due = participant.client.nextTimeout(at: now), due <= now {
                    participant.client.handleTimeout(at: now)
                }
                flush(participant)
            }
            if let due = engine.nextTimeout, due <= now { engine.handleTimeout(at: now) }
            flushEngine()
        }
    }

    private func deliver() {
        let due = wire.filter { $0.due <= now }
        wire.removeAll { $0.due <= now }
        for (_, toServer, participant, bytes) in due {
            var bytes = bytes
            if toServer {
                let path = NetworkPath(socket: SocketIndex(0), remote: participant.address)
                bytes.withUnsafeMutableBufferPointer { datagram in
                    engine.handleDatagram(datagram, on: path, at: now)
                    while engine.forwardPending(at: now) { flushEngine() }
                }
                while engine.hasHandshakes { engine.advanceHandshake(at: now) }
                flushEngine()
            } else {
                participant.receive(&bytes, from: address, at: now)
                flush(participant)
            }
        }
    }

    private func flush(_ participant: SimulatedParticipant) {
        for index in 0..<participant.outbox.count {
            let bytes = participant.outbox.datagram(index)
            #expect(participant.outbox.entry(index).remote == address)
            carry(bytes, toServer: true, participant)
        }
        participant.outbox.removeAll()
        participant.drainEvents(at: now)
    }

    private func flushEngine() {
        engine.egress.forEachDatagram { bytes, path in
            guard let participant = participants.first(where: { $0.address == path.remote }) else { return }
            carry(bytes, toServer: false, participant)
        }
        engine.egress.removeAll()
        _ = engine.takeEvents()
    }

    private func carry(_ bytes: [UInt8], toServer: Bool, _ participant: SimulatedParticipant) {
        guard Double.random(in: 0..<1, using: &generator) >= loss else { return }
        wire.append((now + .milliseconds(5), toServer, participant, bytes))
    }
}

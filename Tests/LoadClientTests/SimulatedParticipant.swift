import Engine
import LoadClient
import RTP
import Wire

/// One client with a camera of numbered frames, and a book of what it received.
final class SimulatedParticipant {
    let peer: PeerID
    let client: LoadClient
    let outbox: DatagramOutbox
    let publications: [String: PublicationID]
    let answer: ClientAnswer
    let address: SocketAddress
    private(set) var events: [LoadClient.Event] = []
    /// The numbers of packets that came, for each slot, duplicates left out.
    private(set) var received: [Int: Set<UInt64>] = [:]
    private(set) var retransmissions = 0
    private(set) var payloads: [Int: [UInt8]] = [:]
    private(set) var wantedKeyframes = 0
    var isSending = true
    private var nextFrame = Timestamp.zero
    private var frame: UInt32 = 0
    private var nextIsKeyframe = true

    init(
        peer: PeerID, client: LoadClient, outbox: DatagramOutbox, publications: [String: PublicationID],
        answer: ClientAnswer, address: SocketAddress
    ) {
        self.peer = peer
        self.client = client
        self.outbox = outbox
        self.publications = publications
        self.answer = answer
        self.address = address
    }

    /// A frame of three packets every 33 ms, and a packet of sound with it.
    func produce(at now: Timestamp) {
        guard isSending, client.isConnected, now >= nextFrame else { return }
        nextFrame = now + .milliseconds(33)
        for (index, stream) in client.streams.enumerated() {
            if stream.track.kind == .audio {
                client.send([0x78, 1, 2, 3].span, on: index, timestamp: RTPTimestamp(frame &* 1_584), marker: false, at: now)
            } else {
                for part in 0..<3 { sendPart(part, of: index, at: now) }
            }
        }
        frame &+= 1
        nextIsKeyframe = false
    }

    /// A VP8 packet: a descriptor with a 15-bit picture number (RFC 7741 §4.2), then a header that says what it is (§4.3).
    private func sendPart(_ part: Int, of stream: Int, at now: Timestamp) {
        let picture = UInt16(truncatingIfNeeded: frame & 0x7FFF)
        var payload: [UInt8] = [
            part == 0 ? 0x90 : 0x80, 0x80, 0x80 | UInt8(picture >> 8), UInt8(truncatingIfNeeded: picture),
        ]
        if part == 0 {
            payload += nextIsKeyframe
                ? [0x10, 0x02, 0x00, 0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x00] : [0x11, 0x02, 0x00]
        }
        payload += [UInt8](repeating: UInt8(part), count: 900)
        client.send(
            payload.span, on: stream, timestamp: RTPTimestamp(frame &* 2_970), marker: part == 2, at: now)
    }

    func receive(_ bytes: inout [UInt8], from server: SocketAddress, at now: Timestamp) {
        let packet = bytes.withUnsafeMutableBufferPointer { client.handleDatagram($0, from: server, at: now) }
        guard let packet else { return }
        if packet.isRetransmission { retransmissions += 1 }
        guard !packet.isDuplicate else { return }
        received[packet.slot, default: []].insert(packet.number.rawValue)
        payloads[packet.slot] = Array(bytes[packet.payload])
    }

    func drainEvents(at now: Timestamp) {
        while let event = client.pollEvent() {
            if case .keyframeWanted = event {
                wantedKeyframes += 1
                nextIsKeyframe = true
            } else {
                events.append(event)
            }
        }
    }
}

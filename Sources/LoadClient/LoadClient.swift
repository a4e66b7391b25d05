package import Ciphers
internal import Congestion
public import DTLS
internal import Forwarding
public import ICE
public import RTP
internal import SRTP
public import Wire

/// One participant's end of the media transport, as a browser has it, without decoder, clock or socket.
///
///     offer ─▶ (signalling) ─▶ answer ─▶ LoadClient: ICE ─▶ DTLS ─▶ media both ways
///
/// Give it one input (`handleDatagram`, `handleTimeout`, `send`, `requestKeyframe`), then send what lies in the outbox
/// and drain `pollEvent()`. A received media packet is the return value of `handleDatagram`: it lies decrypted in the
/// caller's buffer.
public final class LoadClient {
    /// What happened, for the owner.
    public enum Event: Sendable, Equatable {
        /// ICE has found a path.
        case pathFound
        /// DTLS is done: media can flow. The text names the SRTP profile.
        case connected(profile: String)
        /// The server wants a keyframe of an outgoing stream.
        case keyframeWanted(stream: Int)
        /// The server ended the association.
        case closedByServer
        /// It is over; the sentence says why.
        case failed(String)
    }

    /// A stream to send on, by its place in `streams`.
    public struct Stream: Sendable {
        /// The m-line.
        public var track: ClientOffer.Track
        /// Which of its encodings.
        public var encoding: ClientOffer.Encoding
    }

    /// A media packet that came in.
    public struct Received: Sendable {
        /// The place of the slot in `slots`.
        public var slot: Int
        /// The packet's number on the slot, also when it came over RTX.
        public var number: ExtendedSequenceNumber
        /// Its RTP time.
        public var timestamp: RTPTimestamp
        /// Whether it ends a frame.
        public var marker: Bool
        /// What its payload is; `nil` for a payload type that was not negotiated.
        public var codec: MediaCodec?
        /// Where the payload lies in the datagram.
        public var payload: Range<Int>
        /// Whether it came over RTX.
        public var isRetransmission: Bool
        /// Whether it came before already.
        public var isDuplicate: Bool
    }

    /// What can be sent.
    public let streams: [Stream]
    /// What is received on.
    public let slots: [ClientAnswer.Slot]
    let transport: ClientTransport
    let outbox: DatagramOutbox
    private let opensMedia: Bool
    let outbound: [OutboundStream]
    var inbound: [InboundSlot]
    var counters = ClientFigures()
    var events: [Event] = []
    var feedback = TransportFeedbackGenerator()
    var transportNumber: UInt16
    let controlSSRC: SSRC
    let clockStart: NTPTime
    var nextReport: Timestamp
    var scratch = ByteWriter(capacity: 1_500)
    private var slotsBySSRC: [SSRC: Int] = [:]

    /// The pause between two reports (RFC 3550 §6.2 allows it at these bandwidths; browsers report about as often).
    static let reportInterval = Interval.seconds(1)

    /// Makes a client whose checks begin with the next `handleTimeout`.
    ///
    /// - Parameters:
    ///   - candidates: Those of the answer that are to be tried.
    ///   - context: The certificate whose fingerprint the offer had.
    ///   - outbox: Where datagrams are written; shared by the clients of one thread.
    ///   - opensMedia: Whether media packets are decrypted. Their headers, which are not encrypted (RFC 3711 §3.1), say enough
    ///     for feedback, reports and requests for what is missing.
    ///   - wallClockOffset: Nanoseconds from 1970 to the start of the monotonic clock, for sender reports.
    public init(
        offer: ClientOffer, answer: ClientAnswer, candidates: [ICECandidate], context: DTLSContext,
        outbox: DatagramOutbox, wallClockOffset: Int64, opensMedia: Bool = true, generator: SeededGenerator,
        at now: Timestamp
    ) {
        var generator = generator
        transport = ClientTransport(
            offer: offer, answer: answer, candidates: candidates, context: context,
            generator: SeededGenerator(seed: generator.next()), at: now)
        self.outbox = outbox
        self.opensMedia = opensMedia
        outbound = answer.uplinks.flatMap { uplink in
            uplink.track.encodings.map { OutboundStream(uplink, encoding: $0, using: &generator) }
        }
        streams = outbound.map { Stream(track: $0.track, encoding: $0.encoding) }
        slots = answer.slots
        inbound = answer.slots.map(InboundSlot.init)
        transportNumber = UInt16.random(in: 0...UInt16.max, using: &generator)
        controlSSRC = outbound.first?.encoding.ssrc ?? SSRC(UInt32.random(in: 1...UInt32.max, using: &generator))
        clockStart = NTPTime(unixNanoseconds: wallClockOffset)
        nextReport = now + Interval(nanoseconds: Int64.random(in: 0...999_999_999, using: &generator))
        for (index, slot) in slots.enumerated() {
            slotsBySSRC[slot.ssrc] = index
            if let rtx = slot.rtxSSRC { slotsBySSRC[rtx] = index }
        }
    }

    /// Puts keys into force that no handshake made, for simulations in virtual time.
    package func begin(with keys: SRTPKeyingMaterial) { transport.install(keys) }

    /// Whether media can flow.
    public var isConnected: Bool { transport.isConnected }

    /// The round trip of the last ICE check.
    public var roundTripTime: Interval? { transport.ice.roundTripTime }

    /// Running totals of the transport.
    public var figures: ClientFigures {
        var figures = counters
        for stream in outbound { figures.retransmissionsSent &+= stream.retransmissions }
        return figures
    }

    /// Running totals of the receive slots.
    public var slotFigures: [SlotFigures] { inbound.map(SlotFigures.init) }

    /// The oldest event that has not been taken yet.
    public func pollEvent() -> Event? {
        while let event = transport.pollEvent() {
            switch event {
            case .pathFound: events.append(.pathFound)
            case .connected(let profile): events.append(.connected(profile: profile))
            case .closedByPeer: events.append(.closedByServer)
            case .failed(let reason): events.append(.failed(reason))
            }
        }
        return events.isEmpty ? nil : events.removeFirst()
    }

    // MARK: Inputs

    /// Takes a datagram; its bytes are decrypted in place.
    public func handleDatagram(
        _ datagram: UnsafeMutableBufferPointer<UInt8>, from source: SocketAddress, at now: Timestamp
    ) -> Received? {
        let bytes = unsafe Span<UInt8>(_unsafeElements: UnsafeBufferPointer(datagram))
        switch DatagramKind(bytes) {
        case .rtp: return unsafe receiveMedia(datagram, at: now)
        case .rtcp: unsafe receiveControl(datagram, at: now)
        case .stun: transport.handleSTUN(bytes, from: source, at: now, into: outbox)
        case .dtls: transport.handleDTLS(bytes, at: now, into: outbox)
        case .other: counters.strays &+= 1
        }
        return nil
    }

    /// Sends a media packet on stream `index`; false when nothing can be sent.
    @discardableResult
    public func send(
        _ payload: Span<UInt8>, on index: Int, timestamp: RTPTimestamp, marker: Bool, audioLevel: AudioLevel? = nil,
        at now: Timestamp
    ) -> Bool {
        guard outbound.indices.contains(index), let context = context(at: now) else { return false }
        let length = outbound[index].send(
            payload, timestamp: timestamp, marker: marker, audioLevel: audioLevel, transportNumber: &transportNumber,
            context)
        guard let length else {
            counters.overflows &+= 1
            return false
        }
        counters.packetsOut &+= 1
        counters.bytesOut &+= UInt64(length)
        return true
    }

    /// Sends a packet of data channels' SCTP (RFC 8261); false when nothing can be sent.
    @discardableResult
    public func sendApplicationData(_ bytes: Span<UInt8>) -> Bool {
        transport.sendApplicationData(bytes, into: outbox)
    }

    /// The next packet of data channels' SCTP that came in, `nil` when drained. To be asked after every datagram.
    public func pollApplicationData() -> [UInt8]? { transport.pollApplicationData() }

    /// Asks for a keyframe on a slot, unless that was done half a second ago.
    public func requestKeyframe(onSlot index: Int, at now: Timestamp) {
        guard inbound.indices.contains(index), inbound[index].takeKeyframeRequest(at: now) else { return }
        let request = PictureLossIndication(sender: controlSSRC, media: slots[index].ssrc)
        sendControl { request.write(into: &$0) }
    }

    /// Runs what is due: checks, DTLS, requests for missing packets, feedback and reports.
    public func handleTimeout(at now: Timestamp) {
        transport.handleTimeout(at: now, into: outbox)
        guard transport.isConnected else { return }
        requestMissing(at: now)
        sendTransportFeedback(at: now)
        if now >= nextReport {
            nextReport = max(nextReport + Self.reportInterval, now)
            sendReports(at: now)
        }
    }

    /// When `handleTimeout` wants to be called; `nil` when it never does.
    public func nextTimeout(at now: Timestamp) -> Timestamp? {
        guard transport.isConnected else { return transport.nextTimeout(at: now) }
        var next = min(nextReport, transport.nextTimeout ?? .distantFuture)
        if let due = feedback.nextTimeout { next = min(next, due) }
        for index in inbound.indices {
            if let due = inbound[index].nacks.nextTimeout { next = min(next, due) }
        }
        return next
    }

    /// Says goodbye: nothing is sent after it.
    public func close() { transport.close(into: outbox) }

    // MARK: Inside

    func context(at now: Timestamp) -> OutboundStream.Context? {
        guard transport.isConnected, let sender = transport.sender, let remote = transport.remote else { return nil }
        return OutboundStream.Context(sender: sender, remote: remote, outbox: outbox, now: now)
    }

    private func receiveMedia(_ datagram: UnsafeMutableBufferPointer<UInt8>, at now: Timestamp) -> Received? {
        guard let receiver = transport.receiver, let start = datagram.baseAddress else { return nil }
        var length = datagram.count
        // The original number of what is sent again is encrypted (RFC 4588 §4).
        let isOpened = opensMedia || isRetransmission(unsafe Span<UInt8>(_unsafeStart: start, count: length))
        if isOpened {
            guard case .ok(let plain) = unsafe receiver.unprotect(start, length: length) else {
                counters.undecipherable &+= 1
                return nil
            }
            length = plain
        } else if length > 0 {
            // The byte that counts the padding is encrypted (RFC 3711 §3.1): one of 256 would make no sense.
            unsafe start[0] &= ~0x20
        }
        let packet = unsafe Span<UInt8>(_unsafeStart: start, count: length)
        guard let header = try? RTPHeader(parsing: packet), let index = slotsBySSRC[header.ssrc] else {
            counters.strays &+= 1
            return nil
        }
        counters.packetsIn &+= 1
        counters.bytesIn &+= UInt64(datagram.count)
        noteTransportNumber(header, packet, slots[index].extensions, at: now)
        let isRetransmission = header.ssrc != slots[index].ssrc
        var payload = header.payloadRange
        var number = header.sequenceNumber
        var type = header.payloadType
        if isRetransmission {
            guard let original = Retransmission.originalSequenceNumber(of: packet, header: header),
                let originalType = inbound[index].original(of: type)
            else { return nil }
            number = original
            type = originalType
            payload = (payload.lowerBound + Retransmission.overhead)..<payload.upperBound
        }
        let (extended, arrival) = inbound[index].receive(
            header, number: number, byteCount: datagram.count, isRetransmission: isRetransmission, at: now)
        let codec = opensMedia ? slots[index].formats.first { $0.type == type }?.codec : nil
        return Received(
            slot: index, number: extended, timestamp: header.timestamp, marker: header.marker, codec: codec,
            payload: payload, isRetransmission: isRetransmission,
            isDuplicate: arrival == .duplicate || arrival == .tooOld)
    }

    private func isRetransmission(_ packet: Span<UInt8>) -> Bool {
        guard let ssrc = RTPHeader.ssrc(of: packet), let index = slotsBySSRC[ssrc] else { return false }
        return ssrc != slots[index].ssrc
    }

    @inline(__always)
    private func noteTransportNumber(
        _ header: RTPHeader, _ packet: Span<UInt8>, _ extensions: ExtensionMap, at now: Timestamp
    ) {
        guard let id = extensions.id(for: .transportWideCC),
            let range = header.extensionElement(id: id, in: packet), range.count == 2
        else { return }
        feedback.record(SequenceNumber(packet.uint16(at: range.lowerBound)), at: now)
    }
}

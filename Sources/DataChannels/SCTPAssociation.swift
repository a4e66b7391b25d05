internal import CUSRSCTP

/// One peer's SCTP association over DTLS (RFC 8261): handle, send and poll.
///
///     connecting ──COOKIE-ACK──▶ up ──abort, no answer for half a minute──▶ lost
///
/// Both sides send an INIT, as RFC 8841 §9.3 has it. Give it a packet or a message, then drain `pollTransmit` and `pollEvent`.
@SCTPActor
@safe
final class SCTPAssociation {
    /// The port that `a=sctp-port` announces; 5000 is what everybody uses.
    nonisolated static let port: UInt16 = 5_000
    /// The largest packet, bytes: what of 1,200 an AES-GCM record of DTLS 1.2 leaves (13 + 8 + 16 bytes), a multiple of four.
    nonisolated static let maxPacketSize = 1_160
    /// Bytes that usrsctp keeps of what waits to be sent or acknowledged; what is more waits in `queue`.
    nonisolated static let socketBuffer = 262_144

    /// What happened.
    enum Event: Equatable {
        /// Both sides are there, with so many streams in each direction.
        case up(streams: UInt16)
        /// A message came in.
        case message(SCTPMessage)
        /// The peer reset its direction of streams.
        case reset([UInt16])
        /// It is over; the sentence says why.
        case lost(String)
    }

    /// What became of a message that was to be sent.
    enum SendResult: Equatable {
        /// It is on its way, or waits for its turn.
        case accepted
        /// Too much waits.
        case full
        /// There is no association.
        case closed
    }

    private enum State { case connecting, up, over }

    private let limits: DataChannelLimits
    /// What usrsctp knows it by; 0 once it has been closed.
    private var identifier: UInt = 0
    private var socket: OpaquePointer?
    private var state = State.connecting
    private var transmits: [[UInt8]] = []
    private var events: [Event] = []
    private var queue = SendQueue()
    /// Parts of messages that usrsctp hands out before they are whole, by stream.
    private var parts: [UInt16: [UInt8]] = [:]
    private var pendingResets: [UInt16] = []

    /// Makes an association and sends its INIT. `nil` when there is no memory.
    init?(limits: DataChannelLimits, remotePort: UInt16 = SCTPAssociation.port) {
        self.limits = limits
        identifier = SCTPStack.shared.add(self)
        let id = unsafe UnsafeMutableRawPointer(bitPattern: identifier)
        let opened = unsafe roost_sctp_open(
            id,
            { _, _, data, length, info, flags, id in
                let bytes = unsafe data.map { unsafe [UInt8](UnsafeRawBufferPointer(start: $0, count: length)) }
                // usrsctp allocated it for us.
                unsafe roost_sctp_free(data)
                let number = UInt(bitPattern: id)
                SCTPActor.assumeIsolated {
                    SCTPStack.shared.association(number)?.receive(bytes, info, flags: flags)
                }
                return 1
            }, limits.streams, Int32(Self.socketBuffer))
        guard let opened = unsafe opened else {
            SCTPStack.shared.remove(identifier)
            return nil
        }
        unsafe socket = opened
        // The common header of 12 bytes is not counted.
        let error = unsafe roost_sctp_connect(opened, id, Self.port, remotePort, UInt32(Self.maxPacketSize - 12))
        if error != 0 { end("SCTP could not start (error \(error)).") }
    }

    // MARK: Inputs

    /// Takes a packet from the peer.
    func handle(_ packet: [UInt8]) {
        guard isAnswering, packet.count >= 12, packet.count <= 65_535 else { return }
        unsafe packet.withUnsafeBytes { bytes in
            unsafe usrsctp_conninput(UnsafeMutableRawPointer(bitPattern: identifier), bytes.baseAddress, bytes.count, 0)
        }
        flush()
    }

    /// Sends a message, or lets it wait while the peer takes nothing.
    func send(_ message: SCTPMessage) -> SendResult {
        guard state != .over else { return .closed }
        let limit = message.reliability.isReliable ? limits.maxBuffered : limits.maxBufferedUnreliable
        guard queue.byteCount + message.bytes.count <= limit, queue.count < SendQueue.maxMessages else { return .full }
        queue.append(message)
        flush()
        return .accepted
    }

    /// Ends our direction of a stream, once what was sent on it before is on its way.
    func reset(_ stream: UInt16) {
        guard state != .over else { return }
        pendingResets.append(stream)
        flush()
    }

    /// Sends what waits, as far as the peer takes it. To be called after time has passed, too.
    func flush() {
        guard state == .up else { return }
        while let message = queue.first, trySend(message) { queue.removeFirst() }
        while let stream = pendingResets.first, let socket = unsafe socket, !queue.contains(stream) {
            // One request at a time is under way (RFC 6525 §5.1.1).
            let error = unsafe roost_sctp_reset_stream(socket, stream)
            if error == EAGAIN || error == EALREADY || error == EBUSY || error == EINPROGRESS { break }
            pendingResets.removeFirst()
        }
    }

    /// Aborts the association, if it is there still. Afterwards whatever the peer sends is answered with an ABORT, so that
    /// it learns of the end although the first one was lost. `close` has to follow.
    func abort() {
        guard let open = unsafe socket else { return }
        state = .over
        unsafe socket = nil
        unsafe usrsctp_close(open)
        queue = SendQueue()
        parts = [:]
    }

    /// Aborts the association, if it is there still. Afterwards only `pollTransmit` has something to say.
    func close() {
        abort()
        SCTPStack.shared.remove(identifier)
        identifier = 0
    }

    // MARK: Outputs

    /// The next packet for the peer, `nil` when drained.
    func pollTransmit() -> [UInt8]? { transmits.isEmpty ? nil : transmits.removeFirst() }

    /// The next event, `nil` when drained.
    func pollEvent() -> Event? { events.isEmpty ? nil : events.removeFirst() }

    /// Whether packets of the peer are looked at: until the end, and again once the owner has aborted, until it closes.
    private var isAnswering: Bool { unsafe identifier != 0 && (state != .over || socket == nil) }

    /// Bytes that wait for usrsctp to take them.
    var bufferedBytes: Int { queue.byteCount }

    // MARK: usrsctp's side

    /// Takes a packet that usrsctp wants sent. What is too much is lost, as in a network.
    func transmit(_ packet: [UInt8]) {
        if transmits.count < 512 { transmits.append(packet) }
    }

    private func trySend(_ message: SCTPMessage) -> Bool {
        guard let socket = unsafe socket else { return true }
        let (policy, value): (Int32, UInt32) =
            switch message.reliability.limit {
            case .none: (SCTP_PR_SCTP_NONE, 0)
            case .milliseconds(let time): (SCTP_PR_SCTP_TTL, time)
            case .retransmissions(let count): (SCTP_PR_SCTP_RTX, count)
            }
        let error = unsafe message.bytes.withUnsafeBytes { bytes in
            unsafe roost_sctp_send(
                socket, bytes.baseAddress, bytes.count, message.stream, message.payload.rawValue,
                message.reliability.isOrdered ? 1 : 0, UInt16(policy), value)
        }
        // Whatever else is wrong with it, it will not become right by waiting.
        return error != EAGAIN && error != EWOULDBLOCK && error != ENOBUFS && error != ENOMEM
    }

    private func receive(_ bytes: [UInt8]?, _ info: sctp_rcvinfo, flags: Int32) {
        // Without bytes: the association has ended.
        guard let bytes else { return end("The peer ended its SCTP association.") }
        if flags & MSG_NOTIFICATION != 0 { return notice(bytes) }
        let stream = info.rcv_sid
        let known = parts[stream]?.count ?? 0
        guard known + bytes.count <= limits.maxMessageSize else {
            return end("A message was larger than \(limits.maxMessageSize) bytes.")
        }
        guard flags & Int32(MSG_EOR) != 0 else { return parts[stream, default: []] += bytes }
        let whole = parts.removeValue(forKey: stream).map { $0 + bytes } ?? bytes
        events.append(
            .message(
                SCTPMessage(
                    stream: stream, payload: PayloadProtocol(rawValue: UInt32(bigEndian: info.rcv_ppid)), bytes: whole))
        )
    }

    /// Reads a notification (RFC 6458 §6.1): type, flags and length, then what the type has, in the machine's byte order.
    private func notice(_ bytes: [UInt8]) {
        func word(_ offset: Int) -> UInt16? {
            guard offset + 2 <= bytes.count else { return nil }
            return UInt16(littleEndian: UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8)
        }
        switch word(0).map(Int32.init) {
        case SCTP_ASSOC_CHANGE:
            switch word(8).map(Int32.init) {
            case SCTP_COMM_UP, SCTP_RESTART:
                guard state == .connecting else { return }
                state = .up
                events.append(.up(streams: min(word(12) ?? 0, word(14) ?? 0)))
            case SCTP_COMM_LOST: end("The SCTP association was lost.")
            case SCTP_CANT_STR_ASSOC: end("The peer did not answer with SCTP.")
            case SCTP_SHUTDOWN_COMP: end("The peer ended its SCTP association.")
            default: break
            }
        case SCTP_STREAM_RESET_EVENT:
            guard let kind = word(2), kind & UInt16(SCTP_STREAM_RESET_INCOMING_SSN) != 0 else { return }
            let streams = stride(from: 12, to: bytes.count - 1, by: 2).compactMap(word)
            // An empty list means all of them.
            events.append(.reset(streams.isEmpty ? Array(0..<limits.streams) : streams))
        default: break
        }
    }

    /// Notes the end. The socket is closed by the owner: we may be inside one of its callbacks.
    private func end(_ reason: String) {
        guard state != .over else { return }
        state = .over
        queue = SendQueue()
        parts = [:]
        events.append(.lost(reason))
    }
}

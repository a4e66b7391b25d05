public import Wire

/// A client's end of data channels: one association and the channels on it, as a browser has them.
///
/// Carry packets between it and the peer over DTLS (RFC 8261): give it a packet, open or send, then drain `pollTransmit` and
/// `pollEvent`. usrsctp's timers make packets, too; `observeTimers` says when to look.
@SCTPActor
public final class DataEndpoint {
    /// What happened.
    public enum Event: Equatable, Sendable {
        /// The association is there.
        case connected
        /// The peer has acknowledged a channel that this end opened (RFC 8832 §5.2).
        case acknowledged(UInt16)
        /// The peer opened a channel.
        case opened(UInt16, ChannelOpening)
        /// A message came in.
        case message(UInt16, ChannelMessage)
        /// A channel has ended.
        case closed(UInt16)
        /// Something of the peer's was not taken.
        case dropped(DataDropReason)
        /// The association is over; the sentence says why.
        case lost(String)
    }

    private let association: SCTPAssociation
    private var session: ChannelSession
    private var events: [Event] = []
    /// Channels of ours whose opening is on its way.
    private var unacknowledged: Set<UInt16> = []

    /// Makes an end that sends its INIT. `nil` when there is no memory.
    ///
    /// - Parameters:
    ///   - isDTLSClient: Whether this end is the DTLS client: it opens channels on even streams then (RFC 8832 §6).
    ///   - remotePort: The peer's SCTP port, of `a=sctp-port` (RFC 8841 §5).
    public init?(limits: DataChannelLimits = DataChannelLimits(), isDTLSClient: Bool, remotePort: UInt16) {
        guard let association = SCTPAssociation(limits: limits, remotePort: remotePort) else { return nil }
        self.association = association
        session = ChannelSession(limits: limits, isDTLSClient: isDTLSClient)
    }

    // MARK: Inputs

    /// Takes an SCTP packet from the peer.
    public func handle(_ packet: [UInt8]) {
        association.handle(packet)
        drain()
    }

    /// Opens a channel and returns its stream; `nil` when all streams are in use.
    public func open(_ opening: ChannelOpening) -> UInt16? {
        guard let stream = session.open(opening) else { return nil }
        unacknowledged.insert(stream)
        carryOut()
        return stream
    }

    /// Sends a message on a channel; false when the channel is gone, or too much waits already.
    public func send(_ message: ChannelMessage, on stream: UInt16) -> Bool {
        guard session.send(message, on: stream) else { return false }
        return carryOut()
    }

    /// Closes a channel (RFC 8831 §6.7).
    public func close(_ stream: UInt16) {
        session.close(stream)
        carryOut()
    }

    /// Sends what waits, as far as the peer takes it, and looks at what timers did.
    public func flush() {
        association.flush()
        drain()
    }

    /// Aborts the association. Afterwards only `pollTransmit` has something to say.
    public func close() {
        association.close()
        events = []
    }

    // MARK: Outputs

    /// The next packet for the peer, `nil` when drained.
    public func pollTransmit() -> [UInt8]? { association.pollTransmit() }

    /// The next event, `nil` when drained.
    public func pollEvent() -> Event? { events.isEmpty ? nil : events.removeFirst() }

    /// Bytes of messages that wait for usrsctp to take them.
    public var bufferedBytes: Int { association.bufferedBytes }

    // MARK: Time

    /// Has `body` called every ten milliseconds or so while there is any association, once timers have run.
    public static func observeTimers(_ owner: AnyObject, _ body: @escaping @SCTPActor (Timestamp) -> Void) {
        SCTPStack.shared.observeTimers(owner, body)
    }

    /// Ends what `observeTimers` began.
    public static func stopObservingTimers(_ owner: AnyObject) { SCTPStack.shared.stopObservingTimers(owner) }

    // MARK: Inside

    private func drain() {
        while let event = association.pollEvent() {
            switch event {
            case .up(let streams):
                session.agree(streams: streams)
                events.append(.connected)
            case .message(let message):
                session.handle(message)
                noteAcknowledgement(on: message.stream)
            case .reset(let streams): for stream in streams { session.handleReset(stream) }
            case .lost(let reason): events.append(.lost(reason))
            }
            while let event = session.pollEvent() {
                switch event {
                case .opened(let stream, let opening): events.append(.opened(stream, opening))
                case .message(let stream, let message): events.append(.message(stream, message))
                case .closed(let stream): events.append(.closed(stream))
                case .dropped(let reason): events.append(.dropped(reason))
                }
            }
            carryOut()
        }
    }

    private func noteAcknowledgement(on stream: UInt16) {
        guard unacknowledged.contains(stream), session.channels[stream]?.isAcknowledged == true else { return }
        unacknowledged.remove(stream)
        events.append(.acknowledged(stream))
    }

    /// Does what the session wants done; false when the association did not take a message.
    @discardableResult
    private func carryOut() -> Bool {
        var isTaken = true
        while let command = session.pollCommand() {
            switch command {
            case .send(let message): if association.send(message) != .accepted { isTaken = false }
            case .reset(let stream): association.reset(stream)
            case .abort(let reason):
                association.close()
                events.append(.lost(reason))
            }
        }
        return isTaken
    }
}

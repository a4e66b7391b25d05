/// The data channels of one association: which stream is which channel, and what passes on them (RFC 8831, RFC 8832).
///
///     peer opens:    DATA_CHANNEL_OPEN ──▶ open ──(ACK sent)
///     we open:       open() ──▶ unacknowledged ──ACK or data──▶ open
///     either closes: stream reset ──▶ closing ──the other direction reset──▶ gone, its number free again
///
/// Sans-IO: give it a message or a reset of the association, then drain `pollCommand` and `pollEvent`.
public struct ChannelSession: Sendable {
    /// What the association shall do.
    public enum Command: Equatable, Sendable {
        /// Send a message.
        case send(SCTPMessage)
        /// Reset our direction of a stream (RFC 6525).
        case reset(UInt16)
        /// End the association; the sentence says why.
        case abort(String)
    }

    /// What happened on the channels.
    public enum Event: Equatable, Sendable {
        /// The peer opened a channel.
        case opened(UInt16, ChannelOpening)
        /// A message came in.
        case message(UInt16, ChannelMessage)
        /// A channel has ended, by the peer or because of a mistake of its.
        case closed(UInt16)
        /// Something was not taken.
        case dropped(DataDropReason)
    }

    struct Channel: Sendable {
        var opening: ChannelOpening
        /// Whether it was opened by the peer.
        var isRemote: Bool
        /// Until the peer is known to have the opening, nothing may overtake it (RFC 8832 §6).
        var isAcknowledged: Bool
        /// Our direction has been reset; the number is not free before the peer's has, too.
        var isClosing = false
        /// Parts of a message that come one by one, from peers that use the deprecated identifiers.
        var parts: [UInt8] = []
    }

    private let limits: DataChannelLimits
    /// The last bit of the numbers we may open channels on: the DTLS client has the even ones (RFC 8832 §6).
    private let ourParity: UInt16
    private(set) var channels: [UInt16: Channel] = [:]
    /// Streams the association has, in each direction.
    private var streamCount: UInt16
    private var commands: [Command] = []
    private var events: [Event] = []
    /// Channels the peer has opened.
    private(set) var remoteCount = 0

    /// Makes a session without channels.
    public init(limits: DataChannelLimits, isDTLSClient: Bool) {
        self.limits = limits
        ourParity = isDTLSClient ? 0 : 1
        streamCount = limits.streams
    }

    /// Channels that are open.
    public var count: Int { channels.count }

    /// Notes how many streams both sides agreed on.
    public mutating func agree(streams: UInt16) { streamCount = min(streams, limits.streams) }

    /// The next thing the association shall do, `nil` when drained.
    public mutating func pollCommand() -> Command? { commands.isEmpty ? nil : commands.removeFirst() }

    /// The next event, `nil` when drained.
    public mutating func pollEvent() -> Event? { events.isEmpty ? nil : events.removeFirst() }

    // MARK: What we do

    /// Opens a channel and returns its number; `nil` when all numbers are in use.
    public mutating func open(_ opening: ChannelOpening) -> UInt16? {
        var stream = ourParity
        while stream < streamCount {
            if channels[stream] == nil {
                channels[stream] = Channel(opening: opening, isRemote: false, isAcknowledged: false)
                commands.append(
                    .send(SCTPMessage(stream: stream, payload: .control, bytes: DCEPMessage.open(opening).bytes)))
                return stream
            }
            stream += 2
        }
        return nil
    }

    /// Sends a message; false if there is no such channel any more.
    public mutating func send(_ message: ChannelMessage, on stream: UInt16) -> Bool {
        guard let channel = channels[stream], !channel.isClosing else { return false }
        var reliability = channel.opening.reliability
        if !channel.isAcknowledged { reliability.isOrdered = true }
        commands.append(
            .send(
                SCTPMessage(
                    stream: stream, payload: message.payload, bytes: message.bytes.isEmpty ? [0] : message.bytes,
                    reliability: reliability)))
        return true
    }

    /// Closes a channel (RFC 8831 §6.7).
    public mutating func close(_ stream: UInt16) {
        guard let channel = channels[stream], !channel.isClosing else { return }
        channels[stream]?.isClosing = true
        channels[stream]?.parts = []
        if channel.isRemote { remoteCount -= 1 }
        commands.append(.reset(stream))
    }

    // MARK: What the peer does

    /// Takes a message of the association.
    public mutating func handle(_ message: SCTPMessage) {
        if message.payload == .control { return handleControl(message) }
        guard let channel = channels[message.stream] else { return drop(.unknownChannel) }
        // It crossed our reset.
        guard !channel.isClosing else { return drop(.closedChannel) }
        // Data on a channel of ours proves that the peer knows it (RFC 8832 §6).
        channels[message.stream]?.isAcknowledged = true
        switch message.payload {
        case .string: deliver(message.bytes, isText: true, on: message.stream)
        case .binary: deliver(message.bytes, isText: false, on: message.stream)
        case .stringEmpty: deliver([], isText: true, on: message.stream)
        case .binaryEmpty: deliver([], isText: false, on: message.stream)
        case .stringPartial, .binaryPartial:
            guard channel.parts.count + message.bytes.count <= limits.maxMessageSize else { return refuseSize() }
            channels[message.stream]?.parts += message.bytes
        default: drop(.unknownPayload)
        }
    }

    /// The peer has reset its direction of a stream.
    public mutating func handleReset(_ stream: UInt16) {
        guard let channel = channels[stream] else { return }
        if !channel.isClosing {
            if channel.isRemote { remoteCount -= 1 }
            commands.append(.reset(stream))
        }
        channels[stream] = nil
        events.append(.closed(stream))
    }

    private mutating func deliver(_ bytes: [UInt8], isText: Bool, on stream: UInt16) {
        guard let parts = channels[stream]?.parts, !parts.isEmpty else {
            guard bytes.count <= limits.maxMessageSize else { return refuseSize() }
            return events.append(.message(stream, ChannelMessage(isText: isText, bytes: bytes)))
        }
        guard parts.count + bytes.count <= limits.maxMessageSize else { return refuseSize() }
        channels[stream]?.parts = []
        events.append(.message(stream, ChannelMessage(isText: isText, bytes: parts + bytes)))
    }

    private mutating func handleControl(_ message: SCTPMessage) {
        do throws(DCEPError) {
            switch try DCEPMessage(parsing: message.bytes.span) {
            case .acknowledge: channels[message.stream]?.isAcknowledged = true
            case .open(let opening): acceptOpening(opening, on: message.stream)
            }
        } catch {
            drop(.malformedControl)
        }
    }

    private mutating func acceptOpening(_ opening: ChannelOpening, on stream: UInt16) {
        if let known = channels[stream] {
            // The number of a channel that lives, or that waits for the peer's reset: the peer broke the rules.
            return drop(known.isClosing ? .closedChannel : .refusedChannel)
        }
        guard stream & 1 != ourParity, stream < streamCount, remoteCount < limits.maxChannels,
            opening.label.utf8.count <= limits.maxLabelBytes, opening.protocolName.utf8.count <= limits.maxLabelBytes
        else {
            commands.append(.reset(stream))
            return drop(.refusedChannel)
        }
        channels[stream] = Channel(opening: opening, isRemote: true, isAcknowledged: true)
        remoteCount += 1
        commands.append(
            .send(SCTPMessage(stream: stream, payload: .control, bytes: DCEPMessage.acknowledge.bytes)))
        events.append(.opened(stream, opening))
    }

    /// What is announced with `a=max-message-size` is a promise of the peer's (RFC 8841 §6.1).
    private mutating func refuseSize() {
        drop(.tooLarge)
        commands.append(.abort("A message was larger than \(limits.maxMessageSize) bytes."))
    }

    private mutating func drop(_ reason: DataDropReason) { events.append(.dropped(reason)) }
}

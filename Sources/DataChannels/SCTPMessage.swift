/// A user message of an association (RFC 9260 §6.9): what a data channel sends at once.
public struct SCTPMessage: Equatable, Sendable {
    /// The stream that carries it; a data channel has the same number in both directions (RFC 8831 §6.5).
    public var stream: UInt16
    /// What it holds.
    public var payload: PayloadProtocol
    /// The bytes.
    public var bytes: [UInt8]
    /// In which order, and how often, it is sent.
    public var reliability: ChannelReliability

    /// Makes a message.
    public init(
        stream: UInt16, payload: PayloadProtocol, bytes: [UInt8], reliability: ChannelReliability = ChannelReliability()
    ) {
        self.stream = stream
        self.payload = payload
        self.bytes = bytes
        self.reliability = reliability
    }
}

/// SCTP payload protocol identifiers of WebRTC (RFC 8831 §8).
public struct PayloadProtocol: RawRepresentable, Hashable, Sendable {
    /// The registered number.
    public let rawValue: UInt32
    /// Takes any number: unknown ones are dropped by whoever reads the message.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The establishment protocol (RFC 8832).
    public static let control = PayloadProtocol(rawValue: 50)
    /// Text, or the last part of one.
    public static let string = PayloadProtocol(rawValue: 51)
    /// Part of binary data; deprecated, so read and never sent.
    public static let binaryPartial = PayloadProtocol(rawValue: 52)
    /// Binary data, or the last part of it.
    public static let binary = PayloadProtocol(rawValue: 53)
    /// Part of a text; deprecated, so read and never sent.
    public static let stringPartial = PayloadProtocol(rawValue: 54)
    /// An empty text; SCTP has no empty messages, so it holds one byte that does not count (RFC 8831 §6.6).
    public static let stringEmpty = PayloadProtocol(rawValue: 56)
    /// Empty binary data; holds one byte that does not count.
    public static let binaryEmpty = PayloadProtocol(rawValue: 57)
}

/// What an application sends over a channel.
public struct ChannelMessage: Equatable, Sendable {
    /// Whether it is text; else it is binary.
    public var isText: Bool
    /// The bytes; text is UTF-8 and is passed on unread.
    public var bytes: [UInt8]

    /// Makes a message.
    public init(isText: Bool, bytes: [UInt8]) {
        self.isText = isText
        self.bytes = bytes
    }

    /// The identifier it is sent with.
    var payload: PayloadProtocol {
        switch (isText, bytes.isEmpty) {
        case (true, false): .string
        case (true, true): .stringEmpty
        case (false, false): .binary
        case (false, true): .binaryEmpty
        }
    }
}

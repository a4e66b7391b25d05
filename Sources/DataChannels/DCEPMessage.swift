internal import Wire

/// A message of the data channel establishment protocol (RFC 8832 §5).
public enum DCEPMessage: Equatable, Sendable {
    /// Opens the channel on the stream that carries it.
    case open(ChannelOpening)
    /// Acknowledges the opening.
    case acknowledge

    /// Reads a message.
    ///
    ///      0                   1                   2                   3
    ///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    ///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    ///     |  type = 0x03  | channel type  |           priority            |
    ///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    ///     |                     reliability parameter                     |
    ///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    ///     |         label length          |        protocol length        |
    ///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    ///     |                  label, then protocol, UTF-8                  |
    public init(parsing bytes: Span<UInt8>) throws(DCEPError) {
        guard bytes.count >= 1 else { throw .truncated }
        switch bytes[0] {
        case 0x02:
            // What follows the type is ignored: an extension may put something there.
            self = .acknowledge
        case 0x03:
            guard bytes.count >= 12 else { throw .truncated }
            guard let reliability = ChannelReliability(channelType: bytes[1], parameter: bytes.uint32(at: 4)) else {
                throw .unknownChannelType(bytes[1])
            }
            let labelLength = Int(bytes.uint16(at: 8))
            let protocolLength = Int(bytes.uint16(at: 10))
            guard bytes.count >= 12 + labelLength + protocolLength else { throw .truncated }
            let label = bytes.extracting(12..<12 + labelLength).copied()
            let name = bytes.extracting(12 + labelLength..<12 + labelLength + protocolLength).copied()
            guard let label = String(validating: label, as: UTF8.self),
                let name = String(validating: name, as: UTF8.self)
            else { throw .notUTF8 }
            self = .open(
                ChannelOpening(
                    label: label, protocolName: name, reliability: reliability, priority: bytes.uint16(at: 2)))
        default: throw .unknownType(bytes[0])
        }
    }

    /// The message as it is sent, with payload protocol identifier 50.
    public var bytes: [UInt8] {
        switch self {
        case .acknowledge: return [0x02]
        case .open(let opening):
            // Two lengths of 16 bits: what is longer is cut, and limits keep labels far below that.
            let label = opening.label.utf8.prefix(Int(UInt16.max))
            let name = opening.protocolName.utf8.prefix(Int(UInt16.max))
            var writer = ByteWriter(capacity: 12 + label.count + name.count)
            writer.append(UInt8(0x03))
            writer.append(opening.reliability.channelType)
            writer.append(opening.priority)
            writer.append(opening.reliability.parameter)
            writer.append(UInt16(truncatingIfNeeded: label.count))
            writer.append(UInt16(truncatingIfNeeded: name.count))
            writer.append(contentsOf: label)
            writer.append(contentsOf: name)
            return writer.bytes
        }
    }
}

/// What a data channel is opened with.
public struct ChannelOpening: Hashable, Sendable {
    /// The channel's name; need not be unique.
    public var label: String
    /// The sub-protocol's name; empty for none.
    public var protocolName: String
    /// What the channel promises.
    public var reliability: ChannelReliability
    /// Its weight beside other channels (RFC 8831 §6.4); 256 is normal. Kept, not acted upon.
    public var priority: UInt16

    /// Makes an opening.
    public init(
        label: String, protocolName: String = "", reliability: ChannelReliability = ChannelReliability(),
        priority: UInt16 = 256
    ) {
        self.label = label
        self.protocolName = protocolName
        self.reliability = reliability
        self.priority = priority
    }
}

/// Why bytes are not a message of the establishment protocol.
public enum DCEPError: Error, Equatable, Sendable {
    /// Shorter than its lengths say.
    case truncated
    /// Neither an opening nor an acknowledgement.
    case unknownType(UInt8)
    /// A channel type that is not registered.
    case unknownChannelType(UInt8)
    /// A label or protocol that is not UTF-8.
    case notUTF8
}

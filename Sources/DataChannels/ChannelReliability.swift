/// How much a data channel promises about its messages (RFC 8831 §6.1, RFC 8832 §5.1).
public struct ChannelReliability: Hashable, Sendable {
    /// When a message that was not received is given up.
    public enum Limit: Hashable, Sendable {
        /// Never: it is sent until it is acknowledged.
        case none
        /// After so many retransmissions.
        case retransmissions(UInt32)
        /// After so many milliseconds.
        case milliseconds(UInt32)
    }

    /// Whether messages arrive in the order in which they were sent.
    public var isOrdered: Bool
    /// When a message is given up.
    public var limit: Limit

    /// Makes a reliability; ordered and reliable by default, as in browsers.
    public init(isOrdered: Bool = true, limit: Limit = .none) {
        self.isOrdered = isOrdered
        self.limit = limit
    }

    /// Whether every message arrives as long as the association lives.
    public var isReliable: Bool { limit == .none }

    /// Reads a channel type and its parameter; `nil` for a type that RFC 8832 §8.2.2 does not have.
    init?(channelType: UInt8, parameter: UInt32) {
        // The high bit says unordered; the rest says when a message is given up.
        isOrdered = channelType & 0x80 == 0
        switch channelType & 0x7F {
        case 0x00: limit = .none
        case 0x01: limit = .retransmissions(parameter)
        case 0x02: limit = .milliseconds(parameter)
        default: return nil
        }
    }

    /// The channel type of RFC 8832 §5.1.
    var channelType: UInt8 {
        let order: UInt8 = isOrdered ? 0 : 0x80
        return switch limit {
        case .none: order
        case .retransmissions: order | 0x01
        case .milliseconds: order | 0x02
        }
    }

    /// The reliability parameter of RFC 8832 §5.1; 0 for reliable channels.
    var parameter: UInt32 {
        switch limit {
        case .none: 0
        case .retransmissions(let count): count
        case .milliseconds(let time): time
        }
    }
}

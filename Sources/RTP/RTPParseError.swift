/// Why bytes are not an RTP packet.
public enum RTPParseError: Error, Equatable, Sendable {
    /// The packet ends before `needed` bytes; it has `have`.
    case truncated(needed: Int, have: Int)
    /// The version is not 2.
    case badVersion(UInt8)
    /// The padding is said to be `count` bytes, which is nothing or more than the payload.
    case badPadding(count: UInt8)
    /// More bytes than a UDP datagram can carry.
    case tooLong(Int)
}

/// The 96 bits that tie a response to its request (RFC 8489 §5).
public struct STUNTransactionID: Hashable, Sendable {
    /// The first eight bytes, network byte order.
    public let high: UInt64
    /// The last four bytes, network byte order.
    public let low: UInt32

    /// Makes an identifier from its twelve bytes, given as two numbers.
    public init(high: UInt64, low: UInt32) {
        self.high = high
        self.low = low
    }

    /// An identifier nobody can guess, if the generator is a good one (RFC 8489 §6.1 asks for a cryptographic
    /// one).
    public static func random(using generator: inout some RandomNumberGenerator) -> STUNTransactionID {
        STUNTransactionID(high: generator.next(), low: UInt32(truncatingIfNeeded: generator.next()))
    }
}

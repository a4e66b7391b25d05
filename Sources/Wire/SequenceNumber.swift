/// A 16-bit RTP sequence number as it stands on the wire (RFC 3550 §5.1).
public struct SequenceNumber: Hashable, Sendable, CustomStringConvertible {
    /// The 16 bits on the wire.
    public var rawValue: UInt16
    /// Makes a number from its 16 bits.
    @inlinable
    public init(_ rawValue: UInt16) { self.rawValue = rawValue }
    public var description: String { String(rawValue) }
}

/// A sequence number that counts on beyond 16 bits: what everything behind ingress works with.
public struct ExtendedSequenceNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number: rollover counter in the high bits, the wire's 16 bits at the bottom.
    public var rawValue: UInt64
    /// Makes a number from its 64 bits.
    @inlinable
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
    /// The 16 bits that go on the wire.
    @inlinable
    public var wire: SequenceNumber { SequenceNumber(UInt16(truncatingIfNeeded: rawValue)) }
    /// The rollover counter of SRTP (RFC 3711 §3.3.1).
    @inlinable
    public var rollover: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 16) }
    @inlinable
    public static func < (left: ExtendedSequenceNumber, right: ExtendedSequenceNumber) -> Bool {
        left.rawValue < right.rawValue
    }
    /// The signed distance from `other`.
    @inlinable
    public func distance(from other: ExtendedSequenceNumber) -> Int64 {
        Int64(bitPattern: rawValue &- other.rawValue)
    }
    /// The number `offset` further on.
    @inlinable
    public func advanced(by offset: Int64) -> ExtendedSequenceNumber {
        ExtendedSequenceNumber(rawValue &+ UInt64(bitPattern: offset))
    }
    public var description: String { String(rawValue) }
}

/// Extends 16-bit numbers to 64 bits by taking the value nearest to the highest one seen (RFC 3711 §3.3.1).
///
/// The first number starts in the second cycle, so that packets sent just before it still have a number above zero.
public struct SequenceExtender: Sendable {
    /// The highest number seen, `nil` before the first.
    public var highest: ExtendedSequenceNumber?

    /// Makes an extender that has seen nothing.
    @inlinable
    public init() { highest = nil }

    /// The 64-bit number of `number`, and remembers it if it is the highest so far.
    @inlinable
    public mutating func extend(_ number: SequenceNumber) -> ExtendedSequenceNumber {
        let extended = peek(number)
        if let highest, extended <= highest { return extended }
        highest = extended
        return extended
    }

    /// The 64-bit number of `number`, without remembering it.
    @inlinable
    public func peek(_ number: SequenceNumber) -> ExtendedSequenceNumber {
        guard let highest else { return ExtendedSequenceNumber(0x1_0000 | UInt64(number.rawValue)) }
        let delta = Int16(bitPattern: number.rawValue &- highest.wire.rawValue)
        return highest.advanced(by: Int64(delta))
    }

    /// Forgets everything: the next number is a new beginning.
    public mutating func reset() { highest = nil }
}

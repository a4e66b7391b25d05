/// A synchronisation source identifier (RFC 3550 §3).
public struct SSRC: Hashable, Sendable, CustomStringConvertible {
    /// The 32 bits on the wire.
    public var rawValue: UInt32
    /// Makes an identifier from its 32 bits.
    @inlinable
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }
    public var description: String { String(rawValue) }
}

/// An RTP payload type, 0 to 127 (RFC 3550 §5.1).
public struct PayloadType: Hashable, Sendable, CustomStringConvertible {
    /// The seven bits on the wire.
    public var rawValue: UInt8
    /// Makes a payload type from the low seven bits of `rawValue`.
    @inlinable
    public init(_ rawValue: UInt8) { self.rawValue = rawValue & 0x7F }
    public var description: String { String(rawValue) }
}

/// An RTP timestamp in ticks of its codec's clock; wraps at 32 bits (RFC 3550 §5.1).
public struct RTPTimestamp: Hashable, Sendable, CustomStringConvertible {
    /// The 32 bits on the wire.
    public var rawValue: UInt32
    /// Makes a timestamp from its 32 bits.
    @inlinable
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }
    /// The signed distance from `other` in ticks, taking the shorter way round.
    @inlinable
    public func distance(from other: RTPTimestamp) -> Int32 { Int32(bitPattern: rawValue &- other.rawValue) }
    /// The timestamp `ticks` later.
    @inlinable
    public func advanced(by ticks: UInt32) -> RTPTimestamp { RTPTimestamp(rawValue &+ ticks) }
    public var description: String { String(rawValue) }
}

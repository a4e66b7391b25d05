public import Wire

/// The bounds that a sender sets for how long a receiver keeps pictures before it shows them
/// (http://www.webrtc.org/experiments/rtp-hdrext/playout-delay).
///
///      0                   1                   2
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |      MIN delay        |      MAX delay        |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// Both are in units of 10 ms, 0 to 40.95 s. A receiver goes by what it was told last, so a packet without the extension
/// changes nothing.
public struct PlayoutDelay: Hashable, Sendable {
    private static let unit: Int64 = 10_000_000
    private static let largest: Int64 = 0xFFF

    /// The low 24 bits, as they stand on the wire.
    public let rawValue: UInt32

    /// Makes the bounds from the 24 bits on the wire.
    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue & 0xFF_FFFF }

    /// Makes bounds; both are rounded up to whole units and brought into range.
    public init(least: Interval, most: Interval) {
        self.init(rawValue: Self.units(least) << 12 | Self.units(most))
    }

    /// How long pictures are kept at least, 0 to 40.95 s.
    public var least: Interval { Interval(nanoseconds: Int64(rawValue >> 12) * Self.unit) }
    /// How long they are kept at most, 0 to 40.95 s.
    public var most: Interval { Interval(nanoseconds: Int64(rawValue & 0xFFF) * Self.unit) }

    private static func units(_ interval: Interval) -> UInt32 {
        let whole = interval.nanoseconds / unit + (interval.nanoseconds % unit > 0 ? 1 : 0)
        return UInt32(truncatingIfNeeded: min(max(whole, 0), largest))
    }
}

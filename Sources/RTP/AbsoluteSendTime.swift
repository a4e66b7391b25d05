public import Wire

/// The time a packet left its sender: seconds as 24-bit fixed point, 18 bits of them fraction
/// (http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time).
///
/// It wraps after 64 seconds.
public struct AbsoluteSendTime: Hashable, Sendable {
    /// The low 24 bits, as they stand on the wire.
    public let rawValue: UInt32

    /// Makes a time from its low 24 bits.
    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue & 0xFF_FFFF }

    /// Makes a time from the sender's clock.
    @inlinable
    public init(_ timestamp: Timestamp) {
        // 2⁶ s in nanoseconds: what is left of the division fits into 36 bits, so 18 more do not overflow.
        let wrapped = UInt64(bitPattern: timestamp.nanoseconds) % 64_000_000_000
        self.init(rawValue: UInt32(truncatingIfNeeded: (wrapped << 18) / 1_000_000_000))
    }

    /// The time from `other` to this, taking the shorter way round: up to 32 s either way.
    public func distance(from other: AbsoluteSendTime) -> Interval {
        let difference = Int32(bitPattern: (rawValue &- other.rawValue) << 8) >> 8
        return Interval(nanoseconds: (Int64(difference) * 1_000_000_000) >> 18)
    }
}

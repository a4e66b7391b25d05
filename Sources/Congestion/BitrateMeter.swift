public import Wire

/// The bit and packet rate of the last second, in ten buckets of 100 ms.
///
/// An eleventh bucket, the oldest, counts for the part of it that still lies within the second, so the figure
/// glides and does not sag at each new bucket. In a stream's first second it rises from zero: a rate needs a
/// second.
public struct BitrateMeter: Sendable {
    static let bucketLength: Int64 = 100_000_000
    static let bucketCount: Int64 = 11

    private var bytes: [11 of UInt32] = .init(repeating: 0)
    private var packets: [11 of UInt32] = .init(repeating: 0)
    /// The number of the newest bucket: the time divided by a bucket's length.
    private var newest: Int64 = .min / 2
    /// The newest bucket's place, and its first and last nanosecond: divisions are for the first packet of each bucket.
    private var place = 0
    private var begins = Int64.max
    private var ends = Int64.min

    /// Makes a meter that stands at zero.
    public init() {}

    /// Counts `packets` packets of `byteCount` bytes together.
    public mutating func record(byteCount: Int, packets number: Int = 1, at now: Timestamp) {
        if now.nanoseconds < begins || now.nanoseconds > ends {
            let bucket = Self.bucket(of: now)
            if bucket > newest { advance(to: bucket) }
        }
        // A time that runs back by a bucket or two counts as now.
        bytes[place] &+= UInt32(truncatingIfNeeded: byteCount)
        packets[place] &+= UInt32(truncatingIfNeeded: number)
    }

    /// The rate of the second before `now`, in bits a second.
    public func bitsPerSecond(at now: Timestamp) -> UInt64 { sum(of: bytes, at: now) * 8 }

    /// The rate of the second before `now`, in packets a second.
    public func packetsPerSecond(at now: Timestamp) -> UInt64 { sum(of: packets, at: now) }

    private func sum(of counts: borrowing [11 of UInt32], at now: Timestamp) -> UInt64 {
        let present = max(Self.bucket(of: now), newest)
        let oldest = present - Self.bucketCount + 1
        guard newest >= oldest else { return 0 }
        var sum: UInt64 = 0
        var bucket = oldest + 1
        while bucket <= newest {
            sum += UInt64(counts[Self.index(bucket)])
            bucket += 1
        }
        // What has passed of the present bucket has left the oldest one.
        let passed = min(max(now.nanoseconds - present * Self.bucketLength, 0), Self.bucketLength)
        let share = UInt64(Self.bucketLength - passed)
        return sum + UInt64(counts[Self.index(oldest)]) * share / UInt64(Self.bucketLength)
    }

    private mutating func advance(to bucket: Int64) {
        if bucket - newest >= Self.bucketCount {
            bytes = .init(repeating: 0)
            packets = .init(repeating: 0)
        } else {
            for passed in newest + 1...bucket {
                bytes[Self.index(passed)] = 0
                packets[Self.index(passed)] = 0
            }
        }
        newest = bucket
        place = Self.index(bucket)
        begins = bucket * Self.bucketLength
        ends = begins + Self.bucketLength - 1
    }

    private static func bucket(of time: Timestamp) -> Int64 {
        time.nanoseconds >= 0 ? time.nanoseconds / bucketLength : (time.nanoseconds + 1) / bucketLength - 1
    }

    private static func index(_ bucket: Int64) -> Int {
        Int((bucket % bucketCount + bucketCount) % bucketCount)
    }
}

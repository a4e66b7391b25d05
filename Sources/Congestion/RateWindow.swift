internal import Wire

/// A bit rate over the last half second, in buckets of 50 ms, on whatever clock its times come from.
///
/// Shorter than `BitrateMeter`, since a controller has to see a rate that has just changed; as long as a few video frames,
/// since it must not see each of them as a change.
struct RateWindow: Sendable {
    private static let bucket: Int64 = 50_000_000
    private static let count: Int64 = 10

    private var bytes: [10 of UInt32] = .init(repeating: 0)
    private var newest: Int64 = .min / 2
    private var first: Int64 = .min / 2
    /// Bytes in all buckets but the newest, which is not full yet.
    private var sum: Int64 = 0

    /// Counts `size` bytes at `time`; what comes out of order counts as new.
    mutating func record(_ size: Int, at time: Timestamp) {
        // A receiver whose feedback steps its clock back and back gets below zero in the end.
        let bucket = max(time.nanoseconds / Self.bucket, newest, 0)
        advance(to: bucket)
        bytes[Int(bucket % Self.count)] &+= UInt32(clamping: size)
    }

    /// Bits a second in the last whole buckets; `nil` before there are five of them.
    var bitsPerSecond: Double? {
        let whole = min(newest - first, Self.count - 1)
        guard whole >= 5 else { return nil }
        return Double(sum * 8) * 1e9 / Double(whole * Self.bucket)
    }

    /// Bits a second in the last three whole buckets: what passed just now; `nil` before there are five of them.
    var latestBitsPerSecond: Double? {
        guard newest - first >= 5 else { return nil }
        let latest = (1...3).reduce(Int64(0)) { $0 + Int64(bytes[Int((newest - Int64($1)) % Self.count)]) }
        return Double(latest * 8) * 1e9 / Double(3 * Self.bucket)
    }

    /// Lets time pass up to `time`.
    mutating func advance(to time: Timestamp) {
        guard newest >= 0 else { return }
        advance(to: max(time.nanoseconds / Self.bucket, newest))
    }

    /// Begins anew.
    mutating func reset() { self = RateWindow() }

    private mutating func advance(to bucket: Int64) {
        guard bucket != newest else { return }
        guard newest >= 0, bucket - newest < Self.count else {
            // A stream that begins, or begins again, has no rate before it has lasted a while.
            bytes = .init(repeating: 0)
            sum = 0
            newest = max(bucket, 0)
            first = newest
            return
        }
        while newest < bucket {
            sum += Int64(bytes[Int(newest % Self.count)])
            newest += 1
            sum -= Int64(bytes[Int(newest % Self.count)])
            bytes[Int(newest % Self.count)] = 0
        }
    }
}

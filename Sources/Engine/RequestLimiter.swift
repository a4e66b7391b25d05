internal import Wire

/// Bounds how many unauthenticated STUN requests are answered: in all, and to one address.
///
/// A fixed table of buckets indexed by a hash of the address: an attacker who forges sources fills buckets, never memory.
struct RequestLimiter {
    private struct Bucket {
        var second: Int64 = .min
        var used = 0
    }

    private let perSecond: Int
    private let perAddress: Int
    private var all = Bucket()
    private var buckets: [Bucket]

    init(perSecond: Int, perAddress: Int) {
        self.perSecond = perSecond
        self.perAddress = perAddress
        buckets = [Bucket](repeating: Bucket(), count: 1_024)
    }

    /// Whether a request from `address` may be answered now.
    mutating func allows(_ address: IPAddress, at now: Timestamp) -> Bool {
        let second = now.nanoseconds / 1_000_000_000
        let index = Int(truncatingIfNeeded: UInt(bitPattern: address.hashValue) % UInt(buckets.count))
        return Self.take(&all, limit: perSecond, second: second)
            && Self.take(&buckets[index], limit: perAddress, second: second)
    }

    private static func take(_ bucket: inout Bucket, limit: Int, second: Int64) -> Bool {
        if bucket.second != second { bucket = Bucket(second: second, used: 0) }
        guard bucket.used < limit else { return false }
        bucket.used += 1
        return true
    }
}

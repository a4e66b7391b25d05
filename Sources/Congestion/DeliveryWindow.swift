internal import Wire

/// The share of what was sent in the last half second that comes through in the time that it was sent in.
///
/// Both ends are looked at over the same packets. Rates over windows of time that end on different clocks differ by a picture
/// that one window holds and the other does not, which at ten pictures a second is a quarter of all.
struct DeliveryWindow: Sendable {
    private static let bucket: Int64 = 50_000_000
    private static let count: Int64 = 10
    /// Over less than this the delay of single packets decides.
    private static let leastBuckets: Int64 = 4

    private var reported: [10 of UInt32] = .init(repeating: 0)
    private var received: [10 of UInt32] = .init(repeating: 0)
    /// The least delay of the packets in each bucket, in nanoseconds on whatever clocks; `.max` for none.
    private var delays: [10 of Int64] = .init(repeating: .max)
    private var newest: Int64 = .min / 2

    /// Takes a packet of `size` bytes of which feedback speaks for the first time, in whatever order.
    /// - Parameter delay: how long it took, `nil` if it did not arrive.
    mutating func record(_ size: Int, sent: Timestamp, delay: Interval?) {
        guard let place = place(of: sent) else { return }
        reported[place] &+= UInt32(clamping: size)
        if let delay { take(size, delay: delay, in: place) }
    }

    /// Takes the arrival of a packet that had been reported missing.
    mutating func recordLate(_ size: Int, sent: Timestamp, delay: Interval) {
        guard let place = place(of: sent) else { return }
        take(size, delay: delay, in: place)
    }

    private mutating func take(_ size: Int, delay: Interval, in place: Int) {
        received[place] &+= UInt32(clamping: size)
        delays[place] = min(delays[place], delay.nanoseconds)
    }

    /// Where a packet that was sent at `sent` counts; `nil` if that is too long ago.
    private mutating func place(of sent: Timestamp) -> Int? {
        let bucket = max(sent.nanoseconds / Self.bucket, 0)
        if bucket - newest >= Self.count {
            reset()
            newest = bucket
        }
        while newest < bucket {
            newest += 1
            let place = Int(newest % Self.count)
            reported[place] = 0
            received[place] = 0
            delays[place] = .max
        }
        return newest - bucket < Self.count ? Int(bucket % Self.count) : nil
    }

    /// The share, 1 where all comes through as it was sent; `nil` while there is too little to tell.
    /// - Parameter longer: by how much the way is supposed to have become longer within the window.
    func share(longer: Interval) -> Double? {
        guard newest >= Self.count else { return nil }
        var sums = (reported: Int64(0), received: Int64(0))
        var early: (bucket: Int64, delay: Int64)?
        var late = (bucket: Int64(0), delay: Int64.max)
        for bucket in newest - Self.count + 1...newest {
            let place = Int(bucket % Self.count)
            sums.reported += Int64(reported[place])
            sums.received += Int64(received[place])
            guard delays[place] != .max else { continue }
            if early == nil { early = (bucket, delays[place]) }
            // Of the newest, which is not full yet, there may be no more than a frame that waits behind itself.
            if bucket < newest || delays[place] < late.delay { late = (bucket, delays[place]) }
        }
        guard let early, late.bucket - early.bucket >= Self.leastBuckets, sums.reported > 0 else { return nil }
        let span = Double((late.bucket - early.bucket) * Self.bucket)
        let growth = Double(max(late.delay &- early.delay &- longer.nanoseconds, 0))
        return Double(sums.received) / Double(sums.reported) * span / (span + growth)
    }

    /// Begins anew.
    mutating func reset() { self = DeliveryWindow() }
}

/// The bytes behind a mark: they stand for the picture, and none of them is zero.
enum MediaFilling {
    /// Longer than any packet that is not a jumbo frame.
    private static let pattern: [UInt8] = {
        var bytes: [UInt8] = []
        var state: UInt32 = 0x1234_5678
        for _ in 0..<2048 {
            state = state &* 1_664_525 &+ 1_013_904_223
            bytes.append(0x80 | UInt8(truncatingIfNeeded: state >> 24))
        }
        return bytes
    }()

    /// The checksum for each length: a sender need not add up the same bytes for every packet.
    private static let sums: [UInt64] = (0...pattern.count).map {
        MediaChecksum.sum(of: pattern.span.extracting(0..<$0))
    }

    /// The checksum of the first `count` bytes.
    static func sum(_ count: Int) -> UInt64 {
        count < sums.count ? sums[max(0, count)] : MediaChecksum.sum(of: bytes(count).span)
    }

    /// The first `count` bytes, repeated when that is more than there are.
    static func bytes(_ count: Int) -> ArraySlice<UInt8> {
        if count <= pattern.count { return pattern[0..<max(0, count)] }
        var long = pattern
        while long.count < count { long.append(contentsOf: pattern) }
        return long[0..<count]
    }
}

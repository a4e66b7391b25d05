/// Which packets of a frame are there.
struct PacketSet {
    /// More than any frame has: a keyframe of 500 kB.
    static let capacity = 512

    private var words: [8 of UInt64] = .init(repeating: 0)
    private(set) var count = 0

    /// Puts a packet in; says whether it was not there yet.
    mutating func insert(_ index: Int) -> Bool {
        guard index >= 0, index < Self.capacity else { return false }
        let bit = UInt64(1) << UInt64(index % 64)
        guard words[index / 64] & bit == 0 else { return false }
        words[index / 64] |= bit
        count += 1
        return true
    }

    func contains(_ index: Int) -> Bool {
        guard index >= 0, index < Self.capacity else { return false }
        return words[index / 64] & UInt64(1) << UInt64(index % 64) != 0
    }

    /// The length of the run that begins with the first packet.
    var leadingRun: Int {
        var run = 0
        for index in words.indices {
            let ones = (~words[index]).trailingZeroBitCount
            run += ones
            if ones < 64 { break }
        }
        return run
    }
}

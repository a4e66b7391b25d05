/// Writes numbers of any width into a packet, highest bit first.
///
/// The caller has made sure that there is room.
struct BitWriter {
    private let start: Int
    /// The bits written so far.
    private(set) var position = 0

    /// Makes a writer whose first bit is the highest of the byte at `start`.
    init(at start: Int) { self.start = start }

    /// Appends the lowest `width` bits of `value`, 32 at most.
    mutating func append(_ value: UInt32, width: Int, into packet: inout MutableSpan<UInt8>) {
        var remaining = width
        while remaining > 0 {
            let available = 8 - position & 7
            let taken = min(available, remaining)
            let bits = UInt8(
                truncatingIfNeeded: value >> UInt32(remaining - taken) & (1 << UInt32(taken) - 1))
            let index = start + (position >> 3)
            if available == 8 { packet[index] = 0 }
            packet[index] |= bits << UInt8(available - taken)
            position += taken
            remaining -= taken
        }
    }
}

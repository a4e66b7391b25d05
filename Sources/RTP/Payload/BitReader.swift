/// Reads numbers of any width, highest bit first, and never beyond the end.
struct BitReader: ~Escapable {
    private let bytes: Span<UInt8>
    /// The bits read so far.
    private(set) var position = 0

    /// Makes a reader that stands before the first bit of `bytes`.
    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    /// The next `width` bits, 32 at most.
    mutating func bits(_ width: Int) throws(PayloadParseError) -> UInt32 {
        let end = position + width
        guard end <= bytes.count * 8 else { throw .truncated(needed: (end + 7) / 8, have: bytes.count) }
        var value: UInt32 = 0
        while position < end {
            let available = 8 - position & 7
            let taken = min(available, end - position)
            let byte = UInt32(bytes[position >> 3])
            value = value << UInt32(taken) | byte >> UInt32(available - taken) & (1 << UInt32(taken) - 1)
            position += taken
        }
        return value
    }

    /// The next bit as an assertion.
    mutating func flag() throws(PayloadParseError) -> Bool { try bits(1) != 0 }

    /// A number below `limit`, which is at least 1: `ns(n)` of AV1 §4.10.7, one bit shorter for the lowest
    /// values.
    mutating func number(below limit: UInt32) throws(PayloadParseError) -> UInt32 {
        let width = 32 - limit.leadingZeroBitCount
        let short = UInt32(truncatingIfNeeded: 1 << UInt64(width)) &- limit
        let value = try bits(width - 1)
        if value < short { return value }
        return value << 1 &- short &+ (try bits(1))
    }
}

internal import Wire

/// A 64-bit checksum over words, made like FNV-1a but eight bytes a step.
///
/// Each step is a bijection of what was before, so one wrong word always changes the sum. A byte a step would cost more
/// than a microsecond a packet, as much as a receiver has.
struct MediaChecksum {
    private(set) var value: UInt64

    init(_ start: UInt64 = 0xCBF2_9CE4_8422_2325) { value = start }

    @inline(__always)
    mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0x0000_0100_0000_01B3
        // FNV's product moves bits upwards only; this brings the high ones down again.
        value ^= value >> 32
    }

    /// The sum of bytes: four sums side by side, because each step waits for the one before.
    static func sum(of bytes: Span<UInt8>) -> UInt64 {
        var (first, second, third, fourth) = (Self(1), Self(2), Self(3), Self(4))
        let raw = unsafe bytes.bytes
        var offset = 0
        // SAFETY: every bit pattern is a UInt64; the loads check their bounds.
        func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: unsafe raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        while offset + 32 <= bytes.count {
            first.add(word(offset))
            second.add(word(offset + 8))
            third.add(word(offset + 16))
            fourth.add(word(offset + 24))
            offset += 32
        }
        while offset + 8 <= bytes.count {
            first.add(word(offset))
            offset += 8
        }
        var rest = UInt64(bytes.count)
        while offset < bytes.count {
            rest = rest << 8 | UInt64(bytes[offset])
            offset += 1
        }
        second.add(rest)
        var all = Self(first.value)
        all.add(second.value)
        all.add(third.value)
        all.add(fourth.value)
        return all.value
    }
}

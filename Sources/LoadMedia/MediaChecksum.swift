internal import Wire

/// A 64-bit checksum over words, made like FNV-1a but eight bytes a step.
///
/// Each step is a bijection of what was before, so one wrong word always changes the sum. A byte a step would cost more
/// than a microsecond a packet, as much as a receiver has.
struct MediaChecksum {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0x0000_0100_0000_01B3
        // FNV's product moves bits upwards only; this brings the high ones down again.
        value ^= value >> 32
    }

    mutating func add(_ bytes: Span<UInt8>) {
        var offset = 0
        let raw = unsafe bytes.bytes
        while offset + 8 <= bytes.count {
            // SAFETY: every bit pattern is a UInt64; the load checks its bounds.
            add(UInt64(littleEndian: unsafe raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        var rest = UInt64(bytes.count)
        while offset < bytes.count {
            rest = rest << 8 | UInt64(bytes[offset])
            offset += 1
        }
        add(rest)
    }
}

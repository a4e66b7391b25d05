import RTP
import Wire

/// Where sequence numbers begin in tests that are run again and again: around every boundary of 7, 9, 15 and
/// 16 bits.
let startPoints: [UInt16] = [
    0, 1, 127, 128, 129, 511, 512, 513, 32_767, 32_768, 32_769, 65_407, 65_408, 65_409, 65_534, 65_535,
]

/// A moment so many milliseconds after the clock's start.
func at(_ milliseconds: Int64) -> Timestamp { .zero + .milliseconds(milliseconds) }

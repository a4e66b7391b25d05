internal import Wire

extension SeededGenerator {
    /// Evenly spread from 0 up to, and without, 1.
    mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }

    /// Near enough to a normal distribution with mean 0 and deviation 1: twelve even ones, less six (Irwin and Hall).
    mutating func normal() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += unit() }
        return sum
    }
}

/// What a figure is measured in, and how people read it.
public enum Quantity: String, Codable, Sendable, CaseIterable {
    /// How many there are.
    case count
    /// A time in milliseconds.
    case milliseconds
    /// A time in microseconds.
    case microseconds
    /// A time in seconds.
    case seconds
    /// A share; 1 is all.
    case percent
    /// A number of bytes.
    case bytes
    /// Bits a second.
    case bitRate
    /// Packets a second.
    case packetRate

    /// The value with a unit that leaves it short: three or four digits.
    public func text(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        switch self {
        case .count: return Self.grouped(value)
        case .milliseconds: return Self.scaled(value * 1_000, [(1, "µs"), (1_000, "ms"), (1_000_000, "s")])
        case .microseconds: return Self.scaled(value, [(1, "µs"), (1_000, "ms"), (1_000_000, "s")])
        case .seconds: return Self.digits(value) + " s"
        case .percent: return Self.share(value * 100) + " %"
        case .bytes: return Self.scaled(value, [(1, "B"), (1e3, "kB"), (1e6, "MB"), (1e9, "GB")])
        case .bitRate:
            return Self.scaled(value, [(1, "bit/s"), (1e3, "kbit/s"), (1e6, "Mbit/s"), (1e9, "Gbit/s")])
        case .packetRate: return Self.scaled(value, [(1, "/s"), (1e3, "k/s"), (1e6, "M/s")])
        }
    }

    /// How many there are of something: "1 datagram", "3,000 datagrams".
    public static func counted(_ count: UInt64, _ noun: String) -> String {
        Self.count.text(Double(count)) + " " + (count == 1 ? noun : noun + "s")
    }

    private static func scaled(_ value: Double, _ units: [(Double, String)]) -> String {
        let size = abs(value)
        let unit = units.last { size >= $0.0 } ?? units[0]
        return digits(value / unit.0) + " " + unit.1
    }

    /// Three significant digits, or all in front of the point.
    static func digits(_ value: Double) -> String {
        switch abs(value) {
        case 0: "0"
        case 100...: grouped(value)
        case 10...: fixed(value, 1)
        case 0.1...: fixed(value, 2)
        default: fixed(value, 3)
        }
    }

    /// Small shares matter: a loss of 0.004 % is not 0.
    private static func share(_ percent: Double) -> String {
        if percent != 0, abs(percent) < 0.0005 { return percent > 0 ? "<0.001" : ">-0.001" }
        return digits(percent)
    }

    /// A decimal number with `places` digits after the point.
    static func fixed(_ value: Double, _ places: Int) -> String {
        var factor = 1.0
        for _ in 0..<places { factor *= 10 }
        let scaled = (value * factor).rounded()
        guard scaled.isFinite, abs(scaled) < 9e15 else { return "\(value)" }
        let whole = Int64(abs(scaled)) / Int64(factor)
        let rest = String(Int64(abs(scaled)) % Int64(factor))
        let sign = scaled < 0 ? "-" : ""
        guard places > 0 else { return sign + String(whole) }
        return sign + String(whole) + "." + String(repeating: "0", count: places - rest.count) + rest
    }

    /// A whole number with a comma between thousands.
    static func grouped(_ value: Double) -> String {
        let text = fixed(value, 0)
        let digits = text.drop { $0 == "-" }
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return (text.hasPrefix("-") ? "-" : "") + result
    }
}

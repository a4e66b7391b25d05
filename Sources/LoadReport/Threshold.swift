/// A limit on one metric: what turns a run into pass or fail.
///
/// Read from text like `p99<5ms`, `loss<=0.1%`, `freezes<1`, `bits-in>100Mbit/s`.
public struct Threshold: Sendable, Equatable {
    /// How the value has to stand to the limit.
    public enum Comparison: String, Codable, Sendable, CaseIterable {
        /// At most the limit.
        case atMost = "<="
        /// At least the limit.
        case atLeast = ">="
        /// Below the limit.
        case below = "<"
        /// Above the limit.
        case above = ">"

        /// Whether it holds between a value and a limit.
        public func holds(_ value: Double, _ limit: Double) -> Bool {
            switch self {
            case .atMost: value <= limit
            case .atLeast: value >= limit
            case .below: value < limit
            case .above: value > limit
            }
        }
    }

    /// Why text is not a limit.
    public enum ParseError: Error, Equatable, Sendable, CustomStringConvertible {
        /// There is no `<`, `<=`, `>` or `>=` in it.
        case noComparison(String)
        /// There is no such metric.
        case unknownMetric(String)
        /// What stands behind the comparison is no number.
        case notANumber(String)
        /// The unit is not one of the metric's.
        case wrongUnit(String, metric: String, expected: [String])

        /// The sentence for people.
        public var description: String {
            switch self {
            case .noComparison(let text):
                "“\(text)” is not a limit: write a metric, one of < <= > >=, and a value, as in p99<5ms."
            case .unknownMetric(let name):
                "There is no metric “\(name)”. There are: "
                    + (Metric.aliases.keys.sorted() + Metric.all.map(\.name)).joined(separator: ", ") + "."
            case .notANumber(let text): "“\(text)” is not a number with a unit."
            case .wrongUnit(let unit, let metric, let expected):
                unit.isEmpty
                    ? "\(metric) needs a unit: one of \(expected.joined(separator: ", "))."
                    : "\(metric) is not measured in “\(unit)”: use one of \(expected.joined(separator: ", "))."
            }
        }
    }

    /// What is limited.
    public let metric: Metric
    /// How the value has to stand to the limit.
    public let comparison: Comparison
    /// The limit, in the metric's own quantity.
    public let limit: Double

    /// Makes a limit from its parts.
    public init(_ metric: Metric, _ comparison: Comparison, _ limit: Double) {
        self.metric = metric
        self.comparison = comparison
        self.limit = limit
    }

    /// Reads a limit.
    public init(parsing text: String) throws(ParseError) {
        guard let start = text.firstIndex(where: { $0 == "<" || $0 == ">" }) else { throw .noComparison(text) }
        let rest = text[start...]
        guard let comparison = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }) else {
            throw .noComparison(text)
        }
        let name = text[..<start].filter { !$0.isWhitespace }.lowercased()
        guard let metric = Metric.named(name) else { throw .unknownMetric(name) }
        let value = rest.dropFirst(comparison.rawValue.count).filter { !$0.isWhitespace }
        let digits = value.prefix { $0.isNumber || $0 == "." || $0 == "-" || $0 == "+" }
        guard let number = Double(digits), number.isFinite else { throw .notANumber(String(value)) }
        let unit = value[digits.endIndex...]
        let units = metric.quantity.units
        guard let factor = units.first(where: { $0.name == unit })?.factor else {
            throw .wrongUnit(String(unit), metric: metric.name, expected: units.map(\.name).filter { !$0.isEmpty })
        }
        self.init(metric, comparison, number * factor)
    }

    /// The limit as people write it.
    public var text: String {
        "\(metric.name) \(comparison.rawValue) \(metric.quantity.text(limit))"
    }

    /// Holds a report against the limit. What was not measured does not pass: nobody knows that it would.
    public func verdict(on report: LoadReport) -> LoadReport.Verdict {
        let value = metric.value(report)
        let passed = value.map { comparison.holds($0, limit) } ?? false
        return LoadReport.Verdict(
            metric: metric.name, text: text, quantity: metric.quantity, limit: limit, measured: value, passed: passed)
    }
}

extension LoadReport {
    /// A limit, and whether it held.
    public struct Verdict: Codable, Sendable, Equatable {
        /// The metric's name.
        public var metric: String
        /// The limit as people write it.
        public var text: String
        /// What it is measured in.
        public var quantity: Quantity
        /// The limit.
        public var limit: Double
        /// What was measured; `nil` if nothing was.
        public var measured: Double?
        /// Whether the limit held.
        public var passed: Bool

        /// What was measured, for people.
        public var measuredText: String { measured.map(quantity.text) ?? "not measured" }
    }

    /// Holds the report against limits, in place of those before.
    public mutating func judge(by limits: [Threshold]) { thresholds = limits.map { $0.verdict(on: self) } }
}

extension Quantity {
    /// The units a limit may be written in; an empty name is no unit.
    var units: [(name: String, factor: Double)] {
        switch self {
        case .count: [("", 1), ("k", 1e3), ("M", 1e6)]
        case .milliseconds: [("ms", 1), ("us", 1e-3), ("µs", 1e-3), ("s", 1e3), ("ns", 1e-6), ("min", 6e4)]
        case .microseconds: [("us", 1), ("µs", 1), ("ns", 1e-3), ("ms", 1e3)]
        case .seconds: [("s", 1), ("ms", 1e-3), ("min", 60)]
        case .percent: [("%", 0.01)]
        case .bytes: [("B", 1), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("KiB", 1_024), ("MiB", 1_048_576)]
        case .bitRate: [("bit/s", 1), ("kbit/s", 1e3), ("Mbit/s", 1e6), ("Gbit/s", 1e9)]
        case .packetRate: [("/s", 1), ("k/s", 1e3), ("M/s", 1e6), ("", 1)]
        }
    }
}

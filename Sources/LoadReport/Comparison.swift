public import Foundation

/// What got better or worse from one report to another.
public struct Comparison: Codable, Sendable, Equatable {
    /// How a metric changed.
    public enum Verdict: String, Codable, Sendable {
        /// For the better, by more than the margin.
        case better
        /// For the worse, by more than the margin.
        case worse
        /// Within the margin of noise.
        case same
        /// Measured in one of the reports only.
        case incomparable
    }

    /// One metric in both reports.
    public struct Change: Codable, Sendable, Equatable {
        /// The metric's name.
        public var metric: String
        /// The metric in words.
        public var title: String
        /// What it is measured in.
        public var quantity: Quantity
        /// The value before.
        public var before: Double?
        /// The value after.
        public var after: Double?
        /// By how much it changed, in per cent of the value before; `nil` when that was zero.
        public var percent: Double?
        /// How it changed.
        public var verdict: Verdict
    }

    /// The title of the first report.
    public var before: String
    /// The title of the second report.
    public var after: String
    /// The margin of noise, in per cent.
    public var marginPercent: Double
    /// All metrics that one of the reports has.
    public var changes: [Change]
    /// Why the reports may not be comparable.
    public var warnings: [String]

    /// Compares two reports.
    ///
    /// - Parameters:
    ///   - before: The earlier one.
    ///   - after: The later one.
    ///   - marginPercent: A change of less than this is noise, and so is one below the metric's smallest difference.
    public init(_ before: LoadReport, _ after: LoadReport, marginPercent: Double = 5) {
        self.before = before.title
        self.after = after.title
        self.marginPercent = marginPercent
        changes = Metric.all.compactMap { Self.change($0, before, after, margin: marginPercent) }
        warnings = Self.warnings(before, after)
    }

    /// The changes of one kind, the greatest first.
    public func changes(_ verdict: Verdict) -> [Change] {
        changes.filter { $0.verdict == verdict }
            .sorted { abs($0.percent ?? .infinity) > abs($1.percent ?? .infinity) }
    }

    /// Whether anything got worse.
    public var hasRegression: Bool { changes.contains { $0.verdict == .worse } }

    /// The comparison as JSON.
    public func json() -> Data { LoadReport.encode(self) }

    private static func change(
        _ metric: Metric, _ before: LoadReport, _ after: LoadReport, margin: Double
    ) -> Change? {
        let (old, new) = (metric.value(before), metric.value(after))
        guard old != nil || new != nil else { return nil }
        var change = Change(
            metric: metric.name, title: metric.title, quantity: metric.quantity, before: old, after: new, percent: nil,
            verdict: .incomparable)
        guard let old, let new else { return change }
        let difference = new - old
        if old != 0 { change.percent = difference / abs(old) * 100 }
        let isNoise = abs(difference) <= metric.smallest || abs(difference) <= abs(old) * margin / 100
        if isNoise {
            change.verdict = .same
        } else {
            change.verdict = (difference > 0) == (metric.direction == .higher) ? .better : .worse
        }
        return change
    }

    private static func warnings(_ before: LoadReport, _ after: LoadReport) -> [String] {
        var warnings: [String] = []
        let (old, new) = (before.scenario, after.scenario)
        if old.name != new.name { warnings.append("The scenarios differ: \(old.name) and \(new.name).") }
        let names = (old.settings + new.settings).map(\.name)
        var seen: Set<String> = []
        for name in names where seen.insert(name).inserted {
            let first = old.settings.first { $0.name == name }?.value
            let second = new.settings.first { $0.name == name }?.value
            if first != second {
                warnings.append("--\(name) was \(first ?? "not set") and is \(second ?? "not set").")
            }
        }
        if before.machine != after.machine {
            warnings.append("The machines differ: \(before.machine.text) and \(after.machine.text).")
        }
        if before.generator.isSaturated { warnings.append("In the first run the generator was a bottleneck.") }
        if after.generator.isSaturated { warnings.append("In the second run the generator was a bottleneck.") }
        return warnings
    }
}

extension LoadReport.Machine {
    /// The machine in one line.
    public var text: String {
        var parts = ["\(cores) \(cores == 1 ? "core" : "cores")", cpuModel, kernel]
        if let memoryBytes { parts.insert(Quantity.bytes.text(Double(memoryBytes)), at: 1) }
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }
}

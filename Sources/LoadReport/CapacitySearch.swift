/// Finds the highest load that still keeps all limits: raises until one fails, then halves the distance.
///
/// Pure: it says what to try (``next``) and is told how that went (``record(passed:failed:)``). A load that fails is tried
/// again before it counts, because one bad second is not a limit.
///
///     raising ── fails ──▶ bisecting ── distance within tolerance ──▶ done
///        └────── maximum passes ─────────────────────────────────────▶ done
public struct CapacitySearch: Sendable, Equatable {
    /// What to do next.
    public enum Step: Sendable, Equatable {
        /// Try this load.
        case attempt(Int)
        /// The search is over.
        case done(Result)
    }

    /// One load that was tried.
    public struct Attempt: Codable, Sendable, Equatable {
        /// The load.
        public var load: Int
        /// Whether all limits held.
        public var passed: Bool
        /// The limits that did not, as people write them.
        public var failed: [String]
    }

    /// What was found.
    public struct Result: Codable, Sendable, Equatable {
        /// What the load counts: "participants", "rooms".
        public var unit: String
        /// The highest load at which all limits held; 0 if there was none.
        public var capacity: Int
        /// The lowest load at which one did not; `nil` if the highest allowed load passed.
        public var firstFailure: Int?
        /// The limits that gave out at that load.
        public var gaveOut: [String]
        /// Everything that was tried, in order.
        public var attempts: [Attempt]
        /// Whether the search was ended before it was done; `nil` for not.
        public var wasInterrupted: Bool?

        /// The result in words.
        public var sentence: String {
            (wasInterrupted == true ? "The search was interrupted before it was done. " : "") + known
        }

        /// What the attempts say.
        private var known: String {
            guard let firstFailure else {
                guard wasInterrupted != true else {
                    return capacity > 0
                        ? "All limits held up to \(capacity) \(unit); more was not tried."
                        : "No load had kept the limits until then."
                }
                return "All limits held up to \(capacity) \(unit), the most that was allowed: there may be more."
            }
            let reasons = gaveOut.isEmpty ? "no limit was named" : gaveOut.joined(separator: ", ")
            if capacity == 0 { return "Not even \(firstFailure) \(unit) kept the limits; gave out: \(reasons)." }
            return "\(capacity) \(unit) kept all limits, \(firstFailure) did not; gave out first: \(reasons)."
        }
    }

    private let unit: String
    private let maximum: Int
    private let growth: Double
    private let tolerance: Double
    private let retries: Int
    private var passed = 0
    private var failed: Int?
    private var current: Int
    private var failuresHere = 0
    private var gaveOut: [String] = []
    private var attempts: [Attempt] = []
    private var isInterrupted = false

    /// Begins a search.
    ///
    /// - Parameters:
    ///   - unit: What the load counts.
    ///   - start: The first load.
    ///   - maximum: The highest load that may be tried.
    ///   - growth: How much is raised at a time, while nothing fails.
    ///   - tolerance: The distance between success and failure, as a share of the load, at which the search ends.
    ///   - retries: How often a load that fails is tried again.
    public init(
        unit: String, start: Int, maximum: Int, growth: Double = 2, tolerance: Double = 0.05, retries: Int = 1
    ) {
        self.unit = unit
        self.maximum = max(maximum, 1)
        self.growth = max(growth, 1.1)
        self.tolerance = max(tolerance, 0)
        self.retries = max(retries, 0)
        current = min(max(start, 1), self.maximum)
    }

    /// What to do next.
    public var next: Step { isDone || isInterrupted ? .done(result) : .attempt(current) }

    /// Ends the search where it is: what is under way counts as nothing.
    public mutating func interrupt() { if !isDone { isInterrupted = true } }

    /// What is known so far.
    public var result: Result {
        Result(
            unit: unit, capacity: passed, firstFailure: failed, gaveOut: gaveOut, attempts: attempts,
            wasInterrupted: isInterrupted ? true : nil)
    }

    private var isDone: Bool {
        guard let failed else { return passed >= maximum }
        let distance = failed - passed
        return distance <= 1 || Double(distance) <= tolerance * Double(passed)
    }

    /// Records how the load of ``next`` went, with the limits that failed as people write them.
    public mutating func record(passed didPass: Bool, failed limits: [String] = []) {
        guard !isDone, !isInterrupted else { return }
        attempts.append(Attempt(load: current, passed: didPass, failed: limits))
        if didPass {
            passed = current
            failuresHere = 0
            raise()
        } else if failuresHere < retries {
            failuresHere += 1
        } else {
            failuresHere = 0
            failed = current
            gaveOut = limits
            halve()
        }
    }

    private mutating func raise() {
        if failed != nil {
            halve()
        } else {
            let raised = (Double(current) * growth).rounded(.up)
            current = raised >= Double(maximum) ? maximum : max(Int(raised), current + 1)
        }
    }

    private mutating func halve() {
        guard let failed else { return }
        current = min(max(passed + (failed - passed) / 2, 1), maximum)
    }
}

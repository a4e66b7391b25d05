/// Figures that are counted up while a run goes on.
protocol Counted {
    /// Those of them of which a part of a run has its own.
    static var counters: [WritableKeyPath<Self, UInt64>] { get }
}

extension Counted {
    /// What was added since `earlier`; what was corrected downwards meanwhile counts as nothing.
    func since(_ earlier: Self) -> Self {
        var difference = self
        for field in Self.counters {
            let (now, then) = (self[keyPath: field], earlier[keyPath: field])
            difference[keyPath: field] = max(now, then) - then
        }
        return difference
    }
}

extension Comparison {
    /// The comparison for a terminal of 80 columns.
    public func text() -> String {
        var out = TextTable.wrapped("\(before) → \(after), margin \(Quantity.digits(marginPercent)) %", indent: "")
        for warning in warnings { out += TextTable.wrapped(warning) }
        out += section("Worse", changes(.worse))
        out += section("Better", changes(.better))
        out += section("Measured in one of them only", changes(.incomparable))
        let same = changes(.same)
        out += "\n\(same.count) of \(changes.count) metrics are the same within the margin.\n"
        return out
    }

    private func section(_ name: String, _ changes: [Change]) -> String {
        guard !changes.isEmpty else { return "" }
        var table = TextTable()
        for change in changes {
            table.row(
                change.title, change.before.map(change.quantity.text) ?? "–",
                change.after.map(change.quantity.text) ?? "–", change.percentText)
        }
        return "\n\(name)\n\(table.text())"
    }
}

extension Comparison.Change {
    /// The change with its sign; from nothing to something is no percentage.
    var percentText: String {
        guard let percent else { return "" }
        return (percent > 0 ? "+" : "") + Quantity.digits(percent) + " %"
    }
}

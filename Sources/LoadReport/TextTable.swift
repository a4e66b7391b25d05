/// A table for a terminal: columns as wide as their longest cell, the first to the left, the others to the right.
package struct TextTable {
    private var rows: [[String]] = []
    private let indent = "  "

    /// Control characters and directional marks could play tricks on a terminal.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator: false
                    default: true
                    }
                }))
    }

    mutating func row(_ cells: String...) { rows.append(cells.map(Self.printable)) }
    mutating func row(_ cells: [String]) { rows.append(cells.map(Self.printable)) }

    /// The table's lines.
    func text() -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }
            var line = indent + cells.joined(separator: "  ")
            while line.hasSuffix(" ") { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// Text in lines of at most `width` characters, broken between words.
    package static func wrapped(_ text: String, indent: String = "  ", width: Int = 80) -> String {
        var lines: [String] = []
        var line = ""
        for word in printable(text).split(separator: " ") {
            if !line.isEmpty, indent.count + line.count + 1 + word.count > width {
                lines.append(indent + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        if !line.isEmpty { lines.append(indent + line) }
        return lines.map { $0 + "\n" }.joined()
    }
}

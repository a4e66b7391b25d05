/// Text in HTML: everything that comes from outside passes here.
enum HTMLText {
    /// The text with every character that means something in HTML, in text or in a quoted attribute, written as what it is.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in TextTable.printable(text).unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A table; `figures` columns from the right are aligned as numbers.
    static func table(head: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        var out = "<div class=\"scroll\"><table>"
        if !head.isEmpty {
            out += "<thead><tr>" + head.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined() + "</tr></thead>"
        }
        out += "<tbody>"
        for row in rows {
            let cells = row.enumerated().map { index, cell in
                index == 0 ? "<th scope=\"row\">\(escaped(cell))</th>" : "<td>\(escaped(cell))</td>"
            }
            out += "<tr>" + cells.joined() + "</tr>"
        }
        return out + "</tbody></table></div>"
    }
}

/// A line plot as inline SVG, its colours from the page's style.
struct LinePlot {
    /// One line.
    struct Line {
        var name: String
        /// Which of the page's colours, from 1.
        var color: Int
        var points: [(x: Double, y: Double?)]
        var isFilled = false
    }

    var title: String
    var lines: [Line]
    var x: PlotAxis
    var y: PlotAxis
    var xText: (Double) -> String
    var yText: (Double) -> String

    private static let width = 440.0
    private static let height = 216.0
    private static let left = 62.0
    private static let right = 12.0
    private static let top = 10.0
    private static let bottom = 24.0

    /// The plot with its title and legend; empty when there is nothing to draw.
    func html() -> String {
        let drawn = lines.filter { $0.points.contains { $0.y != nil } }
        guard !drawn.isEmpty else { return "" }
        let legend = drawn.map { "<span><i class=\"k\($0.color)\"></i>\(HTMLText.escaped($0.name))</span>" }.joined()
        var out = "<figure><figcaption><b>\(HTMLText.escaped(title))</b><span class=\"legend\">\(legend)</span>"
        out += "</figcaption><svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\""
        out += " aria-label=\"\(HTMLText.escaped(title))\">"
        out += axes() + drawn.map(draw).joined()
        return out + "</svg></figure>"
    }

    private func horizontal(_ value: Double) -> Double {
        Self.left + x.place(value) * (Self.width - Self.left - Self.right)
    }

    private func vertical(_ value: Double) -> Double {
        Self.height - Self.bottom - y.place(value) * (Self.height - Self.top - Self.bottom)
    }

    private static func text(_ value: Double) -> String { Quantity.fixed(value, 1) }

    private func axes() -> String {
        var out = ""
        for mark in y.marks {
            let at = Self.text(vertical(mark))
            out +=
                "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" y1=\"\(at)\" y2=\"\(at)\"/>"
            out += "<text class=\"ty\" x=\"\(Self.left - 7)\" y=\"\(Self.text(vertical(mark) + 4))\">"
            out += "\(HTMLText.escaped(yText(mark)))</text>"
        }
        for mark in x.marks {
            let at = horizontal(mark)
            let anchor = at > Self.width - Self.right - 14 ? "end" : "middle"
            if x.isLogarithmic {
                out += "<line class=\"grid\" x1=\"\(Self.text(at))\" x2=\"\(Self.text(at))\" y1=\"\(Self.top)\""
                out += " y2=\"\(Self.height - Self.bottom)\"/>"
            }
            out += "<text x=\"\(Self.text(at))\" y=\"\(Self.height - 7)\" text-anchor=\"\(anchor)\">"
            out += "\(HTMLText.escaped(xText(mark)))</text>"
        }
        return out
    }

    private func draw(_ line: Line) -> String {
        var path = ""
        var area = ""
        var run: [(String, String)] = []
        func endRun() {
            guard let first = run.first, let last = run.last else { return }
            path += "M" + run.map { "\($0.0) \($0.1)" }.joined(separator: "L")
            // A single point has no line: a dot instead.
            if run.count == 1 { path += "h0.1" }
            let ground = Self.text(vertical(y.range.lowerBound))
            area += "M\(first.0) \(ground)L" + run.map { "\($0.0) \($0.1)" }.joined(separator: "L")
            area += "L\(last.0) \(ground)Z"
            run.removeAll()
        }
        for point in line.points {
            if let value = point.y, value.isFinite {
                run.append((Self.text(horizontal(point.x)), Self.text(vertical(value))))
            } else {
                endRun()
            }
        }
        endRun()
        let fill = line.isFilled ? "<path class=\"area f\(line.color)\" d=\"\(area)\"/>" : ""
        return fill + "<path class=\"line s\(line.color)\" d=\"\(path)\"/>"
    }
}

extension LoadReport {
    /// The plots over time, and the distribution of the stages of joining.
    func plots() -> String {
        packetPlot().html() + latencyPlot().html() + processorPlot().html() + joinPlot().html()
            + (messages == nil ? "" : messagePlot().html())
    }

    private var timeAxis: PlotAxis { .time(upTo: max(samples.map(\.second).filter(\.isFinite).max() ?? 0, 1)) }

    private func line(_ name: String, _ color: Int, filled: Bool = false, _ value: (Sample) -> Double?) -> LinePlot.Line
    {
        LinePlot.Line(
            name: name, color: color, points: samples.map { ($0.second, value($0)) }, isFilled: filled)
    }

    private func plot(_ title: String, _ lines: [LinePlot.Line], _ quantity: Quantity) -> LinePlot {
        let greatest = lines.flatMap(\.points).compactMap(\.y).filter(\.isFinite).max() ?? 0
        return LinePlot(
            title: title, lines: lines, x: timeAxis, y: .linear(upTo: greatest),
            xText: { Quantity.grouped($0) + " s" }, yText: { Self.shortText($0, quantity) })
    }

    /// Marks of an axis are round: 2 ms, not 2.00 ms.
    private static func shortText(_ value: Double, _ quantity: Quantity) -> String {
        guard value != 0 else { return "0" }
        let text = quantity.text(value)
        guard let space = text.lastIndex(of: " ") else { return text }
        var number = text[..<space]
        if number.contains(".") {
            while number.hasSuffix("0") { number.removeLast() }
            if number.hasSuffix(".") { number.removeLast() }
        }
        return String(number + text[space...])
    }

    private func packetPlot() -> LinePlot {
        plot(
            "Packets a second",
            [line("received", 1, filled: true) { $0.packetsIn }, line("sent", 2) { $0.packetsOut }], .packetRate)
    }

    private func latencyPlot() -> LinePlot {
        plot(
            "Forwarding latency",
            [line("p99", 4, filled: true) { $0.latencyP99 }, line("p50", 3) { $0.latencyP50 }], .milliseconds)
    }

    private func processorPlot() -> LinePlot {
        plot(
            "CPU, 100 % is one core",
            [
                line("server", 5, filled: true) { $0.serverCPUPercent.map { $0 / 100 } },
                line("generator", 6) { $0.generatorCPUPercent.map { $0 / 100 } },
            ], .percent)
    }

    private func messagePlot() -> LinePlot {
        plot(
            "Messages a second",
            [line("received", 1, filled: true) { $0.messagesIn }, line("sent", 2) { $0.messagesOut }], .packetRate)
    }

    private func joinPlot() -> LinePlot {
        let stages = joins.stages
        let lines = stages.enumerated().map { index, stage in
            LinePlot.Line(
                name: stage.name, color: index % 6 + 1, points: stage.times.curve.map { ($0.value, $0.percent) })
        }
        return LinePlot(
            title: "Joining: share of joins within a time", lines: lines,
            x: .logarithmic(lines.flatMap { $0.points.map(\.x) }),
            y: PlotAxis(range: 0...100, marks: [0, 25, 50, 75, 100], isLogarithmic: false),
            xText: { Self.shortText($0, .milliseconds) }, yText: { Quantity.grouped($0) + " %" })
    }
}

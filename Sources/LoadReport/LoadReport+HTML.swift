internal import Foundation

extension LoadReport {
    /// The report as one HTML page that needs nothing else: no script, no font, no request.
    public func html() -> String {
        let name = HTMLText.escaped(title)
        var out = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        out += "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        out += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';style-src 'unsafe-inline'\">"
        out += "<title>\(name) – roost-load</title><style>\(PageStyle.css)</style></head><body><main>"
        out += header(name) + banners() + keyFigures()
        out += "<div class=\"grid2\">" + plots() + "</div><div class=\"cols\">"
        let sections = [
            limitsSection(), joinSection(), framesSection(), trafficSection(), messagesSection(), serverSection(),
            dropsSection(),
            capacitySection(), scenarioSection(),
        ]
        out += sections.joined() + "</div><footer>Written by roost-load, format \(version). Latency is from the moment "
        out += "a packet was sent to the moment it arrived, read from a time inside the packet.</footer>"
        return out + "</main></body></html>\n"
    }

    private func header(_ name: String) -> String {
        let date = startedAt.formatted(.iso8601).replacing("T", with: " ").replacing("Z", with: " UTC")
        let meta = [date, Quantity.seconds.text(seconds), machine.text].joined(separator: " · ")
        var out = "<header><div><div class=\"brand\">roost-load · \(HTMLText.escaped(scenario.name))</div>"
        out += "<h1>\(name)</h1><p class=\"meta\">\(HTMLText.escaped(meta))</p></div>"
        if !thresholds.isEmpty {
            let failed = thresholds.count { !$0.passed }
            out +=
                passed
                ? "<div class=\"pill pass\">Pass</div>"
                : "<div class=\"pill fail\">Fail · \(failed) of \(thresholds.count)</div>"
        }
        return out + "</header>"
    }

    private func banners() -> String {
        let sentences = (generator.isSaturated ? [generator.sentence] : []) + notes
        return sentences.map { "<p class=\"note\">\(HTMLText.escaped($0))</p>" }.joined()
    }

    private func keyFigures() -> String {
        let time = seconds > 0 ? seconds : 1
        let figures: [(String, String?, String)] = [
            (
                "Latency p99", latency.map { Quantity.milliseconds.text($0.p99) },
                latency.map { "p50 " + Quantity.milliseconds.text($0.p50) } ?? ""
            ),
            (
                "Loss after repair", traffic.lossAfterRepair.map(Quantity.percent.text),
                traffic.lossBeforeRepair.map { Quantity.percent.text($0) + " before" } ?? ""
            ),
            (
                "Good frames", frames.goodShare.map(Quantity.percent.text),
                "\(frames.freezes) \(frames.freezes == 1 ? "freeze" : "freezes")"
            ),
            (
                "Received", Quantity.packetRate.text(Double(traffic.packetsIn) / time),
                Quantity.bitRate.text(Double(traffic.bytesIn) * 8 / time)
            ),
            (
                "Join p99", joins.firstPacket.map { Quantity.milliseconds.text($0.p99) },
                joins.attempted > 0 ? "\(joins.succeeded) of \(joins.attempted) joined" : ""
            ),
            (
                "CPU a packet", server?.microsecondsPerPacket.map(Quantity.microseconds.text),
                server?.cpuPercent.map { Quantity.percent.text($0 / 100) + " of a core" } ?? ""
            ),
        ]
        let cells = figures.map { name, value, detail in
            "<div class=\"key\"><span>\(name)</span><b>\(HTMLText.escaped(value ?? "–"))</b><small>\(HTMLText.escaped(detail))</small></div>"
        }
        return "<div class=\"keys\">\(cells.joined())</div>"
    }
}

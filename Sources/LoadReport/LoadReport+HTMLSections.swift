extension LoadReport {
    private func section(_ title: String, _ body: String, style: String = "") -> String {
        body.isEmpty ? "" : "<section class=\"\(style)\"><h2>\(title)</h2>\(body)</section>"
    }

    private func paragraph(_ text: String) -> String { "<p class=\"dim\">\(HTMLText.escaped(text))</p>" }

    func limitsSection() -> String {
        guard !thresholds.isEmpty else { return "" }
        var out = "<div class=\"scroll\"><table><thead><tr><th>Limit</th><th>Measured</th><th></th></tr></thead><tbody>"
        for limit in thresholds {
            out += "<tr><th scope=\"row\">\(HTMLText.escaped(limit.text))</th>"
            out += "<td>\(HTMLText.escaped(limit.measuredText))</td>"
            out += limit.passed ? "<td class=\"okcell\">✓ pass</td></tr>" : "<td class=\"badcell\">✗ fail</td></tr>"
        }
        return section("Limits", out + "</tbody></table></div>")
    }

    func joinSection() -> String {
        guard joins.attempted > 0 else { return "" }
        let rows = joins.stages.map { name, times in
            [name] + [times.p50, times.p90, times.p99, times.p999, times.max].map(Quantity.milliseconds.text)
        }
        var out = HTMLText.table(head: ["Stage", "p50", "p90", "p99", "p99.9", "max"], rows)
        let trouble =
            joins.failures.map { ["Failed: \($0.name)", "\($0.count)"] }
            + joins.disconnects.map { ["Lost: \($0.name)", "\($0.count)"] }
        out += HTMLText.table(head: [], trouble)
        out += paragraph(joins.sentence)
        return section("Joining", out)
    }

    func framesSection() -> String {
        guard frames.judged > 0 else { return "" }
        let colors = [3, 6, 2, 5, 4]
        var bar = ""
        var rows: [[String]] = []
        for (index, verdict) in frames.verdicts.enumerated() {
            let share = Double(verdict.count) / Double(frames.judged)
            if verdict.count > 0 {
                bar +=
                    "<i class=\"k\(colors[index % colors.count])\" style=\"flex:\(Quantity.fixed(share * 1e4, 0))\"></i>"
            }
            rows.append([verdict.name, Quantity.count.text(Double(verdict.count)), Quantity.percent.text(share)])
        }
        if let (count, share) = frames.goodVideo { rows.append(["Complete, of pictures alone", count, share]) }
        var out = "<div class=\"bar\">\(bar)</div>" + HTMLText.table(head: [], rows)
        out += paragraph(
            "\(Quantity.counted(frames.freezes, "freeze")), \(Quantity.seconds.text(frames.frozenSeconds)) altogether; "
                + "changes of source or layer: \(frames.switches); frames left out on purpose: \(frames.withheld); "
                + frames.surprisesText)
        return section("Frames", out)
    }

    func trafficSection() -> String {
        let time = seconds > 0 ? seconds : 1
        func rates(_ name: String, _ packets: UInt64, _ bytes: UInt64) -> [String] {
            [name, Quantity.packetRate.text(Double(packets) / time), Quantity.bitRate.text(Double(bytes) * 8 / time)]
        }
        var out = HTMLText.table(
            head: ["Clients", "Packets", "Bits"],
            [
                rates("Received", traffic.packetsIn, traffic.bytesIn),
                rates("Sent", traffic.packetsOut, traffic.bytesOut),
            ])
        if let before = traffic.lossBeforeRepair, let after = traffic.lossAfterRepair {
            out += paragraph(
                "Loss \(Quantity.percent.text(before)) before repair, \(Quantity.percent.text(after)) after it.")
        }
        if let silence = traffic.silence { out += paragraph(silence) }
        if let socketLoss { out += paragraph(socketLoss) }
        func counts(_ name: String, _ clients: UInt64, _ server: UInt64) -> [String] {
            [name, Quantity.count.text(Double(clients)), Quantity.count.text(Double(server))]
        }
        out += HTMLText.table(
            head: ["Repair", "Clients", "Server"],
            [
                counts("NACKs sent", traffic.nacksSent, traffic.nacksReceived),
                counts("Packets sent again", traffic.retransmissionsSent, traffic.retransmissionsReceived),
                counts("Keyframes asked for", traffic.keyframeRequestsSent, traffic.keyframeRequestsReceived),
            ])
        return section("Traffic", out)
    }

    func messagesSection() -> String {
        guard let messages else { return "" }
        let times = messages.times.map { name, times in
            [name] + [times.p50, times.p90, times.p99, times.p999, times.max].map(Quantity.milliseconds.text)
        }
        let ends = messages.ended.map { ["Ended: \($0.name)", Quantity.count.text(Double($0.count))] }
        return section(
            "Messages",
            HTMLText.table(head: ["Time", "p50", "p90", "p99", "p99.9", "max"], times)
                + HTMLText.table(head: [], messages.lines(seconds: seconds).map { [$0.name, $0.value] } + ends))
    }

    func serverSection() -> String {
        var out = HTMLText.table(head: [], server?.lines.map { [$0.name, $0.value] } ?? [])
        if !generator.isSaturated, !generator.sentence.isEmpty { out += paragraph(generator.sentence) }
        return section("Server", out)
    }

    func dropsSection() -> String {
        let rows = drops.filter { $0.count > 0 }.map { [$0.name, Quantity.count.text(Double($0.count))] }
        return section("Not forwarded, by the server’s reasons", HTMLText.table(head: [], rows))
    }

    func capacitySection() -> String {
        guard let capacity else { return "" }
        let rows = capacity.attempts.map { attempt in
            [
                "\(attempt.load) \(capacity.unit)",
                attempt.passed ? "✓ held" : "✗ " + attempt.failed.joined(separator: ", "),
            ]
        }
        return section(
            "Capacity", "<p>\(HTMLText.escaped(capacity.sentence))</p>" + HTMLText.table(head: [], rows), style: "wrap")
    }

    func scenarioSection() -> String {
        section(
            "Scenario", HTMLText.table(head: [], scenario.settings.map { ["--" + $0.name, $0.value] }), style: "wrap")
    }
}

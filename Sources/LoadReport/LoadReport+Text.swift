extension LoadReport {
    /// The report for a terminal of 80 columns.
    public func text() -> String {
        var out = TextTable.wrapped("\(title) – \(Quantity.seconds.text(seconds)) on \(machine.text)", indent: "")
        out += section("Joining", joiningText())
        out += section("Forwarding", forwardingText())
        out += section("Traffic", trafficText())
        out += section("Frames", framesText())
        out += section("Messages", messagesText())
        out += section("Server", serverText())
        out += section("Not forwarded, by the server's reasons", dropsText())
        out += section("Generator", TextTable.wrapped(generator.sentence))
        if let capacity { out += section("Capacity", TextTable.wrapped(capacity.sentence)) }
        out += section("Limits", limitsText())
        if !notes.isEmpty { out += section("Notes", notes.map { TextTable.wrapped($0) }.joined()) }
        return out
    }

    private func section(_ name: String, _ body: String) -> String { body.isEmpty ? "" : "\n\(name)\n\(body)" }

    private static func percentiles(_ rows: [(name: String, times: Distribution)]) -> String {
        guard !rows.isEmpty else { return "" }
        var table = TextTable()
        table.row("", "p50", "p90", "p99", "p99.9", "max", "n")
        for (name, times) in rows {
            let figures = [times.p50, times.p90, times.p99, times.p999, times.max].map(Quantity.milliseconds.text)
            table.row([name] + figures + [Quantity.count.text(Double(times.count))])
        }
        return table.text()
    }

    private func joiningText() -> String {
        guard joins.attempted > 0 else { return "" }
        var out = TextTable.wrapped(joins.sentence)
        out += Self.percentiles(joins.stages)
        var table = TextTable()
        for failure in joins.failures { table.row("failed: \(failure.name)", "\(failure.count)") }
        for loss in joins.disconnects { table.row("lost: \(loss.name)", "\(loss.count)") }
        return out + table.text()
    }

    private func forwardingText() -> String {
        latency.map { Self.percentiles([("Latency", $0)]) } ?? ""
    }

    private func trafficText() -> String {
        let time = seconds > 0 ? seconds : 1
        func row(_ name: String, _ packets: UInt64, _ bytes: UInt64) -> [String] {
            [
                name, Quantity.count.text(Double(packets)), Quantity.packetRate.text(Double(packets) / time),
                Quantity.bitRate.text(Double(bytes) * 8 / time),
            ]
        }
        var table = TextTable()
        table.row("", "packets", "a second", "bits a second")
        table.row(row("Received", traffic.packetsIn, traffic.bytesIn))
        table.row(row("Sent", traffic.packetsOut, traffic.bytesOut))
        var repair = TextTable()
        repair.row("", "clients", "server")
        func counts(_ name: String, _ clients: UInt64, _ server: UInt64) {
            repair.row(name, Quantity.count.text(Double(clients)), Quantity.count.text(Double(server)))
        }
        counts("NACKs sent", traffic.nacksSent, traffic.nacksReceived)
        counts("Packets sent again", traffic.retransmissionsSent, traffic.retransmissionsReceived)
        counts("Keyframes asked for", traffic.keyframeRequestsSent, traffic.keyframeRequestsReceived)
        var loss = ""
        if let before = traffic.lossBeforeRepair, let after = traffic.lossAfterRepair {
            loss = TextTable.wrapped(
                "Loss \(Quantity.percent.text(before)) before repair, \(Quantity.percent.text(after)) after it.")
        }
        if let silence = traffic.silence { loss += TextTable.wrapped(silence) }
        if let socketLoss { loss += TextTable.wrapped(socketLoss) }
        return table.text() + loss + repair.text()
    }

    private func framesText() -> String {
        var table = TextTable()
        for (name, count) in frames.verdicts {
            let share = frames.judged > 0 ? Double(count) / Double(frames.judged) : 0
            table.row(name, Quantity.count.text(Double(count)), Quantity.percent.text(share))
        }
        if let (count, share) = frames.goodVideo { table.row("Complete, of pictures alone", count, share) }
        var out = table.text()
        out += TextTable.wrapped(
            "\(Quantity.counted(frames.freezes, "freeze")), \(Quantity.seconds.text(frames.frozenSeconds)) altogether;"
                + " changes of source or layer: \(frames.switches); frames left out on purpose: \(frames.withheld);"
                + " " + frames.surprisesText)
        return out
    }

    private func messagesText() -> String {
        guard let messages else { return "" }
        var table = TextTable()
        for (name, value) in messages.lines(seconds: seconds) { table.row(name, value) }
        for end in messages.ended { table.row("ended: \(end.name)", Quantity.count.text(Double(end.count))) }
        return Self.percentiles(messages.times) + table.text()
    }

    private func serverText() -> String {
        guard let server else { return "" }
        var table = TextTable()
        for (name, value) in server.lines { table.row(name, value) }
        return table.text()
    }

    private func dropsText() -> String {
        var table = TextTable()
        for drop in drops where drop.count > 0 { table.row(drop.name, Quantity.count.text(Double(drop.count))) }
        return table.text()
    }

    private func limitsText() -> String {
        guard !thresholds.isEmpty else { return "" }
        var table = TextTable()
        for limit in thresholds { table.row(limit.text, limit.measuredText, limit.passed ? "pass" : "FAIL") }
        let failed = thresholds.count { !$0.passed }
        return table.text() + "  \(failed == 0 ? "PASS" : "FAIL: \(failed) of \(thresholds.count) limits")\n"
    }
}

extension LoadReport.Frames {
    /// The verdicts with their names.
    var verdicts: [(name: String, count: UInt64)] {
        [
            ("Complete", complete), ("Late", late), ("Lost", lost), ("Corrupt", corrupt),
            ("Undecodable", undecodable),
        ]
    }

    /// How many pictures were good, and what share of them; `nil` without any.
    var goodVideo: (count: String, share: String)? {
        guard let videoComplete, let goodVideoShare else { return nil }
        return (Quantity.count.text(Double(videoComplete)), Quantity.percent.text(goodVideoShare))
    }
}

extension LoadReport.Server {
    /// What is known, for people.
    var lines: [(name: String, value: String)] {
        func percent(_ value: Double) -> String { Quantity.percent.text(value / 100) + " of a core" }
        func bytes(_ value: UInt64) -> String { Quantity.bytes.text(Double(value)) }
        let all: [(String, String?)] = [
            ("Version", version), ("CPU", cpuPercent.map(percent)), ("CPU, peak", cpuPeakPercent.map(percent)),
            ("CPU a forwarded packet", microsecondsPerPacket.map(Quantity.microseconds.text)),
            ("Packets forwarded", forwardedPackets.map { Quantity.count.text(Double($0)) }),
            ("Memory", memoryBytes.map(bytes)), ("Memory, peak", memoryPeakBytes.map(bytes)),
            ("Threads", threads.map(String.init)),
            ("Dropped at its sockets", socketDrops.map { Quantity.count.text(Double($0)) }),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }
}

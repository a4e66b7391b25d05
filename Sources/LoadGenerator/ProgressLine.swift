internal import LoadMedia
internal import Wire

/// The line that shows a run while it goes on.
enum ProgressLine {
    static func text(_ sample: RunSample, after before: RunSample?, since start: RunSample) -> String {
        let elapsed = Int((sample.time - start.time).seconds.rounded())
        var parts = [
            "\(elapsed) s", "\(sample.present)/\(sample.totals.joins - sample.totals.churned) there",
        ]
        if let before {
            let seconds = max((sample.time - before.time).seconds, 0.001)
            let (now, then) = (sample.figures.transport, before.figures.transport)
            parts.append("in \(rate(now.packetsIn &- min(now.packetsIn, then.packetsIn), seconds)) pkt/s")
            parts.append("\(megabits(now.bytesIn &- min(now.bytesIn, then.bytesIn), seconds)) Mbit/s")
            let expected = max(now.expected, then.expected) - then.expected
            let lost = max(now.lostForGood, then.lostForGood) - then.lostForGood
            parts.append("lost \(percent(lost, of: expected))")
            if let data = sample.data, let earlier = before.data {
                let came = data.ledgers.received &- earlier.ledgers.received
                parts.append("messages \(rate(came, seconds))/s, lost \(data.ledgers.lost)")
            }
            if let look = sample.server, let earlier = before.server {
                let share = Double(look.processNanoseconds - earlier.processNanoseconds) / seconds / 1e7
                parts.append("server \(Int(share.rounded())) % CPU")
            }
            let busiest = zip(sample.threadNanoseconds, before.threadNanoseconds).map { $0 - $1 }.max() ?? 0
            parts.append("generator \(Int((Double(busiest) / seconds / 1e7).rounded())) %")
        }
        if let latency = sample.figures.latency.milliseconds(at: 99) {
            parts.append("latency p99 \(short(latency)) ms")
        }
        let failures = sample.totals.failures.values.reduce(0, +) + sample.totals.losses.values.reduce(0, +)
        if failures > 0 { parts.append("\(failures) failed") }
        return parts.joined(separator: " · ")
    }

    private static func rate(_ count: UInt64, _ seconds: Double) -> Int { Int((Double(count) / seconds).rounded()) }

    private static func megabits(_ bytes: UInt64, _ seconds: Double) -> String {
        short(Double(bytes) * 8 / seconds / 1e6)
    }

    private static func percent(_ part: UInt64, of whole: UInt64) -> String {
        whole == 0 ? "0 %" : "\(short(Double(part) * 100 / Double(whole))) %"
    }

    /// Two digits behind the point at most.
    private static func short(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        return LoadSetting.text(Double(hundredths) / 100)
    }
}

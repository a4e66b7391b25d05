internal import LoadMedia
internal import LoadReport
internal import Wire

/// One second of a report from the looks before and after it.
struct SecondBuilder {
    let before: RunSample
    let now: RunSample
    let start: Timestamp

    var sample: LoadReport.Sample {
        let seconds = max((now.time - before.time).seconds, 0.001)
        let (new, old) = (now.figures.transport, before.figures.transport)
        func rate(_ field: KeyPath<TransportTotals, UInt64>) -> Double {
            // Totals of those who are judged late may shrink by a packet or two.
            Double(max(new[keyPath: field], old[keyPath: field]) - old[keyPath: field]) / seconds
        }
        var sample = LoadReport.Sample(
            second: (now.time - start).seconds, participants: now.present, packetsIn: rate(\.packetsIn),
            packetsOut: rate(\.packetsOut), bitsIn: rate(\.bytesIn) * 8, bitsOut: rate(\.bytesOut) * 8)
        sample.latencyP50 = now.figures.recentLatency.milliseconds(at: 50)
        sample.latencyP99 = now.figures.recentLatency.milliseconds(at: 99)
        sample.latencyMax = now.figures.recentLatency.milliseconds(at: 100)
        let expected = rate(\.expected)
        if expected > 0 { sample.loss = rate(\.lost) / expected }
        if let after = now.server, let earlier = before.server {
            sample.serverCPUPercent = Double(after.processNanoseconds - earlier.processNanoseconds) / seconds / 1e7
            sample.serverMemoryBytes = UInt64(clamping: after.residentBytes)
        }
        sample.generatorCPUPercent = Double(now.processNanoseconds - before.processNanoseconds) / seconds / 1e7
        let freezes = now.figures.media.video.freezes
        sample.freezes = max(freezes, before.figures.media.video.freezes) - before.figures.media.video.freezes
        if let data = now.data, let earlier = before.data {
            sample.messagesIn = Double(data.ledgers.received &- earlier.ledgers.received) / seconds
            sample.messagesOut = Double(data.sent &- earlier.sent) / seconds
        }
        return sample
    }
}

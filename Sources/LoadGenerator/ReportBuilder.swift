internal import Foundation
internal import LinuxSystem
internal import LoadMedia
internal import LoadReport
internal import Wire

/// Makes a report of what a run recorded.
struct ReportBuilder {
    let settings: LoadSettings
    let record: RunRecord
    let startedAt: Date
    var limits: [Threshold] = []

    private var first: RunSample { record.samples[0] }
    /// The last look, after everybody had left: totals of all stays.
    private var last: RunSample { record.samples[record.samples.count - 1] }
    /// The stretch in which everybody was there: where rates are measured.
    private var steady: (RunSample, RunSample) {
        let end = record.samples[record.lastFull]
        let begin = record.samples[min(record.firstFull, max(0, record.lastFull - 1))]
        return (begin, end)
    }

    /// The sample from which on drops and packets count: the first, or where only the steady stretch is measured that one's.
    private var windowBegin: RunSample { record.window == .whole ? first : steady.0 }
    /// The totals of media that do not count: those of joining, where only the steady stretch is measured.
    private var figuresBefore: LoopFigures { record.window == .whole ? LoopFigures() : steady.0.figures }
    /// The media that counts.
    private var media: MediaTotals { last.figures.media.since(figuresBefore.media) }

    func report() -> LoadReport {
        var report = LoadReport(
            title: title, startedAt: startedAt, seconds: (last.time - windowBegin.time).seconds, scenario: scenario,
            machine: Machine.current, joins: joins, latency: last.figures.latency.distribution, traffic: traffic,
            frames: frames, messages: messages, server: server, generator: generator, samples: samples, drops: drops)
        report.thresholds = limits.map { $0.verdict(on: report) }
        report.notes = notes
        let unknown = report.thresholds.filter { $0.measured == nil }.map(\.text)
        if !unknown.isEmpty {
            report.notes.append(
                "There is no figure for these limits, so they did not hold: \(unknown.joined(separator: ", ")).")
        }
        return report
    }

    private var title: String {
        let rooms = settings.whole("rooms") ?? 1
        let people = (settings.whole("publishers") ?? 0, settings.whole("subscribers") ?? 0)
        return "\(settings.text("scenario")): \(rooms) room\(rooms == 1 ? "" : "s") with \(people.0) sending and "
            + "\(people.1) watching"
    }

    private var scenario: LoadReport.Scenario {
        let all = LoadSetting.all.flatMap(\.settings)
        // No key and no file name is anybody's business who reads the report.
        let hidden: Set = ["api-key", "json", "html", "quiet"]
        let settings = all.filter { !hidden.contains($0.name) && !self.settings.text($0.name).isEmpty }
        return LoadReport.Scenario(
            name: self.settings.text("scenario"), settings: settings.map { .init($0.name, self.settings.text($0.name)) }
        )
    }

    private var joins: LoadReport.Joins {
        let totals = last.totals
        let stages = last.figures.joins
        return LoadReport.Joins(
            attempted: UInt64(totals.joins), succeeded: UInt64(totals.connected),
            failures: Self.counts(totals.failures), cutOff: UInt64(totals.cutOff),
            churned: UInt64(totals.churned), disconnects: Self.counts(totals.losses),
            webSocket: stages.webSocket.distribution, answer: stages.answer.distribution, ice: stages.ice.distribution,
            dtls: stages.dtls.distribution, firstPacket: stages.firstPacket.distribution,
            firstKeyframe: stages.firstKeyframe.distribution)
    }

    private var traffic: LoadReport.Traffic {
        let totals = last.figures.transport.since(figuresBefore.transport)
        var traffic = LoadReport.Traffic()
        traffic.packetsOut = totals.packetsOut
        traffic.bytesOut = totals.bytesOut
        traffic.packetsIn = totals.packetsIn
        traffic.bytesIn = totals.bytesIn
        traffic.expected = totals.expected
        traffic.lostBeforeRepair = totals.lost
        traffic.lostAfterRepair = totals.lostForGood
        traffic.nacksSent = totals.nacksSent
        traffic.nacksReceived = totals.nacksReceived
        traffic.retransmissionsReceived = totals.retransmissionsReceived
        traffic.retransmissionsSent = totals.retransmissionsSent
        traffic.keyframeRequestsSent = totals.keyframeRequestsSent
        traffic.keyframeRequestsReceived = totals.keyframeRequestsReceived
        traffic.silentSlots = media.silences
        traffic.strays = totals.strays &+ totals.undecipherable
        return traffic
    }

    private var frames: LoadReport.Frames {
        let media = media
        let all = media.all
        var frames = LoadReport.Frames()
        frames.sent = media.framesSent
        frames.complete = all.complete
        frames.lost = all.lost
        frames.late = all.late
        frames.corrupt = all.corrupt
        frames.undecodable = all.undecodable
        frames.videoJudged = media.video.frames
        frames.videoComplete = media.video.complete
        frames.keyframes = all.keyframes
        frames.withheld = all.withheld
        frames.switches = all.sourceChanges &+ all.layerSwitches
        frames.surprises = all.surprises
        let kinds = all.surpriseKinds.filter { $0.count > 0 }.map { LoadReport.NamedCount($0.name, $0.count) }
        frames.surpriseKinds = kinds.isEmpty ? nil : kinds
        frames.freezes = all.freezes
        frames.frozenSeconds = all.frozen.seconds
        return frames
    }

    private var messages: LoadReport.Messages? {
        guard let all = last.data else { return nil }
        let data = record.window == .whole ? all : all.since(steady.0.data ?? DataFigures())
        var messages = LoadReport.Messages()
        messages.associations = data.associations
        messages.opened = data.opened
        messages.ended = Self.counts(data.ended)
        messages.sent = data.sent
        messages.bytesOut = data.bytesOut
        messages.refused = data.refused
        messages.leftOut = data.leftOut
        messages.bytesIn = data.bytesIn
        messages.received = data.ledgers.received
        messages.expected = data.ledgers.expected
        messages.lost = data.ledgers.lost
        messages.disordered = data.ledgers.disordered
        messages.duplicates = data.ledgers.duplicates
        messages.corrupt = data.corrupt
        messages.misdirected = data.misdirected
        messages.latency = data.latency.distribution
        messages.opening = data.opening.distribution
        return messages
    }

    private var server: LoadReport.Server? {
        guard record.status != nil || last.server != nil else { return nil }
        var server = LoadReport.Server()
        server.version = record.status?.version
        let (begin, end) = steady
        server.forwardedPackets = end.figures.transport.packetsIn &- begin.figures.transport.packetsIn
        guard let before = begin.server, let after = end.server else { return server }
        let seconds = max((end.time - begin.time).seconds, 0.001)
        let nanoseconds = Double(after.processNanoseconds - before.processNanoseconds)
        server.cpuPercent = nanoseconds / seconds / 1e7
        server.cpuPeakPercent = fullSeconds.compactMap { before, now in
            SecondBuilder(before: before, now: now, start: first.time).sample.serverCPUPercent
        }.max()
        server.memoryBytes = UInt64(clamping: after.residentBytes)
        server.memoryPeakBytes = UInt64(clamping: after.peakBytes)
        server.threads = after.threads
        if let packets = server.forwardedPackets, packets > 0 {
            server.microsecondsPerPacket = nanoseconds / 1_000 / Double(packets)
        }
        if let drops = after.socketDrops, let earlier = windowBegin.server?.socketDrops {
            server.socketDrops = UInt64(clamping: drops - earlier)
        }
        return server
    }

    private var generator: LoadReport.Generator {
        let (begin, end) = steady
        let nanoseconds = max((end.time - begin.time).nanoseconds, 1)
        func percent(_ used: Int64) -> Double { Double(used) * 100 / Double(nanoseconds) }
        let threads = zip(end.threadNanoseconds, begin.threadNanoseconds).map { percent($0 - $1) }
        return LoadReport.Generator(
            cpuPercent: percent(end.processNanoseconds - begin.processNanoseconds), busiestThreadPercent: threads.max(),
            busiestSignalingPercent: busiestPercent(\.signalingNanoseconds),
            busiestDataPercent: last.data == nil ? nil : busiestPercent(\.dataNanoseconds),
            rampLateness: last.totals.rampLateness.seconds * 1_000, unasked: UInt64(record.unasked),
            lateness: last.figures.lateness.distribution,
            socketDrops: end.figures.socketDrops &- windowBegin.figures.socketDrops,
            messagesLeftOut: messages?.leftOut,
            sendErrors: last.figures.sendErrors &+ last.figures.transport.overflows &- figuresBefore.sendErrors
                &- figuresBefore.transport.overflows)
    }

    /// Of a thread's busiest second: people join at the beginning, so that an average over the run would hide how busy it is then.
    private func busiestPercent(_ time: KeyPath<RunSample, Int64>) -> Double? {
        fullSeconds.map { before, now in
            Double(now[keyPath: time] - before[keyPath: time]) * 100 / Double((now.time - before.time).nanoseconds)
        }.max()
    }

    /// The looks in pairs, without those between which there was but a moment, as before the last: of that nothing can be said.
    private var fullSeconds: [(before: RunSample, now: RunSample)] {
        zip(record.samples, record.samples.dropFirst()).prefix(record.lastFull)
            .filter { before, now in now.time - before.time >= .milliseconds(500) }
            .map { (before: $0, now: $1) }
    }

    private var samples: [LoadReport.Sample] {
        zip(record.samples, record.samples.dropFirst()).prefix(record.lastFull).map { before, now in
            SecondBuilder(before: before, now: now, start: first.time).sample
        }
    }

    private var drops: [LoadReport.NamedCount] { Self.counts(record.drops.counts.mapValues { Int(clamping: $0) }) }

    private var notes: [String] {
        var notes: [String] = []
        let totals = last.totals
        for word in totals.sentences.keys.sorted() { notes.append("\(word): \(totals.sentences[word] ?? "")") }
        if let note = threadNote { notes.append(note) }
        let skipped = media.framesSkipped
        if skipped > 0 {
            notes.append("Frames that the generator left out because it came too late for them: \(skipped).")
        }
        if let note = record.drops.note { notes.append(note) }
        if let leak = record.leak { notes.append(leak) }
        if record.isInterrupted { notes.append("The run was interrupted.") }
        return notes
    }

    /// How busy each of the server's media threads was, in per cent of the steady stretch.
    var serverThreads: [(name: String, percent: Int64)] {
        let (begin, end) = steady
        guard let before = begin.server, let after = end.server else { return [] }
        let nanoseconds = max((end.time - begin.time).nanoseconds, 1)
        return after.mediaNanoseconds.keys.sorted().map { name in
            let used = (after.mediaNanoseconds[name] ?? 0) - (before.mediaNanoseconds[name] ?? 0)
            return (name, used * 100 / nanoseconds)
        }
    }

    private var threadNote: String? {
        let threads = serverThreads.map { "\($0.name) \($0.percent) %" }
        return threads.isEmpty ? nil : "The server's media threads were busy: \(threads.joined(separator: ", "))."
    }

    private static func counts(_ counts: [String: Int]) -> [LoadReport.NamedCount] {
        counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { .init($0.key, UInt64(max(0, $0.value))) }
    }
}

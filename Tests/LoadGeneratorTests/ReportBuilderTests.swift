import LoadReport
import NIOPosix
import Testing
import Wire

@testable import LoadGenerator

@Suite("From a record to a report")
struct ReportBuilderTests {
    @Test("rates are those of the stretch that is measured")
    func rates() throws {
        var record = SampleRecord.make()
        for second in 4...10 { record.samples[second].figures.transport.packetsIn = UInt64(second - 4) * 1_000 }
        let whole = try SampleRecord.report(record)
        #expect(whole.seconds == 10 && Metric.named("packets-in")?.value(whole) == 600)
        record.window = .steady
        let steady = try SampleRecord.report(record)
        #expect(steady.seconds == 6 && Metric.named("packets-in")?.value(steady) == 1_000)
    }

    @Test("the peak of the processor is that of a second, and not of the moment before the end")
    func peak() throws {
        var record = SampleRecord.make()
        for second in 0...10 {
            record.samples[second].server = ServerProbe.Look(processNanoseconds: Int64(second) * 200_000_000)
        }
        record.samples[9].time = SampleRecord.start + .milliseconds(8_050)
        record.samples[9].server?.processNanoseconds = 8 * 200_000_000 + 100_000_000
        let server = try #require(try SampleRecord.report(record).server)
        #expect(abs(try #require(server.cpuPeakPercent) - 20) < 0.01)
    }

    @Test("what happened while people joined does not count where only the time after that is measured")
    func window() throws {
        var record = SampleRecord.make()
        for second in 0...10 {
            // Three of everything by the fourth second, five by the end.
            let count: UInt64 = second < 4 ? 0 : second < 9 ? 3 : 5
            record.samples[second].figures.media.silences = count
            record.samples[second].figures.media.framesSkipped = count
            record.samples[second].figures.media.video.complete = count * 100
            record.samples[second].figures.media.video.corrupt = count
            record.samples[second].figures.media.video.freezes = count
            record.samples[second].figures.media.video.frozen = .seconds(Int64(count))
            record.samples[second].figures.sendErrors = count
            var data = DataFigures()
            data.sent = count
            data.ledgers.lost = count
            data.opened = count
            record.samples[second].data = data
        }
        for (window, count, opened) in [(LoadRun.Window.whole, UInt64(5), UInt64(5)), (.steady, 2, 5)] {
            record.window = window
            let report = try SampleRecord.report(record)
            #expect(report.traffic.silentSlots == count && report.generator.sendErrors == count)
            #expect(report.frames.complete == count * 100 && report.frames.corrupt == count)
            #expect(report.frames.freezes == count && report.frames.frozenSeconds == Double(count))
            #expect(report.messages?.sent == count && report.messages?.lost == count && report.messages?.opened == opened)
            #expect(report.notes.contains { $0.hasSuffix("too late for them: \(count).") })
        }
    }

    @Test("a generator whose signalling was busy while people joined was a bottleneck, however idle it was later")
    func signaling() throws {
        var record = SampleRecord.make()
        for second in 2...10 { record.samples[second].signalingNanoseconds = 950_000_000 }
        let busy = try SampleRecord.report(record).generator
        #expect(busy.isSaturated && busy.sentence.contains("its signalling thread was busy 95.0 % of a second"))
        for second in 2...10 { record.samples[second].signalingNanoseconds = 800_000_000 }
        #expect(try SampleRecord.report(record).generator.isSaturated == false)
    }

    @Test("so was one whose data channels' thread was, and one that left messages out")
    func data() throws {
        var record = SampleRecord.make()
        for second in 2...10 {
            record.samples[second].dataNanoseconds = 950_000_000
            record.samples[second].data = DataFigures()
        }
        let busy = try SampleRecord.report(record).generator
        #expect(busy.isSaturated && busy.sentence.contains("its data channels' thread was busy 95.0 % of a second"))
        for second in 2...10 { record.samples[second].dataNanoseconds = 0 }
        #expect(try SampleRecord.report(record).generator.isSaturated == false)
        record.samples[10].data?.leftOut = 7
        let late = try SampleRecord.report(record)
        #expect(late.generator.sentence.contains("7 messages came too late to be sent") && late.messages?.leftOut == 7)
        #expect(late.text().contains("Not sent, the generator was late"))
    }

    @Test("messages that are late by more than a second are left out and counted, where there is somebody to write to")
    func pace() {
        let start = SampleRecord.start
        var pace = MessagePace()
        #expect(pace.leaveOut(at: start, every: .milliseconds(100)) == 0)
        pace.nextDue = start
        #expect(pace.leaveOut(at: start + .seconds(1), every: .milliseconds(100)) == 0 && pace.nextDue == start)
        #expect(pace.leaveOut(at: start + .milliseconds(2_050), every: .milliseconds(100)) == 20)
        #expect(pace.nextDue == start + .milliseconds(2_050))
        pace.wait(at: start + .seconds(60))
        #expect(pace.leaveOut(at: start + .seconds(60), every: .milliseconds(100)) == 0)
        pace.nextDue = start + .seconds(61)
        pace.wait(at: start + .seconds(60))
        #expect(pace.nextDue == start + .seconds(61))
    }

    @Test("a ramp that was not kept is said, and so are those who were never asked")
    func ramp() throws {
        let journal = RunJournal(patience: .seconds(5))
        journal.noteJoin(0, at: SampleRecord.start + .milliseconds(400), due: SampleRecord.start)
        journal.noteJoin(1_000_000, at: SampleRecord.start + .seconds(9))
        var record = SampleRecord.make()
        record.samples[10].totals = journal.now
        #expect(try SampleRecord.report(record).generator.isSaturated == false)
        journal.noteJoin(1, at: SampleRecord.start + .milliseconds(1_500), due: SampleRecord.start)
        record.samples[10].totals = journal.now
        #expect(try SampleRecord.report(record).generator.sentence.contains("joins began up to 1.50 s late"))
        record.unasked = 3
        let report = try SampleRecord.report(record)
        #expect(report.generator.sentence.contains("3 participants could not be asked to join in time"))
        #expect(CapacityFinder.reasons(report, busiest: nil).contains("participants that were never asked to join: 3"))
    }

    @Test("whose sockets overflowed is not said of a server whose sockets are not known", arguments: [
        (Int64?.none, Int64?.none), (nil, 0), (0, nil), (3, 3), (3, 5),
    ])
    func serverSockets(before: Int64?, after: Int64?) throws {
        var record = SampleRecord.make()
        for second in 0...10 {
            record.samples[second].server = ServerProbe.Look(socketDrops: second == 9 ? after : before)
        }
        record.samples[10].figures.transport.expected = 1_000
        record.samples[10].figures.transport.lost = 10
        let report = try SampleRecord.report(record)
        let known = before.flatMap { before in after.map { UInt64($0 - before) } }
        #expect(report.server?.socketDrops == known)
        let sentence = try #require(report.socketLoss)
        #expect(sentence.contains("neither the server's") == (known == 0))
        #expect(sentence.contains("the server's were not looked at") == (known == nil))
    }

    @Test("the thread of the WebSockets is found by its name")
    func eventLoop() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        try await group.next().submit {}.get()
        let names = ThreadTimes.all(of: CurrentProcess.identifier).values.map(\.name)
        #expect(names.contains { $0.hasPrefix(LoadRun.eventLoopName) }, "\(names)")
        try await group.shutdownGracefully()
    }
}

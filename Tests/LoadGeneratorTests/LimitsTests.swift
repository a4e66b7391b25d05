import LoadMedia
import LoadReport
import Testing

@testable import LoadGenerator

@Suite("Limits of a run")
struct LimitsTests {
    private func check(_ arguments: String...) -> String? {
        do {
            _ = try LoadTest(try LoadSettings(arguments: arguments))
            return nil
        } catch { return "\(error)" }
    }

    @Test("limits on what nobody will look at are refused", arguments: [
        "--max-corrupt=0", "--max-freezes=0", "--min-complete=90", "--max-latency-p99=20", "--limit=surprises<=0",
        "--limit=keyframe-p99<1s", "--limit=good-video>90%",
    ])
    func unverified(limit: String) throws {
        let sentence = try #require(check("--verified=0", limit))
        #expect(sentence.hasPrefix("--verified 0: "))
        #expect(check("--verified=10", limit) == nil)
        #expect(check("--verified=0", "--max-loss=1", "--max-join-failures=0") == nil)
    }

    @Test("a judged run fails when sessions are lost, unless a limit says how many may be", arguments: [
        ([], true), (["--max-loss=1"], false), (["--max-join-failures=0"], false), (["--max-loss=1", "--limit=disconnects<=2"], true),
        (["--limit=disconnects<2"], false),
    ])
    func lostSessions(arguments: [String], passes: Bool) throws {
        var record = SampleRecord.make()
        record.samples[10].figures.transport.expected = 1_000
        record.samples[10].totals.losses = ["closed": 2]
        let settings = try LoadSettings(arguments: arguments)
        let builder = ReportBuilder(
            settings: settings, record: record, startedAt: .distantPast, limits: Limits.judging(settings))
        #expect(builder.report().passed == passes)
        record.samples[10].totals.losses = [:]
        let calm = ReportBuilder(
            settings: settings, record: record, startedAt: .distantPast, limits: Limits.judging(settings))
        #expect(calm.report().passed)
    }

    @Test("pictures are counted apart from sound, and what came of neither holds no limit")
    func pictures() throws {
        var record = SampleRecord.make()
        var report = try SampleRecord.report(record, limits: ["corrupt<=0", "freezes<=0"])
        #expect(!report.passed)
        #expect(report.notes.contains { $0.contains("no figure for these limits") && $0.contains("frames-corrupt <= 0") })
        record.samples[10].figures.media.audio.complete = 900
        record.samples[10].figures.media.video.complete = 60
        record.samples[10].figures.media.video.lost = 20
        record.samples[10].figures.media.video.undecodable = 20
        report = try SampleRecord.report(record, limits: ["good-frames>=95%", "good-video>=61%", "freezes<=0"])
        #expect(report.thresholds.map(\.passed) == [true, false, true])
        #expect(report.frames.goodVideoShare == 0.6)
    }
}

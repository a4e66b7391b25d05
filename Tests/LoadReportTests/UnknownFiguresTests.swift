import LoadReport
import Testing

@Suite("Figures that nobody knows")
struct UnknownFiguresTests {
    private func limits(_ texts: String...) throws -> [Threshold] { try texts.map(Threshold.init(parsing:)) }

    @Test("no limit on frames holds when none was judged")
    func nothingJudged() throws {
        var report = SampleReport.make()
        report.frames = LoadReport.Frames()
        report.judge(
            by: try limits(
                "corrupt<=0", "freezes<=0", "frozen<=0s", "surprises<=0", "frames-lost<=0", "late<=0", "undecodable<=0",
                "good-frames>=0%", "good-video>=0%"))
        #expect(report.thresholds.allSatisfy { !$0.passed && $0.measuredText == "not measured" })
    }

    @Test("sound alone says nothing of pictures")
    func soundOnly() throws {
        var report = SampleReport.make()
        report.frames.videoJudged = 0
        report.frames.videoComplete = 0
        report.frames.freezes = 0
        report.judge(by: try limits("freezes<=0", "good-video>=0%", "corrupt<=0"))
        #expect(report.thresholds.map(\.passed) == [false, false, true])
    }

    @Test("the share of good pictures stands beside that of all frames")
    func pictures() throws {
        var report = SampleReport.make()
        report.frames.videoJudged = 2_000
        report.frames.videoComplete = 1_500
        report.judge(by: try limits("good-video>=75%", "good-video>75%", "good-frames>=99%"))
        #expect(report.thresholds.map(\.passed) == [true, false, true])
        for text in [report.text(), report.html()] {
            #expect(text.contains("Complete, of pictures alone") && text.contains("1,500") && text.contains("75.0 %"))
        }
        #expect(String(decoding: report.json(), as: UTF8.self).contains("\"videoComplete\" : 1500"))
    }
}

import LoadReport
import Testing

@Suite struct ThresholdTests {
    @Test(arguments: [
        ("p99<5ms", "latency-p99", 5.0), ("p99.9 <= 0.25s", "latency-p99.9", 250), ("P50<800us", "latency-p50", 0.8),
        ("loss<0.1%", "loss", 0.001), ("freezes<1", "freezes", 1), ("bits-in>100Mbit/s", "bits-in", 1e8),
        ("memory<=200MB", "server-memory", 2e8), ("cpu<80%", "server-cpu", 0.8),
        ("cpu-per-packet<4.2µs", "cpu-per-packet", 4.2), ("packets-in>=20k/s", "packets-in", 20_000),
    ])
    func isRead(text: String, metric: String, limit: Double) throws {
        let threshold = try Threshold(parsing: text)
        #expect(threshold.metric.name == metric && abs(threshold.limit - limit) < limit * 1e-9)
    }

    @Test func errorsSayWhatToDo() {
        func error(_ text: String) -> Threshold.ParseError? {
            do throws(Threshold.ParseError) {
                _ = try Threshold(parsing: text)
                return nil
            } catch { return error }
        }
        #expect(error("p99") == .noComparison("p99"))
        #expect(error("") == .noComparison(""))
        #expect(error("speed<3") == .unknownMetric("speed"))
        #expect(error("speed<3")?.description.contains("latency-p99") == true)
        #expect(error("p99<") == .notANumber(""))
        #expect(error("p99<fast") == .notANumber("fast"))
        #expect(error("p99<5")?.description == "latency-p99 needs a unit: one of ms, us, µs, s, ns, min.")
        #expect(error("loss<1ms")?.description == "loss is not measured in “ms”: use one of %.")
        #expect(error("p99<1e400ms") != nil)
    }

    @Test func verdicts() throws {
        var report = SampleReport.make()
        report.judge(by: try ["freezes<=4", "freezes<4", "freezes>3", "freezes>=5"].map(Threshold.init(parsing:)))
        #expect(report.thresholds.map(\.passed) == [true, false, true, false])
        #expect(!report.passed)
        // What was not measured does not pass.
        report.server = nil
        report.judge(by: [try Threshold(parsing: "cpu-per-packet<10us")])
        #expect(!report.passed && report.thresholds[0].measuredText == "not measured")
        report.judge(by: [])
        #expect(report.passed)
    }

    @Test("a count and a number of bytes are held against the limit as what they are")
    func wholeNumbers() throws {
        var report = SampleReport.make()
        report.traffic.silentSlots = 2
        report.judge(by: try ["silent-slots<=1", "silent-slots<=2"].map(Threshold.init(parsing:)))
        #expect(report.thresholds.map(\.passed) == [false, true] && report.thresholds[0].measured == 2)
        report.server?.memoryPeakBytes = 200_000_001
        report.judge(by: [try Threshold(parsing: "memory<=200MB")])
        #expect(!report.passed && report.thresholds[0].measured == 200_000_001)
    }
}

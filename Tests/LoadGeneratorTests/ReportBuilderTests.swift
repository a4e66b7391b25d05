import LoadReport
import Testing

@testable import LoadGenerator

@Suite("From a record to a report")
struct ReportBuilderTests {
    @Test("rates are those of the stretch that is measured")
    func rates() throws {
        var record = SampleRecord.make()
        for second in 4...10 { record.samples[second].figures.transport.packetsIn = UInt64(second - 4) * 1_000 }
        let whole = try SampleRecord.report(record)
        #expect(whole.seconds == 10 && Metric.named("packets-in")?.value(whole) == 600)
        record.baseline = TransportTotals()
        let steady = try SampleRecord.report(record)
        #expect(steady.seconds == 6 && Metric.named("packets-in")?.value(steady) == 1_000)
    }
}

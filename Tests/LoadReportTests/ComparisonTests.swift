import Foundation
import LoadReport
import Testing

@Suite struct ComparisonTests {
    private func verdict(_ comparison: Comparison, _ metric: String) -> Comparison.Verdict? {
        comparison.changes.first { $0.metric == metric }?.verdict
    }

    @Test func sameReportIsTheSame() {
        let comparison = Comparison(SampleReport.make(), SampleReport.make())
        #expect(comparison.changes.allSatisfy { $0.verdict == .same })
        #expect(comparison.warnings.isEmpty && !comparison.hasRegression)
    }

    @Test func worseAndBetterAreTold() throws {
        let before = SampleReport.make()
        var after = SampleReport.make(scale: 1.5)
        after.frames.freezes = 1
        after.traffic.packetsIn *= 2
        let comparison = Comparison(before, after)
        #expect(verdict(comparison, "latency-p99") == .worse)
        #expect(verdict(comparison, "cpu-per-packet") == .worse)
        #expect(verdict(comparison, "freezes") == .better)
        #expect(verdict(comparison, "packets-in") == .better)
        #expect(verdict(comparison, "websocket-p50") == .same)
        let change = try #require(comparison.changes.first { $0.metric == "cpu-per-packet" })
        #expect(abs((change.percent ?? 0) - 50) < 0.01)
        #expect(comparison.hasRegression)
        #expect(Comparison(after, before).changes(.better).contains { $0.metric == "latency-p99" })
        let text = comparison.text()
        #expect(text.contains("Worse") && text.contains("+50.0 %"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func noiseIsNothing() {
        let before = SampleReport.make()
        var after = before
        after.server?.microsecondsPerPacket = 4.31 * 1.04
        after.traffic.keyframeRequestsSent += 3
        #expect(!Comparison(before, after).hasRegression)
        #expect(Comparison(before, after, marginPercent: 2).hasRegression)
    }

    @Test func whatOneOfThemHasIsIncomparable() {
        let before = SampleReport.make()
        var after = before
        after.server = nil
        after.scenario.settings[1].value = "8"
        after.machine.cores = 2
        let comparison = Comparison(before, after)
        #expect(verdict(comparison, "cpu-per-packet") == .incomparable)
        #expect(comparison.warnings.count == 2 && comparison.warnings[0] == "--rooms was 4 and is 8.")
    }

    @Test func jsonNamesTheVerdicts() throws {
        let comparison = Comparison(SampleReport.make(), SampleReport.make(scale: 2))
        #expect(try JSONDecoder().decode(Comparison.self, from: comparison.json()) == comparison)
        #expect(String(decoding: comparison.json(), as: UTF8.self).contains("\"verdict\" : \"worse\""))
    }
}

import Foundation
import Testing

@testable import LoadReport

@Suite struct PresentationTests {
    private static let hostile = "<script>alert('x')</script>\"&\u{1B}[31m\u{202E}"

    /// A report in which every string is hostile.
    private func hostileReport() -> LoadReport {
        var report = SampleReport.make()
        let text = Self.hostile
        report.title = text
        report.scenario = .init(name: text, settings: [.init(text, text)])
        report.machine.cpuModel = text
        report.machine.kernel = text
        report.joins.failures = [.init(text, 1)]
        report.joins.disconnects = [.init(text, 1)]
        report.server?.version = text
        report.drops = [.init(text, 5)]
        report.notes = [text]
        report.messages?.ended = [.init(text, 1)]
        report.thresholds[0].text = text
        var search = CapacitySearch(unit: text, start: 1, maximum: 4, retries: 0)
        search.record(passed: false, failed: [text])
        report.capacity = search.result
        return report
    }

    @Test func htmlEscapesWhatComesFromOutside() {
        let html = hostileReport().html()
        #expect(!html.contains("<script") && !html.contains("alert('x')") && !html.contains("\u{1B}"))
        #expect(!html.contains("\u{202E}"))
        #expect(html.components(separatedBy: "&lt;script&gt;").count > 12)
    }

    @Test func htmlNeedsNothingElse() {
        let html = SampleReport.make().html()
        for word in ["http://", "https://", "src=", "@import", "url(", "<link", "<script"] {
            let body = html.replacingOccurrences(of: "http://localhost:8080", with: "")
            #expect(!body.contains(word), "\(word)")
        }
        #expect(html.components(separatedBy: "<figure>").count == 6)
        var report = SampleReport.make()
        report.messages = nil
        #expect(report.html().components(separatedBy: "<figure>").count == 5 && !report.html().contains("Messages"))
        #expect(html.contains("Fail · 1 of 5"))
    }

    @Test func emptyReportsHaveAPageToo() {
        let report = LoadReport(
            title: "Nothing", startedAt: Date(timeIntervalSince1970: 0), seconds: 0, scenario: .init(name: "none"),
            machine: .init(cores: 1, cpuModel: "", kernel: ""))
        #expect(report.html().hasSuffix("</html>\n"))
        #expect(report.text().contains("Nothing"))
        var odd = SampleReport.make()
        for index in odd.samples.indices {
            odd.samples[index].packetsIn = [.nan, .infinity, -1, 1e300][index % 4]
            odd.samples[index].second = index % 5 == 0 ? .nan : Double(index)
        }
        #expect(odd.html().hasSuffix("</html>\n"))
    }

    @Test func textFitsATerminal() {
        for report in [SampleReport.make(), hostileReport()] {
            let text = report.text()
            #expect(!text.contains("\u{1B}"))
            for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        }
        let text = SampleReport.make().text()
        #expect(text.contains("FAIL: 1 of 5 limits") && text.contains("19 of 20 joins succeeded"))
    }

    @Test func messagesAreShown() {
        for text in [SampleReport.make().text(), SampleReport.make().html()] {
            for part in ["Message latency", "19 of 20", "3 of 11,400", "Out of order", "Misdirected", "did not come up"] {
                #expect(text.contains(part), "\(part)")
            }
        }
        var report = SampleReport.make()
        report.messages = nil
        #expect(!report.text().contains("Message"))
    }

    @Test(arguments: [
        (Quantity.milliseconds, 0.0123, "12.3 µs"), (.milliseconds, 5, "5.00 ms"), (.milliseconds, 1_234, "1.23 s"),
        (.percent, 0.00004, "0.004 %"), (.percent, 1, "100 %"), (.percent, 0, "0 %"), (.percent, 1e-9, "<0.001 %"),
        (.count, 1_234_567, "1,234,567"), (.bytes, 74_500_000, "74.5 MB"), (.bitRate, 388e6, "388 Mbit/s"),
        (.packetRate, 46_872.4, "46.9 k/s"), (.microseconds, 4.314, "4.31 µs"), (.count, -1_000, "-1,000"),
        (.count, .nan, "–"),
    ])
    func quantitiesAreReadable(quantity: Quantity, value: Double, text: String) {
        #expect(quantity.text(value) == text)
    }

    @Test func generatorSaysWhenItWasTheBottleneck() {
        #expect(!LoadReport.Generator(cpuPercent: 90, busiestThreadPercent: 60).isSaturated)
        let busy = LoadReport.Generator(busiestThreadPercent: 97, socketDrops: 3)
        #expect(busy.isSaturated && busy.sentence.contains("97.0 %") && busy.sentence.contains("dropped 3"))
    }

    @Test("says whose sockets lost packets, and that it was neither's", arguments: [
        (UInt64(0), UInt64?.some(0), "neither the server's nor the generator's"),
        (0, 359_536, "the server's dropped 359,536 datagrams, the generator's dropped nothing"),
        (1, 0, "the server's dropped nothing, the generator's dropped 1 datagram."),
        (2, nil, "the server's were not looked at, the generator's dropped 2 datagrams."),
    ])
    func socketLoss(own: UInt64, server: UInt64?, words: String) throws {
        var report = SampleReport.make()
        report.generator = LoadReport.Generator(socketDrops: own)
        report.server?.socketDrops = server
        try #require(report.traffic.lossBeforeRepair ?? 0 > 0)
        #expect(try #require(report.socketLoss).contains(words))
        // The terminal's lines are 80 characters.
        #expect(report.text().split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(words))
        // Where nothing was lost, nothing is to be explained.
        report.traffic = LoadReport.Traffic()
        #expect((report.socketLoss == nil) == (own == 0 && server ?? 0 == 0))
    }

    /// For looking at the page: writes it where ROOST_REPORT_PAGE says.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["ROOST_REPORT_PAGE"] != nil))
    func writePage() throws {
        let path = ProcessInfo.processInfo.environment["ROOST_REPORT_PAGE"] ?? ""
        try SampleReport.make().html().write(toFile: path, atomically: true, encoding: .utf8)
        print(SampleReport.make().text())
    }
}

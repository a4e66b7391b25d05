import Foundation
import LoadReport
import Testing

@Suite struct ReportJSONTests {
    @Test func readsWhatItWrote() throws {
        let report = SampleReport.make()
        #expect(try LoadReport(json: report.json()) == report)
        #expect(try LoadReport(json: report.json()).json() == report.json())
    }

    /// The names that other programs rely on: a change of these is a new version.
    @Test func namesAreStable() throws {
        let golden = """
            {"format": "roost-load-report", "version": 1, "title": "t", "startedAt": "2026-09-21T13:46:40Z", "seconds": 5,
             "scenario": {"name": "meeting", "settings": [{"name": "rooms", "value": "2"}]},
             "machine": {"cores": 2, "cpuModel": "c", "kernel": "k"},
             "joins": {"attempted": 1, "succeeded": 0, "failures": [{"name": "room_full", "count": 1}], "churned": 0,
                       "disconnects": []},
             "latency": {"count": 1, "min": 0.5, "mean": 0.5, "p50": 0.5, "p90": 0.5, "p99": 0.5, "p999": 0.5, "max": 0.5,
                         "curve": [{"percent": 100, "value": 0.5}]},
             "traffic": {"packetsOut": 1, "bytesOut": 2, "packetsIn": 3, "bytesIn": 4, "expected": 5, "lostBeforeRepair": 6,
                         "lostAfterRepair": 7, "nacksSent": 8, "nacksReceived": 9, "retransmissionsReceived": 10,
                         "retransmissionsSent": 11, "keyframeRequestsSent": 12, "keyframeRequestsReceived": 13, "strays": 14},
             "frames": {"sent": 1, "complete": 2, "lost": 3, "late": 4, "corrupt": 5, "undecodable": 6, "keyframes": 7,
                        "withheld": 8, "switches": 9, "surprises": 10, "freezes": 11, "frozenSeconds": 1.5},
             "messages": {"associations": 1, "opened": 2, "ended": [{"name": "e", "count": 3}], "sent": 4, "bytesOut": 5,
                          "refused": 6, "received": 7, "bytesIn": 8, "expected": 9, "lost": 10, "disordered": 11,
                          "duplicates": 12, "corrupt": 13, "misdirected": 14},
             "generator": {"socketDrops": 0, "sendErrors": 0, "isSaturated": false, "sentence": "s"},
             "samples": [{"second": 1, "participants": 2, "packetsIn": 3, "packetsOut": 4, "bitsIn": 5, "bitsOut": 6,
                          "messagesIn": 7, "messagesOut": 8}],
             "drops": [], "thresholds": [{"metric": "latency-p99", "text": "x", "quantity": "milliseconds", "limit": 5,
                                          "measured": 0.5, "passed": true}],
             "notes": ["n"]}
            """
        let report = try LoadReport(json: Data(golden.utf8))
        #expect(report.traffic.lostBeforeRepair == 6 && report.frames.undecodable == 6 && report.passed)
        let written = try JSONSerialization.jsonObject(with: report.json()) as? NSDictionary
        let read = try JSONSerialization.jsonObject(with: Data(golden.utf8)) as? NSDictionary
        #expect(written == read)
    }

    @Test func reportsWithoutMessagesAreReadToo() throws {
        var report = SampleReport.make()
        report.messages = nil
        let text = String(decoding: report.json(), as: UTF8.self)
        #expect(!text.contains("\"messages\""))
        let read = try LoadReport(json: report.json())
        #expect(read.messages == nil && Metric.named("messages-lost")?.value(read) == nil)
        #expect(Metric.named("messages-lost")?.value(SampleReport.make()) == 3)
    }

    @Test func unknownVersionsAreRefusedWithASentence() {
        let text = String(decoding: SampleReport.make().json(), as: UTF8.self)
            .replacingOccurrences(of: "\"version\" : 1", with: "\"version\" : 7")
        #expect(throws: LoadReport.ReadError.unknownVersion(7)) { try LoadReport(json: Data(text.utf8)) }
        #expect("\(LoadReport.ReadError.unknownVersion(7))".contains("format version 7"))
    }

    @Test func otherFilesAreRefused() {
        for text in ["", "{}", "[1]", "{\"format\": \"other\", \"version\": 1}", "<html>"] {
            #expect(throws: LoadReport.ReadError.notAReport) { try LoadReport(json: Data(text.utf8)) }
        }
        let broken = String(decoding: SampleReport.make().json(), as: UTF8.self)
            .replacingOccurrences(of: "\"churned\" : 3", with: "\"churned\" : \"three\"")
        #expect(throws: LoadReport.ReadError.malformed(at: "joins.churned")) {
            try LoadReport(json: Data(broken.utf8))
        }
    }

    @Test func valuesThatAreNoNumbersSurvive() throws {
        var report = SampleReport.make()
        report.samples[0].bitsIn = .infinity
        #expect(try LoadReport(json: report.json()).samples[0].bitsIn == .infinity)
    }
}

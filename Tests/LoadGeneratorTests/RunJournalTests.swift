import Foundation
import LoadReport
import Testing
import Wire

@testable import LoadGenerator

@Suite("What becomes of joins")
struct RunJournalTests {
    private let start = Timestamp(nanoseconds: 1_000_000_000)

    private func journal(_ arguments: String...) throws -> RunJournal {
        RunJournal(patience: RunJournal.patience(try LoadSettings(arguments: arguments)))
    }

    @Test("a media transport that never comes up is a failed join, one that ends later a lost session")
    func failedTransport() throws {
        let journal = try journal()
        for number in 0..<3 { journal.noteJoin(number, at: start) }
        journal.noteLoss(0, "media-failed", "no check was answered")
        journal.noteConnected(1)
        journal.noteLoss(1, "media-failed", "the server no longer answers")
        journal.noteFailure(2, "room-full", "The room is full.")
        let totals = journal.now
        #expect(totals.failures == [RunJournal.notConnected: 1, "room-full": 1])
        #expect(totals.losses == ["media-failed": 1] && totals.connected == 1 && totals.cutOff == 0)
        #expect(totals.sentences[RunJournal.notConnected] == "no check was answered")
    }

    @Test("who still shakes hands at the end has failed, unless it has only just come")
    func unfinished() throws {
        let journal = try journal("--duration=30")
        for number in 0..<3 { journal.noteJoin(number, at: start) }
        journal.noteConnected(2)
        journal.noteLeave(0, at: start + .milliseconds(4_999))
        journal.noteLeave(1, at: start + .seconds(5))
        journal.noteLeave(2, at: start + .seconds(6))
        // What comes too late changes nothing any more.
        journal.noteConnected(0)
        journal.noteFailure(1, "no-answer", "")
        let totals = journal.now
        #expect(totals.failures == [RunJournal.notConnected: 1] && totals.connected == 1 && totals.cutOff == 1)
        #expect(totals.sentences[RunJournal.notConnected] == "the media transport was not up 5 s after the join")
    }

    @Test("a short run waits as long as it lasts, but not less than two seconds", arguments: [
        ("1", 2.0), ("2.5", 2.5), ("5", 5), ("3600", 5),
    ])
    func patience(duration: String, seconds: Double) throws {
        #expect(RunJournal.patience(try LoadSettings(arguments: ["--duration=\(duration)"])).seconds == seconds)
    }

    @Test("a load whose participants are not all connected does not hold")
    func capacity() {
        var report = LoadReport(
            title: "", startedAt: .distantPast, seconds: 6, scenario: .init(name: "webinar"),
            machine: .init(cores: 1, cpuModel: "", kernel: ""), joins: .init(attempted: 20, succeeded: 20, cutOff: 0))
        #expect(CapacityFinder.reasons(report, busiest: nil).isEmpty)
        report.joins.cutOff = 3
        #expect(CapacityFinder.reasons(report, busiest: nil) == ["participants that failed or were lost: 3"])
        report.joins.failures = [.init(RunJournal.notConnected, 2)]
        #expect(CapacityFinder.reasons(report, busiest: nil) == ["participants that failed or were lost: 5"])
        report.joins.churned = 4
        #expect(CapacityFinder.reasons(report, busiest: nil) == ["participants that failed or were lost: 2"])
    }
}

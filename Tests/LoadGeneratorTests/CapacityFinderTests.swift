import Foundation
import LoadReport
import Testing

@testable import LoadGenerator

@Suite("A search for the capacity")
struct CapacityFinderTests {
    /// A step in which packets came without loss, unless it is changed.
    private func step(_ change: (inout RunRecord) -> Void = { _ in }) throws -> ReportBuilder {
        var record = SampleRecord.make()
        record.window = .steady
        for second in 4...10 { record.samples[second].figures.transport.packetsIn = UInt64(second - 4) * 1_000 }
        record.samples[10].figures.transport.expected = 6_000
        change(&record)
        return ReportBuilder(
            settings: try LoadSettings(), record: record, startedAt: .distantPast,
            limits: [try Threshold(parsing: "loss<=0.1%")])
    }

    private func course(maximum: Int = 40) -> CapacityFinder.Course {
        CapacityFinder.Course(search: CapacitySearch(unit: "rooms", start: 20, maximum: maximum, retries: 0))
    }

    @Test("a step that is interrupted does not count as held")
    func interruption() throws {
        var course = course()
        #expect(try course.take(step { $0.isInterrupted = true }) == nil && course.outcome(judgedBy: []) == nil)
        course = self.course()
        #expect(try course.take(step()) == "held")
        #expect(try course.take(step { $0.isInterrupted = true }) == nil)
        let outcome = try #require(course.outcome(judgedBy: []))
        #expect(outcome.report.capacity?.capacity == 20 && outcome.report.capacity?.wasInterrupted == true)
        #expect(course.search.next == .done(course.search.result))
    }

    @Test("a limit on the capacity is held against the result, not against the steps", arguments: [
        ("capacity>=40", true), ("capacity>=41", false),
    ])
    func goal(text: String, isReached: Bool) throws {
        let settings = try LoadSettings(arguments: ["--find-capacity=rooms", "--limit=\(text)"])
        #expect(CapacityFinder.limits(settings).map(\.metric.name) == ["loss", "latency-p99"])
        _ = try LoadTest(settings)
        var course = course()
        #expect(try course.take(step()) == "held")
        #expect(try course.take(step()) == "held")
        let outcome = try #require(course.outcome(judgedBy: [try Threshold(parsing: text)]))
        #expect(outcome.passed == isReached && outcome.report.thresholds.map(\.metric) == ["loss", "capacity"])
        #expect(throws: LoadSetting.Failure.self) {
            _ = try LoadTest(try LoadSettings(arguments: ["--limit=\(text)"]))
        }
    }

    @Test("a search fails when the server kept something after a step, and when no load held")
    func failure() throws {
        var leaking = course()
        _ = try leaking.take(step { $0.leak = "The server still holds 1 room." })
        _ = try leaking.take(step())
        let outcome = try #require(leaking.outcome(judgedBy: []))
        #expect(!outcome.passed && outcome.report.notes.contains("The server still holds 1 room."))
        var failing = course()
        _ = try failing.take(step { $0.samples[10].totals.losses = ["closed": 1] })
        #expect(try #require(failing.outcome(judgedBy: [])).passed == false)
    }
}

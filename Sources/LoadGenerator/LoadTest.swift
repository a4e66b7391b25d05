internal import Foundation
public import LoadReport
internal import Wire

/// A load test from settings to report: what `roost-load` runs.
public struct LoadTest: Sendable {
    /// What a test tells while it runs.
    public enum News: Sendable {
        /// How things stand, about once a second; the next one takes its place.
        case moment(String)
        /// Something that is settled: a step of a search.
        case step(String)
    }

    /// Is given the news.
    public typealias Progress = @Sendable (News) -> Void

    private let settings: LoadSettings

    /// Makes a test.
    public init(_ settings: LoadSettings) throws(LoadSetting.Failure) {
        try settings.check()
        try Limits.check(settings)
        try ReportFiles.check(settings)
        self.settings = settings
    }

    /// What came of a test.
    public struct Outcome: Sendable {
        /// The figures, and the limits that were set on them.
        public var report: LoadReport
        /// What the server did not let go of, in words; `nil` when that is nothing, or nobody asked.
        public var leak: String?
        /// Whether the test is passed.
        public var passed: Bool { report.passed && leak == nil && report.capacity?.capacity != 0 }
    }

    /// Runs it; when the task is cancelled it ends early, with what it has.
    public func run(progress: @escaping Progress) async throws(LoadFailure) -> Outcome {
        let wanted = settings.text("find-capacity")
        if !wanted.isEmpty {
            return try await CapacityFinder(settings, raising: wanted).run(progress: progress)
        }
        let builder = try await Self.run(settings, .whole, limits: Limits.judging(settings), progress: progress)
        return Outcome(report: builder.report(), leak: builder.record.leak)
    }

    /// One load, from the first join to the last leave.
    static func run(
        _ settings: LoadSettings, _ window: LoadRun.Window, limits: [Threshold], progress: @escaping Progress
    ) async throws(LoadFailure) -> ReportBuilder {
        let startedAt = Date()
        let run = try await LoadRun(settings)
        let first = await run.sample()
        let record = await run.script(window) { sample, before in
            progress(.moment(ProgressLine.text(sample, after: before, since: first)))
        }
        await run.shutDown()
        return ReportBuilder(settings: settings, record: record, startedAt: startedAt, limits: limits)
    }
}

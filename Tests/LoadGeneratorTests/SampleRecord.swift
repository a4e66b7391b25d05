import Foundation
import LoadReport
import Wire

@testable import LoadGenerator

/// What a run of ten seconds records, one look a second, to be changed and reported.
enum SampleRecord {
    static let start = Timestamp(nanoseconds: 1_000_000_000)

    static func sample(_ second: Int) -> RunSample {
        RunSample(
            time: start + .seconds(Int64(second)), figures: LoopFigures(), totals: RunJournal.Totals(), present: 0,
            threadNanoseconds: [0], processNanoseconds: 0)
    }

    static func make() -> RunRecord {
        RunRecord(
            samples: (0...10).map(sample), lastFull: 9, firstFull: 4, drops: StatusClient.Drops(), isInterrupted: false)
    }

    static func report(_ record: RunRecord, _ arguments: [String] = [], limits: [String] = []) throws -> LoadReport {
        ReportBuilder(
            settings: try LoadSettings(arguments: arguments), record: record, startedAt: .distantPast,
            limits: try limits.map(Threshold.init(parsing:))
        ).report()
    }
}

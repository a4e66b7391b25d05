import ArgumentParser
import Foundation
import LoadGenerator
import LoadReport

/// The command line: `roost-load [SETTING…]`, `roost-load --compare A.json B.json`.
@main
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost-load",
        abstract: "Finds out what a Roost server holds: joins its rooms as real clients do, and measures.",
        discussion: LoadSetting.helpText)

    @Option(name: .long, help: "JSON file with settings.")
    var file: [String] = []

    @Flag(name: .long, help: "Compare two reports, given as JSON files, instead of running anything.")
    var compare = false

    @Argument(parsing: .allUnrecognized, help: .hidden)
    var arguments: [String] = []

    func run() async throws {
        if compare { return try compareReports() }
        let settings: LoadSettings
        let test: LoadTest
        guard file.count < 2 else { throw fail("--file is given twice, \(file.joined(separator: " and ")).", .usage) }
        let file = file.first
        do {
            let text = try file.map { try String(contentsOfFile: $0, encoding: .utf8) }
            settings = try LoadSettings(arguments: arguments, file: text)
            test = try LoadTest(settings)
        } catch let error as CocoaError {
            let words =
                error.code == .fileReadNoSuchFile ? "is not there" : "cannot be read: \(error.localizedDescription)"
            throw fail("--file: \(file ?? "") \(words)", .usage)
        } catch {
            throw fail("\(error)", .usage)
        }
        let progress = ProgressPrinter(isQuiet: settings.isOn("quiet"))
        let outcome: LoadTest.Outcome
        do {
            outcome = try await Interruption.cancelling { try await test.run { progress.show($0) } }
            progress.finish()
        } catch {
            progress.finish()
            guard let failure = error as? LoadFailure else { throw error }
            if case .unreachable = failure { throw fail(failure.description, .unreachable) }
            throw fail(failure.description, .usage)
        }
        try write(outcome.report, settings)
        if !outcome.passed { throw Outcome.missed.exitCode }
    }

    /// Ends with 1 when the second report is worse than the first in anything.
    private func compareReports() throws {
        guard arguments.count == 2 else { throw fail("--compare needs two files: --compare A.json B.json", .usage) }
        let reports = try arguments.map { path in
            do {
                return try LoadReport(json: Data(contentsOf: URL(fileURLWithPath: path)))
            } catch let error as LoadReport.ReadError {
                throw fail("\(path): \(error)", .usage)
            } catch {
                let isThere = FileManager.default.fileExists(atPath: path)
                throw fail(
                    "\(path) \(isThere ? "cannot be read: \(error.localizedDescription)" : "is not there")", .usage)
            }
        }
        let comparison = Comparison(reports[0], reports[1])
        print(comparison.text())
        if comparison.hasRegression { throw Outcome.missed.exitCode }
    }

    private func write(_ report: LoadReport, _ settings: LoadSettings) throws {
        print(report.text())
        try write(settings, "json") { report.json() }
        try write(settings, "html") { Data(report.html().utf8) }
    }

    private func write(_ settings: LoadSettings, _ name: String, _ content: () -> Data) throws {
        let path = settings.text(name)
        guard !path.isEmpty else { return }
        do {
            try content().write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch { throw fail("--\(name): \(path) could not be written: \(error.localizedDescription)", .usage) }
    }

    private func fail(_ sentence: String, _ outcome: Outcome) -> ExitCode {
        FileHandle.standardError.write(Data("roost-load: \(sentence)\n".utf8))
        return outcome.exitCode
    }
}

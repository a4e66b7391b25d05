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
    var file: String?

    @Argument(parsing: .allUnrecognized, help: .hidden)
    var arguments: [String] = []

    func run() async throws {
        let settings: LoadSettings
        let test: LoadTest
        do {
            let text = try file.map { try String(contentsOfFile: $0, encoding: .utf8) }
            settings = try LoadSettings(arguments: arguments, file: text)
            test = try LoadTest(settings)
        } catch let error as CocoaError {
            throw fail("--file: \(error.localizedDescription)", .usage)
        } catch {
            throw fail("\(error)", .usage)
        }
        let progress = ProgressPrinter(isQuiet: settings.isOn("quiet"))
        let report: LoadReport
        do {
            report = try await Interruption.cancelling { try await test.run { progress.show($0) } }
            progress.finish()
        } catch {
            progress.finish()
            guard let failure = error as? LoadFailure else { throw error }
            if case .unreachable = failure { throw fail(failure.description, .unreachable) }
            throw fail(failure.description, .usage)
        }
        try write(report, settings)
        if !report.passed { throw Outcome.missed.exitCode }
    }

    private func write(_ report: LoadReport, _ settings: LoadSettings) throws {
        if !settings.text("json").isEmpty {
            try report.json().write(to: URL(fileURLWithPath: settings.text("json")), options: .atomic)
        }
    }

    private func fail(_ sentence: String, _ outcome: Outcome) -> ExitCode {
        FileHandle.standardError.write(Data("roost-load: \(sentence)\n".utf8))
        return outcome.exitCode
    }
}

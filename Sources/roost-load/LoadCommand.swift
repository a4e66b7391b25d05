import ArgumentParser
import Foundation
import LoadGenerator

/// The command line: `roost-load [SETTING…]`.
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
        do {
            let text = try file.map { try String(contentsOfFile: $0, encoding: .utf8) }
            settings = try LoadSettings(arguments: arguments, file: text)
        } catch {
            FileHandle.standardError.write(Data("roost-load: \(error)\n".utf8))
            throw ExitCode(2)
        }
        do {
            try await LoadTest(settings).run { print($0) }
        } catch let error as LoadRun.Failure {
            FileHandle.standardError.write(Data("roost-load: \(error)\n".utf8))
            if case .unreachable = error { throw ExitCode(3) }
            throw ExitCode(2)
        }
    }
}

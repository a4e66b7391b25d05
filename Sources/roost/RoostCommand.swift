import ArgumentParser
import Foundation

/// The command line: `roost` alone serves.
@main
struct RoostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost",
        abstract: "Roost relays video conferences: one binary with signalling, web page, status API and store.",
        discussion: "`roost serve --help` lists every setting.",
        version: Version.current,
        subcommands: [ServeCommand.self],
        defaultSubcommand: ServeCommand.self)
}

/// `roost serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Start the server.",
        usage: "roost serve [--config <file>] [--<setting> <value> …]", discussion: Setting.help)

    @Option(name: .long, help: "JSON file with settings. [ROOST_CONFIG]")
    var config: String?

    @Argument(parsing: .allUnrecognized, help: .hidden)
    var settings: [String] = []

    func run() async throws {
        do {
            let loaded = try await Settings.load(
                arguments: settings, file: config, environment: ProcessEnvironment.variables)
            try await Server(settings: loaded).run()
        } catch let error as SettingsError {
            let hint = "`roost serve --help` lists every setting."
            FileHandle.standardError.write(Data("Error: \(error)\n\(hint)\n".utf8))
            throw ExitCode.validationFailure
        }
    }
}

/// The version, as `--version` and the status API tell it.
enum Version {
    static let current = "0.1.0"
}

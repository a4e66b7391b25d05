import ArgumentParser

/// The command line: `roost` alone serves.
@main
struct RoostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost",
        abstract: "Roost relays video conferences: one binary with signalling, web page, status API and store.",
        version: Version.current,
        subcommands: [ServeCommand.self],
        defaultSubcommand: ServeCommand.self)
}

/// `roost serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Start the server.", discussion: Setting.help)

    @Option(name: .long, help: "JSON file with settings. [ROOST_CONFIG]")
    var config: String?

    @Argument(parsing: .allUnrecognized, help: .hidden)
    var settings: [String] = []

    func run() async throws {
        let loaded: Settings
        do {
            loaded = try await Settings.load(
                arguments: settings, file: config, environment: ProcessEnvironment.variables)
        } catch let error as SettingsError {
            throw ValidationError(error.description)
        }
        try await Server(settings: loaded).run()
    }
}

/// The version, as `--version` and the status API tell it.
enum Version {
    static let current = "0.1.0"
}

import ArgumentParser

/// How a run ended, for scripts.
enum Outcome: Int32 {
    /// A limit was not kept.
    case missed = 1
    /// The settings are wrong, or a report could not be written.
    case usage = 2
    /// The server does not answer.
    case unreachable = 3

    var exitCode: ExitCode { ExitCode(rawValue) }
}

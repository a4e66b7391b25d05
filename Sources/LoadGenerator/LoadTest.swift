internal import Wire

/// A load test from settings to verdict: what `roost-load` runs.
public struct LoadTest: Sendable {
    private let settings: LoadSettings

    /// Makes a test.
    public init(_ settings: LoadSettings) { self.settings = settings }

    /// Runs it.
    public func run(print: @escaping @Sendable (String) -> Void) async throws {
        let run = try await LoadRun(settings)
        let first = await run.sample()
        let record = await run.script { sample, before in
            print(ProgressLine.text(sample, after: before, since: first))
        }
        print("\(record.samples.last?.totals as Any) \(record.samples.last?.figures.transport as Any)")
        await run.shutDown()
    }
}

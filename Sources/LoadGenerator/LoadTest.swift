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
        print("\(record.samples.last?.figures.media as Any)")
        if let f = record.samples.last?.figures {
            for p in [50.0, 90, 99, 100] {
                print(
                    "p\(p) latency \(f.latency.milliseconds(at: p) ?? -1) lateness \(f.lateness.milliseconds(at: p) ?? -1) ws \(f.joins.webSocket.milliseconds(at: p) ?? -1) answer \(f.joins.answer.milliseconds(at: p) ?? -1) ice \(f.joins.ice.milliseconds(at: p) ?? -1) dtls \(f.joins.dtls.milliseconds(at: p) ?? -1) packet \(f.joins.firstPacket.milliseconds(at: p) ?? -1) keyframe \(f.joins.firstKeyframe.milliseconds(at: p) ?? -1)"
                )
            }
        }
        await run.shutDown()
    }
}

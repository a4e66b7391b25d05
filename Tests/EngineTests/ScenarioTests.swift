import Foundation
import Testing

@Suite("Media quality")
struct ScenarioTests {
    /// The file for the table, when it is wanted.
    private static let path = ProcessInfo.processInfo.environment["ROOST_SCENARIO_TABLE"]
    /// Part of the name of the scenarios that shall run; all of them if nothing is said.
    private static let only = ProcessInfo.processInfo.environment["ROOST_SCENARIO_ONLY"]
    /// Whether to tell what was missing in each freeze.
    private static let tells = ProcessInfo.processInfo.environment["ROOST_SCENARIO_STORY"] != nil
    private static let seeds = ProcessInfo.processInfo.environment["ROOST_SCENARIO_SEEDS"].flatMap(UInt64.init) ?? 5

    @Test("over a link that becomes narrow and wide again", .enabled(if: path == nil))
    func step() throws {
        let figures = try ScenarioRun.figures(of: .step, seed: 1)
        #expect(figures.complaints == [])
        #expect(figures.down ?? .infinity < 2, "\(figures)")
        #expect(figures.up ?? .infinity < 10, "\(figures)")
        #expect(figures.audioMissing < 0.1, "\(figures)")
    }

    @Test("over a link that loses two packets in a hundred", .enabled(if: path == nil))
    func loss() throws {
        let figures = try ScenarioRun.figures(of: .loss(2, delay: 20, nil), seed: 1)
        #expect(figures.complaints == [])
        #expect(figures.immediate.share < 0.05, "\(figures)")
        #expect(figures.bestShare > 0.5, "\(figures)")
        // What is lost is missing, so the loss was there; and nothing else is.
        #expect(figures.audioMissing > 0.01 && figures.audioMissing < 0.03, "\(figures)")
    }

    @Test(
        "over a way that becomes longer and shorter again", .enabled(if: path == nil),
        arguments: [50, 200] as [Int64], [Scenario.Camera.layered, .thumbnail])
    func detour(milliseconds: Int64, camera: Scenario.Camera) throws {
        let scenario = Scenario.detour(milliseconds, camera: camera)
        let figures = try ScenarioRun.figures(of: scenario, seed: 1)
        #expect(figures.complaints == [])
        #expect(figures.changes == 0, "\(scenario.name): \(figures)")
        // The one that is as long as the way has become longer by.
        #expect(figures.immediate.longest < .milliseconds(500), "\(scenario.name): \(figures)")
    }

    /// They would wait for the largest layer, of which hardly a frame arrives whole, while a smaller one does.
    @Test(
        "over a publisher's link that becomes narrow and wide again", .enabled(if: path == nil),
        arguments: [false, true])
    func publisherStep(paces: Bool) throws {
        let figures = try ScenarioRun.figures(of: .publisherStep(paces: paces), seed: 1)
        #expect(figures.complaints == [])
        #expect(figures.immediate.longest < .seconds(2), "\(figures)")
        #expect(figures.immediate.share < 0.1, "\(figures)")
        #expect(figures.down ?? .infinity < 3, "\(figures)")
        #expect(figures.up ?? .infinity < 10, "\(figures)")
        #expect(figures.changes <= (paces ? 4 : 8), "\(figures)")
    }

    /// Neither a keyframe that the path needs longer for than for the next picture nor late packets are a queue.
    @Test("over a way that holds packets up unevenly", .enabled(if: path == nil), arguments: [2, 3, 4] as [UInt64])
    func jitter(seed: UInt64) throws {
        let figures = try ScenarioRun.figures(of: .largeAndUneven, seed: seed)
        #expect(figures.complaints == [])
        #expect(figures.bestShare > 0.9, "\(figures)")
        #expect(figures.changes <= 1, "\(figures)")
    }

    /// A frame is five packets at once, the queue has room for two.
    @Test("over a link whose queue has no room for a frame", .enabled(if: path == nil))
    func largeFrames() throws {
        let figures = try ScenarioRun.figures(
            of: .largeFrames("short queue", queue: .milliseconds(20)), seed: 1)
        #expect(figures.complaints == [])
        #expect(figures.immediate.share < 0.1, "\(figures)")
        #expect(figures.audioMissing < 0.05, "\(figures)")
    }

    @Test("in every scenario, as a table", .enabled(if: path != nil))
    func table() async throws {
        let path = try #require(Self.path)
        let scenarios = Scenario.all.filter { scenario in Self.only.map { scenario.name.contains($0) } ?? true }
        let figures = try await withThrowingTaskGroup(of: (Int, UInt64, ScenarioFigures).self) { group in
            for (place, scenario) in scenarios.enumerated() {
                for seed in 0..<Self.seeds {
                    group.addTask { (place, seed, try ScenarioRun.figures(of: scenario, seed: seed)) }
                }
            }
            var figures = scenarios.map { _ in [ScenarioFigures]() }
            for try await (place, seed, var result) in group {
                #expect(result.complaints == [], "\(scenarios[place].name), seed \(seed)")
                if Self.tells {
                    let lines = result.story + result.timeline
                    print("\(scenarios[place].name), seed \(seed):\n\(lines.joined(separator: "\n"))")
                }
                (result.story, result.timeline) = ([], [])
                result.delay = [result.delay.sorted()[result.delay.count / 2]]
                print("\(scenarios[place].name), seed \(seed): \(result)")
                figures[place].append(result)
            }
            return figures
        }
        let table = ScenarioTable(runs: Array(zip(scenarios, figures)), seeds: Int(Self.seeds))
        try table.page.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(table.misses == [])
    }
}

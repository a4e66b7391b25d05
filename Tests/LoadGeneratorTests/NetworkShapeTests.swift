@testable import LoadGenerator
import LoadMedia
import Testing
import Wire

@Suite("The network of the impaired")
struct NetworkShapeTests {
    @Test("is perfect unless something is set")
    func perfect() throws {
        let shape = try NetworkShape(LoadSettings())
        #expect(shape.up == nil)
        #expect(shape.down == nil)
    }

    @Test("has what the settings say, for each direction")
    func settings() throws {
        let shape = try NetworkShape(
            LoadSettings(arguments: [
                "--up-loss=2", "--up-delay=20", "--down-burst=3", "--down-burst-length=10", "--down-rate=800",
                "--down-blackout=10+2.5",
            ]))
        #expect(shape.up?.count == 1)
        #expect(shape.up?.first?.conditions.loss == 0.02)
        #expect(shape.up?.first?.conditions.delay == .milliseconds(20))
        #expect(shape.down?.map(\.after) == [.zero, .seconds(10), .milliseconds(12_500)])
        #expect(shape.down?.map(\.conditions.isBlackout) == [false, true, false])
        #expect(shape.down?.last?.conditions.bitrate == 800_000)
        #expect(shape.down?.last?.conditions.burstLoss == .init(share: 0.03, length: 10))
    }

    @Test("a blackout that cannot be is refused", arguments: ["10", "a+b", "-1+3", "1+2+3"])
    func bad(text: String) throws {
        let settings = try LoadSettings(arguments: ["--up-blackout=\(text)"])
        #expect(throws: LoadSetting.Failure.self) { _ = try NetworkShape(settings) }
    }
}

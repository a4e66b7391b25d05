import DataChannels
import Testing
import Wire

@testable import LoadGenerator

@Suite("What is sent over data channels")
struct DataShapeTests {
    @Test("nothing, unless somebody sends")
    func nobody() throws {
        #expect(DataShape(try LoadSettings()) == nil)
        #expect(DataShape(try LoadSettings(arguments: ["--data-rate=5"])) == nil)
    }

    @Test("rate, size, receiver and reliability come from the settings, and a scenario file has them, too")
    func settings() throws {
        let plain = try #require(DataShape(try LoadSettings(arguments: ["--scenario=chat"])))
        #expect(plain.interval == .milliseconds(500) && plain.size == 200 && !plain.isDirect)
        #expect(plain.reliability == ChannelReliability())
        let file = """
            {"data-senders": 50, "data-rate": 20, "data-size": 1000, "data-to": "member", "data-ordered": false,
             "data-retransmits": 3}
            """
        let shape = try #require(DataShape(try LoadSettings(file: file)))
        #expect(shape.interval == .milliseconds(50) && shape.size == 1_000 && shape.isDirect)
        #expect(shape.reliability == ChannelReliability(isOrdered: false, limit: .retransmissions(3)))
        #expect(throws: LoadSetting.Failure.self) { _ = try LoadSettings(arguments: ["--data-size=39"]) }
        #expect(throws: LoadSetting.Failure.self) { _ = try LoadSettings(arguments: ["--data-to=nobody"]) }
    }
}

import Testing
import Wire

@testable import LoadGenerator

@Suite("The stages of joining")
struct JoinFiguresTests {
    private func times(meetsSender: Bool) -> JoinTimes {
        let began = Timestamp(nanoseconds: 1_000_000_000)
        var times = JoinTimes(began: began)
        times.meetsSender = meetsSender
        times.open = began + .milliseconds(2)
        times.answered = began + .milliseconds(5)
        times.pathFound = began + .milliseconds(6)
        times.connected = began + .milliseconds(10)
        times.firstPacket = began + .milliseconds(30)
        times.firstKeyframe = began + .milliseconds(60)
        return times
    }

    @Test("who waits for somebody to send is not asked how long its first packet took")
    func waiting() {
        var figures = JoinFigures()
        figures.record(times(meetsSender: false))
        #expect(figures.dtls.count == 1 && figures.firstPacket.count == 0 && figures.firstKeyframe.count == 0)
        figures.record(times(meetsSender: true))
        #expect(figures.dtls.count == 2 && figures.firstPacket.count == 1 && figures.firstKeyframe.count == 1)
    }

    @Test("a load without publishers joins rooms in which others send", arguments: [(0, true), (1, false)])
    func elsewhere(publishers: Int, isFilled: Bool) throws {
        let plan = LoadPlan(try LoadSettings(arguments: ["--publishers=\(publishers)", "--subscribers=2"]))
        #expect(plan.isFilledFromElsewhere == isFilled)
    }
}

import LinuxSystem
import Testing

@testable import LoadGenerator

@Suite("A media thread's loop")
struct MediaLoopTests {
    @Test("who is still looking for a path, or shaking hands, is not there")
    func connected() throws {
        let stay = try LocalStay()
        let loop = MediaLoop(
            poller: try Poller(), options: MediaLoop.Options(context: stay.context, wallClockOffset: 0))
        loop.add(try stay.seed(7))
        #expect(loop.present.count == 1 && loop.connected == 0)
        loop.remove(7)
        #expect(loop.present.isEmpty)
    }
}

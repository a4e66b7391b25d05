import Testing
import Wire

@testable import Engine

@Suite("How late a worker sends")
struct SendDelayTests {
    private func at(_ milliseconds: Int64) -> Timestamp { .zero + .milliseconds(milliseconds) }

    @Test("the longest of late counts, and time takes it back")
    func decay() {
        var delay = SendDelay()
        #expect(delay.value(at: at(0)) == .zero)
        delay.note(.milliseconds(16), at: at(1_000))
        delay.note(.milliseconds(1), at: at(1_001))
        #expect(delay.value(at: at(1_000)) == .milliseconds(16))
        #expect(delay.value(at: at(1_064)) == .milliseconds(8))
        #expect(delay.value(at: at(1_200)) == .zero)
        delay.note(.milliseconds(3), at: at(1_200))
        #expect(delay.value(at: at(1_200)) == .milliseconds(3))
    }

    @Test("a worker that stood still is not forgiven for longer than a second")
    func bound() {
        var delay = SendDelay()
        delay.note(.seconds(20), at: at(0))
        #expect(delay.value(at: at(0)) == .milliseconds(100))
        #expect(delay.value(at: at(800)) == .zero)
        // Times that go back are no reason for more.
        #expect(delay.value(at: at(-5_000)) == .milliseconds(100))
    }
}

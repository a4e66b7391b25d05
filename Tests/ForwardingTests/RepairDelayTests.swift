import Testing
import Wire

@testable import Forwarding

@Suite struct RepairDelayTests {
    /// Notes a repair of `time` milliseconds at each of `moments`.
    private func note(_ delay: inout RepairDelay, _ time: Int64, at moments: some Sequence<Int64>) {
        for moment in moments { delay.note(.milliseconds(time), at: at(moment)) }
    }

    @Test func `a path that loses a packet now and then is not waited for`() {
        var delay = RepairDelay()
        #expect(delay.value(at: at(0)) == .zero)
        note(&delay, 100, at: stride(from: 0, to: 60_000, by: 6_000))
        #expect(delay.value(at: at(54_000)) == .zero)
    }

    @Test func `what repairs take, and a margin, is waited for where there are many`() {
        var delay = RepairDelay()
        note(&delay, 100, at: stride(from: 0, through: 5_000, by: 250))
        let value = delay.value(at: at(5_000))
        #expect(value > .milliseconds(120) && value <= .milliseconds(130))
    }

    @Test func `one repair that took twice as long raises it half of the way, and for a while`() {
        var delay = RepairDelay()
        note(&delay, 100, at: stride(from: 0, through: 5_000, by: 250))
        let before = delay.value(at: at(5_000))
        delay.note(.milliseconds(210), at: at(5_010))
        let raised = delay.value(at: at(5_010))
        #expect(raised > before + .milliseconds(40) && raised < .milliseconds(200))
        note(&delay, 100, at: stride(from: 5_250, through: 15_000, by: 250))
        #expect(delay.value(at: at(15_000)) <= .milliseconds(130))
    }

    @Test func `it falls by ten milliseconds a second and then is nothing`() {
        var delay = RepairDelay()
        note(&delay, 100, at: stride(from: 0, through: 5_000, by: 250))
        let value = delay.value(at: at(5_000))
        #expect(delay.value(at: at(8_000)) == value - .milliseconds(30))
        #expect(delay.value(at: at(16_000)) == .zero)
        #expect(delay.value(at: at(.max / 2_000_000)) == .zero)
    }

    @Test func `no repair is waited for longer than people bear`() {
        var delay = RepairDelay()
        note(&delay, 900, at: stride(from: 0, through: 5_000, by: 100))
        #expect(delay.value(at: at(5_000)) <= RepairDelay.most)
        #expect(delay.value(at: at(5_000)) > .milliseconds(240))
        note(&delay, -50, at: stride(from: 5_000, through: 5_500, by: 100))
        #expect(delay.value(at: at(5_500)) > .milliseconds(230))
    }
}

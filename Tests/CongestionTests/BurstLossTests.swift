import Testing
import Wire

@testable import Congestion

@Suite struct BurstLossTests {
    /// Sends `frames` of `packets` packets each, ten a second, over a link, at once or spread over 80 ms.
    private func run(
        packets: Int, frames: Int, seed: UInt64, spread: Bool = false, estimate: Double = 650_000,
        _ change: (inout SimulatedLink) -> Void
    ) -> (bursts: BurstLoss, end: Timestamp) {
        var bursts = BurstLoss()
        var link = SimulatedLink()
        change(&link)
        var random = SeededGenerator(seed: seed)
        var sent = Timestamp.zero
        var wait = Interval.zero
        for frame in 0..<frames {
            for packet in 0..<packets {
                let offset = spread ? Int64(packet) * 80 / Int64(packets) : 0
                sent = .zero + .milliseconds(Int64(frame) * 100 + offset + 1)
                let arrival = link.send(1_150, at: sent, using: &random)
                bursts.count(
                    sent: sent, size: 1_150, isReceived: arrival != nil, lastWait: wait, rate: estimate,
                    at: sent + .milliseconds(100))
                if let arrival { wait = arrival - sent - link.propagation }
            }
        }
        return (bursts, sent)
    }

    /// Five packets take 66 ms at 700 kbit/s.
    @Test func aShortQueueShowsWithinTwoSeconds() {
        let (bursts, end) = run(packets: 5, frames: 20, seed: 1) {
            $0.rate = 700_000
            $0.queueLength = .milliseconds(20)
        }
        #expect(bursts.isPresent(at: end))
    }

    @Test func itIsRememberedForAMinute() {
        let (bursts, end) = run(packets: 5, frames: 20, seed: 1) {
            $0.rate = 700_000
            $0.queueLength = .milliseconds(20)
        }
        #expect(bursts.isPresent(at: end + .seconds(59)))
        #expect(!bursts.isPresent(at: end + .seconds(61)))
    }

    @Test func aQueueWithRoomForAFrameIsNone() {
        let (bursts, end) = run(packets: 5, frames: 600, seed: 1) { $0.rate = 700_000 }
        #expect(!bursts.isPresent(at: end))
    }

    @Test(arguments: 0..<20) func lossByChanceIsNone(seed: UInt64) {
        let (bursts, end) = run(packets: 5, frames: 600, seed: seed) { $0.loss = 0.1 }
        #expect(!bursts.isPresent(at: end), "seed \(seed)")
    }

    /// Two thirds of what is sent is too much, wherever in a frame it is.
    @Test func aPathThatIsTooNarrowForAllIsNone() {
        let (bursts, end) = run(packets: 5, frames: 600, seed: 1, spread: true, estimate: 575_000) {
            $0.rate = 150_000
            $0.queueLength = .milliseconds(20)
        }
        #expect(!bursts.isPresent(at: end))
    }

    /// A queue of 300 ms that has become full is no short one.
    @Test func aLongQueueThatIsFullIsNone() {
        let (bursts, end) = run(packets: 5, frames: 600, seed: 1) { $0.rate = 420_000 }
        #expect(!bursts.isPresent(at: end))
    }

    /// A policer lets through what it has credit for, at once.
    @Test func aPolicerIsNone() {
        var bursts = BurstLoss()
        for frame in 0..<600 {
            for packet in 0..<5 {
                let sent = Timestamp.zero + .milliseconds(Int64(frame) * 100)
                bursts.count(
                    sent: sent, size: 1_150, isReceived: packet < 2, lastWait: .microseconds(250), rate: 650_000,
                    at: sent + .milliseconds(100))
            }
        }
        #expect(!bursts.isPresent(at: .zero + .seconds(60)))
    }

    @Test func anotherPathBeginsAnew() {
        var (bursts, end) = run(packets: 5, frames: 20, seed: 1) {
            $0.rate = 700_000
            $0.queueLength = .milliseconds(20)
        }
        bursts.changePath()
        #expect(!bursts.isPresent(at: end))
    }
}

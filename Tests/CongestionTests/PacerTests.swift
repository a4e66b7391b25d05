import Testing
import Wire

@testable import Congestion

@Suite struct PacerTests {
    private let start = Timestamp.zero + .seconds(1)

    private func pacer(rate: Double) -> Pacer {
        var pacer = Pacer()
        pacer.isEngaged = true
        pacer.setRate(rate, at: start)
        return pacer
    }

    @Test func aPacketThatComesAloneGoesAtOnce() {
        #expect(pacer(rate: 800_000).isFree(at: start))
        #expect(pacer(rate: 800_000).nextFree(at: start) == start)
    }

    /// 1,000 bytes take 10 ms at 800 kbit/s, and 2 ms of them may stand when the next goes.
    @Test func theNextWaitsUntilItIsWorkedOff() {
        var pacer = pacer(rate: 800_000)
        pacer.spend(1_000, at: start)
        #expect(!pacer.isFree(at: start))
        let due = pacer.nextFree(at: start)
        #expect(due - start >= .milliseconds(8) && due - start < .microseconds(8_001))
        #expect(!pacer.isFree(at: due - .microseconds(1)))
        #expect(pacer.isFree(at: due))
    }

    @Test func whatHasNotBeenCountedYetIsAdded() {
        let pacer = pacer(rate: 800_000)
        #expect(pacer.isFree(besides: 200, at: start))
        #expect(!pacer.isFree(besides: 201, at: start))
    }

    @Test func inTheLongRunAsMuchGoesAsTheRateSays() {
        var pacer = pacer(rate: 700_000)
        var now = start
        var bytes = 0
        while now - start < .seconds(10) {
            pacer.spend(1_200, at: now)
            bytes += 1_200
            now = pacer.nextFree(at: now)
        }
        #expect(abs(Double(bytes) * 8 / 10 - 700_000) < 7_000)
    }

    /// However much goes out besides.
    @Test func noMoreThanATenthOfASecondIsMadeUpFor() {
        var pacer = pacer(rate: 800_000)
        pacer.spend(100_000, at: start)
        #expect(pacer.nextFree(at: start) - start < .milliseconds(99))
        pacer.setRate(1_600_000, at: start)
        #expect(pacer.nextFree(at: start) - start < .milliseconds(49))
    }
}

import Testing
import Wire

@testable import MediaRuntime

@Suite struct TurnPacerTests {
    /// Turns of one datagram each, `rate` a second, for `seconds`.
    private func run(_ pacer: inout TurnPacer, rate: Int, seconds: Int, from start: Timestamp) -> Timestamp {
        var now = start
        for _ in 0..<(rate * seconds) {
            now = now + Interval(nanoseconds: Int64(1_000_000_000 / rate))
            pacer.note(received: 1, at: now)
        }
        return now
    }

    @Test func aQuietWorkerLooksAtOnce() {
        var pacer = TurnPacer(at: .zero)
        let now = run(&pacer, rate: 2_000, seconds: 1, from: .zero)
        #expect(!pacer.isResting)
        #expect(pacer.rest(after: now, until: nil, at: now) == .zero)
    }

    @Test func aBusyWorkerRestsLessThanAMillisecondAfterTheTurnBegan() {
        var pacer = TurnPacer(at: .zero)
        let now = run(&pacer, rate: 8_000, seconds: 1, from: .zero)
        #expect(pacer.isResting)
        #expect(pacer.rest(after: now, until: nil, at: now) == TurnPacer.rest)
        #expect(TurnPacer.rest * 2 < .milliseconds(1))
        // The turn itself has used the rest up.
        #expect(pacer.rest(after: now, until: nil, at: now + .milliseconds(1)) == .zero)
    }

    @Test func whatIsDueEndsTheRest() {
        var pacer = TurnPacer(at: .zero)
        let now = run(&pacer, rate: 8_000, seconds: 1, from: .zero)
        #expect(pacer.rest(after: now, until: now + .microseconds(100), at: now) == .microseconds(100))
        #expect(pacer.rest(after: now, until: now - .microseconds(100), at: now) == .zero)
    }

    @Test func thePaceDoesNotChangeToAndFro() {
        var pacer = TurnPacer(at: .zero)
        var now = run(&pacer, rate: 5_100, seconds: 1, from: .zero)
        #expect(pacer.isResting)
        now = run(&pacer, rate: 4_000, seconds: 1, from: now)
        #expect(pacer.isResting)
        now = run(&pacer, rate: 3_000, seconds: 1, from: now)
        #expect(!pacer.isResting)
        now = run(&pacer, rate: 4_000, seconds: 1, from: now)
        #expect(!pacer.isResting)
    }

    @Test func silenceEndsIt() {
        var pacer = TurnPacer(at: .zero)
        let now = run(&pacer, rate: 8_000, seconds: 1, from: .zero)
        pacer.note(received: 1, at: now + .seconds(2))
        #expect(!pacer.isResting)
    }
}

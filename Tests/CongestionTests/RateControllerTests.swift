import Testing
import Wire

@testable import Congestion

@Suite struct RateControllerTests {
    private func observation(queue: Int64, isLimitedByApplication: Bool, isFallingShort: Bool = false)
        -> RateController.Observation
    {
        RateController.Observation(
            use: .normal, queue: .milliseconds(queue), unexplained: .milliseconds(queue), spread: .zero,
            acknowledged: 200_000, latest: 200_000, isLimitedByApplication: isLimitedByApplication,
            isFallingShort: isFallingShort, canProbe: true, roundTrip: .milliseconds(40), isProbing: false)
    }

    /// Sees a queue of 200 ms for ten seconds, whatever it does. Returns the rate after three seconds and after ten.
    private func rates(isFallingShort: Bool) -> (early: Double, late: Double, controller: RateController) {
        var controller = RateController(rate: 1_000_000)
        var early = 0.0
        for step in 0..<200 {
            let seen = observation(queue: 200, isLimitedByApplication: true, isFallingShort: isFallingShort)
            controller.update(seen, at: .zero + .milliseconds(Int64(step) * 50 + 1_000))
            if step == 60 { early = controller.rate }
        }
        return (early, controller.rate, controller)
    }

    @Test func aQueueOfOthersIsNotWaitedAwayWhereLittleIsSent() {
        let (early, late, controller) = rates(isFallingShort: false)
        #expect(early < 1_000_000 && early > 500_000)
        #expect(late == early)
        #expect(controller.queueOfOthers > .milliseconds(200))
    }

    @Test func wherePartOfTheLittleDoesNotArriveItIsThePath() {
        let (early, late, _) = rates(isFallingShort: true)
        #expect(late < 200_000.0)
        #expect(late <= early)
    }
}

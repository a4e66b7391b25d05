import Testing

@testable import Forwarding

@Suite struct ResendBudgetTests {
    @Test func `it starts full and lets through a share of what is sent`() {
        var budget = ResendBudget(sharePercent: 25, capacity: 10_000)
        #expect(budget.available == 10_000)
        #expect(budget.spend(10_000) == true)
        #expect(budget.spend(1) == false)
        for _ in 0..<100 { budget.earn(1000) }
        #expect(budget.available == 10_000, "no more than fits")
        #expect(budget.spend(9_000) == true)
        budget.earn(400)
        #expect(budget.available == 1100)
        #expect(budget.spend(1101) == false)
        #expect(budget.available == 1100, "a refusal costs nothing")
    }

    @Test func `over time the share is kept`() {
        var budget = ResendBudget(sharePercent: 25, capacity: 5000)
        var resent = 0
        for _ in 0..<10_000 {
            budget.earn(1200)
            if budget.spend(1200) { resent += 1200 }
        }
        #expect(resent <= 10_000 * 1200 / 4 + 5000)
        #expect(resent >= 10_000 * 1200 / 4 - 1200)
    }

    @Test func `even tiny packets earn`() {
        var budget = ResendBudget(sharePercent: 1, capacity: 100)
        _ = budget.spend(100)
        for _ in 0..<100 { budget.earn(1) }
        #expect(budget.available == 1)
    }

    @Test func `copies leave half of it for answers`() {
        var budget = ResendBudget(sharePercent: 10, capacity: 1_000)
        var copies = 0
        while budget.spendSpare(100) { copies += 1 }
        #expect(copies == 5)
        let isLeft = budget.spend(500)
        #expect(isLeft)
        budget.earn(5_000)
        let isEarly = budget.spendSpare(100)
        #expect(!isEarly)
        budget.earn(1_000)
        let isSpare = budget.spendSpare(100)
        #expect(isSpare)
    }
}

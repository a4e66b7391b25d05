import LoadReport
import Testing

@Suite struct CapacitySearchTests {
    /// Searches a system that holds `limit`.
    private func search(_ search: CapacitySearch, holds: (Int) -> [String]) -> (
        result: CapacitySearch.Result?, runs: Int
    ) {
        var search = search
        for runs in 0..<100 {
            switch search.next {
            case .done(let result): return (result, runs)
            case .attempt(let load):
                let failed = holds(load)
                search.record(passed: failed.isEmpty, failed: failed)
            }
        }
        return (nil, 100)
    }

    @Test(arguments: [1, 2, 3, 7, 64, 65, 137, 999, 1_000, 1_001, 12_345])
    func converges(limit: Int) throws {
        let begun = CapacitySearch(unit: "participants", start: 10, maximum: 100_000)
        let (found, runs) = search(begun) { load in load > limit ? ["latency-p99 < 5.00 ms"] : [] }
        let result = try #require(found)
        #expect(result.capacity <= limit && Double(result.capacity) >= Double(limit) * 0.95 - 1)
        #expect((result.firstFailure ?? 0) > limit && runs <= 40)
        #expect(result.gaveOut == ["latency-p99 < 5.00 ms"])
        #expect(result.attempts.count == runs)
    }

    @Test func whatGaveOutFirstIsFromTheLowestFailure() {
        let begun = CapacitySearch(unit: "rooms", start: 100, maximum: 10_000)
        let result = search(begun) { load in load > 700 ? ["cpu", "loss"] : load > 300 ? ["loss"] : [] }.result
        #expect(result?.gaveOut == ["loss"])
        #expect(result?.sentence.contains("gave out first: loss") == true)
    }

    @Test func oneBadRunIsNotALimit() {
        var isFirst = true
        let begun = CapacitySearch(unit: "rooms", start: 100, maximum: 400)
        let result = search(begun) { load in
            defer { if load == 200 { isFirst = false } }
            return load == 200 && isFirst ? ["loss"] : []
        }.result
        #expect(result?.capacity == 400 && result?.firstFailure == nil)
        #expect(result?.sentence.contains("most that was allowed") == true)
    }

    @Test func nothingHolds() {
        let begun = CapacitySearch(unit: "rooms", start: 50, maximum: 100)
        let result = search(begun) { _ in ["loss"] }.result
        #expect(result?.capacity == 0 && result?.firstFailure == 1)
    }

    @Test("a search that is interrupted knows what was tried, and no more")
    func interruption() {
        var search = CapacitySearch(unit: "rooms", start: 10, maximum: 40, retries: 0)
        var early = search
        early.interrupt()
        #expect(early.next == .done(early.result) && early.result.sentence.contains("interrupted before it was done"))
        search.record(passed: true)
        search.interrupt()
        search.record(passed: true)
        #expect(search.next == .done(search.result) && search.result.capacity == 10)
        #expect(search.result.sentence.contains("up to 10 rooms; more was not tried"))
        #expect(!search.result.sentence.contains("most that was allowed"))
        // Nothing is left to interrupt.
        var done = CapacitySearch(unit: "rooms", start: 40, maximum: 40)
        done.record(passed: true)
        done.interrupt()
        #expect(done.result.wasInterrupted == nil && done.result.sentence.contains("most that was allowed"))
    }
}

import LoadMedia
import Testing
import Wire

@Suite struct ImpairedLinkTests {
    private func fates(
        _ conditions: LinkConditions, count: Int = 20_000, seed: UInt64 = 5, every: Interval = .milliseconds(1)
    ) -> (fates: [LinkModel.Fate], figures: LinkModel.Figures) {
        var model = LinkModel(conditions, seed: seed)
        let fates = (0..<count).map { model.admit(byteCount: 1_200, at: Timestamp(nanoseconds: 0) + every * Int64($0)) }
        return (fates, model.figures)
    }

    private func conditions(_ change: (inout LinkConditions) -> Void) -> LinkConditions {
        var conditions = LinkConditions()
        change(&conditions)
        return conditions
    }

    @Test func perfectChangesNothing() {
        let result = fates(.perfect, count: 100)
        for (index, fate) in result.fates.enumerated() {
            #expect(fate == .arrives(Timestamp(nanoseconds: Int64(index) * 1_000_000), again: nil))
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func lossIsWithinBounds(seed: UInt64) {
        let result = fates(conditions { $0.loss = 0.05 }, seed: seed)
        #expect((0.045...0.055).contains(Double(result.figures.lost) / 20_000))
        #expect(result.figures.lost(.random) == result.figures.lost)
    }

    @Test func burstsHaveTheirShareAndLength() {
        let result = fates(conditions { $0.burstLoss = .init(share: 0.05, length: 8) }, count: 100_000)
        #expect((0.04...0.06).contains(Double(result.figures.lost(.burst)) / 100_000))
        var bursts = 0
        for (before, now) in zip(result.fates, result.fates.dropFirst())
        where now == .lost(.burst) && before != .lost(.burst) { bursts += 1 }
        #expect((6.5...9.5).contains(Double(result.figures.lost) / Double(bursts)))
    }

    @Test func delayAndJitter() {
        let settings = conditions {
            $0.delay = .milliseconds(40)
            $0.jitter = .milliseconds(10)
        }
        var last = Timestamp.zero
        for (index, fate) in fates(settings).fates.enumerated() {
            guard case .arrives(let time, nil) = fate else {
                Issue.record("packet \(index) is lost")
                continue
            }
            let delay = time - Timestamp(nanoseconds: Int64(index) * 1_000_000)
            #expect((40...50).contains(delay.milliseconds))
            #expect(time >= last)
            last = time
        }
        var loose = settings
        loose.keepsOrder = false
        let times = fates(loose).fates.compactMap { if case .arrives(let time, _) = $0 { time } else { nil } }
        #expect(zip(times, times.dropFirst()).contains { $1 < $0 })
    }

    @Test func reorderingAndDuplication() {
        let result = fates(
            conditions {
                $0.reordering = 0.02
                $0.duplication = 0.03
            })
        #expect((0.016...0.024).contains(Double(result.figures.heldBack) / 20_000))
        #expect((0.026...0.034).contains(Double(result.figures.duplicated) / 20_000))
    }

    @Test func rateLimitHoldsAndItsQueueIsBounded() {
        let limited = conditions {
            $0.bitrate = 4_800_000
            $0.queueLimit = 60_000
        }
        // 9.6 Mbit/s are offered, half of which pass.
        let result = fates(limited)
        #expect((0.49...0.51).contains(Double(result.figures.lost(.queueFull)) / 20_000))
        for (index, fate) in result.fates.enumerated() {
            guard case .arrives(let time, _) = fate else { continue }
            // 60 kB at this rate take 100 ms.
            #expect((time - Timestamp(nanoseconds: Int64(index) * 1_000_000)).milliseconds <= 102)
        }
    }

    @Test func stepsChangeOverTimeAndBlackoutsEnd() {
        let steps = [
            LinkStep(after: .seconds(2), .perfect),
            LinkStep(after: .seconds(1), conditions { $0.isBlackout = true }),
        ]
        var link = ImpairedLink<Int>(steps, start: .zero, seed: 1)
        var arrived: [Int] = []
        for index in 0..<3_000 {
            let now = Timestamp(nanoseconds: Int64(index) * 1_000_000)
            link.offer(index, byteCount: 100, at: now)
            while let item = link.poll(at: now) { arrived.append(item) }
        }
        #expect(arrived == Array(0..<1_000) + Array(2_000..<3_000))
        #expect(link.figures.lost(.blackout) == 1_000 && link.inFlight == 0)
    }

    @Test func sameSeedSameFates() {
        let bad = conditions {
            $0.loss = 0.1
            $0.jitter = .milliseconds(30)
            $0.keepsOrder = false
            $0.duplication = 0.1
            $0.burstLoss = .init(share: 0.1, length: 3)
        }
        #expect(fates(bad, seed: 11) == fates(bad, seed: 11))
        #expect(fates(bad, seed: 11) != fates(bad, seed: 12))
        // A change of one rate leaves the other decisions as they were.
        var more = bad
        more.duplication = 0.5
        let lost = { (fates: [LinkModel.Fate]) in fates.map { if case .lost = $0 { true } else { false } } }
        #expect(lost(fates(bad).fates) == lost(fates(more).fates))
    }

    @Test func queueGivesTheEarliestFirst() {
        var queue = DueQueue<Int>()
        var generator = SeededGenerator(seed: 4)
        let times = (0..<500).map { _ in Int64.random(in: 0..<100, using: &generator) }
        for (index, time) in times.enumerated() { queue.insert(index, due: Timestamp(nanoseconds: time)) }
        #expect(queue.removeFirst(at: Timestamp(nanoseconds: -1)) == nil)
        var taken: [Int] = []
        while let item = queue.removeFirst(at: .distantFuture) { taken.append(item) }
        #expect(taken == times.indices.sorted { (times[$0], $0) < (times[$1], $1) })
        #expect(queue.count == 0 && queue.nextDue == nil)
    }
}

import Testing
import Wire

@testable import Forwarding

@Suite struct CompactingMapTests {
    @Test func `numbers close up over what was removed, and late ones keep their place`() {
        var map = CompactingMap(highestMapped: 0)
        map.restart(at: 10, as: 1)
        #expect(map.map(10) == .mapped(1))
        #expect(map.map(11) == .mapped(2))
        #expect(map.remove(12) == true)
        #expect(map.remove(13) == true)
        #expect(map.map(15) == .mapped(4), "14 is lost and keeps its place")
        #expect(map.remove(16) == true)
        #expect(map.map(17) == .mapped(5))
        #expect(map.map(14) == .mapped(3))
        #expect(map.map(11) == .mapped(2))
        #expect(map.map(12) == .removed)
        #expect(map.map(16) == .removed)
        #expect(map.map(9) == .beforeStart)
    }

    @Test func `removing is possible once, and only at the front`() {
        var map = CompactingMap(highestMapped: 0)
        map.restart(at: 100, as: 1)
        _ = map.map(101)
        #expect(map.remove(100) == false)
        #expect(map.map(100) == .mapped(1), "what could not be removed keeps its number")
        #expect(map.remove(102) == true)
        #expect(map.remove(102) == true, "it is removed, that is all that was asked")
        #expect(map.map(103) == .mapped(3))
    }

    @Test func `a source may begin with removed numbers`() {
        var map = CompactingMap(highestMapped: 50)
        map.restart(at: 7, as: 51)
        #expect(map.remove(7) == true)
        #expect(map.remove(8) == true)
        #expect(map.map(9) == .mapped(51))
        #expect(map.map(7) == .removed)
        #expect(map.map(6) == .beforeStart)
    }

    @Test func `a source may begin at zero`() {
        var map = CompactingMap(highestMapped: 9)
        map.restart(at: 0, as: 10)
        #expect(map.remove(0) == true)
        #expect(map.map(1) == .mapped(10))
    }

    @Test func `128 stretches are remembered, and what is older is forgotten`() {
        var map = CompactingMap(highestMapped: 0)
        map.restart(at: 1000, as: 1)
        // Every second number removed: each removal ends a stretch of one number.
        for step in 0..<300 as Range<UInt64> {
            #expect(map.map(1000 + 2 * step) == .mapped(1 + step))
            #expect(map.remove(1001 + 2 * step) == true)
        }
        #expect(map.lookUp(1000 + 2 * 299) == .mapped(300))
        #expect(map.lookUp(1000 + 2 * 172) == .mapped(173))
        #expect(map.lookUp(1001 + 2 * 172) == .removed)
        #expect(map.lookUp(1000 + 2 * 171) == .forgotten)
        #expect(map.lookUp(1000) == .forgotten)
        #expect(map.lookUp(999) == .beforeStart)
    }

    @Test func `a new source forgets the old one's stretches`() {
        var map = CompactingMap(highestMapped: 0)
        map.restart(at: 1000, as: 1)
        for step in 0..<200 as Range<UInt64> {
            _ = map.map(1000 + 2 * step)
            _ = map.remove(1001 + 2 * step)
        }
        map.restart(at: 5, as: map.highestMapped + 1)
        #expect(map.map(5) == .mapped(201))
        #expect(map.map(4) == .beforeStart)
        #expect(map.remove(6) == true)
        #expect(map.map(7) == .mapped(202))
        #expect(map.map(6) == .removed)
    }

    @Test func `a late number before a removed one counts as given out`() {
        var map = CompactingMap(highestMapped: 0)
        map.restart(at: 10, as: 1)
        _ = map.map(10)
        _ = map.remove(12)
        #expect(map.map(11) == .mapped(2))
        #expect(map.highestMapped == 2, "a new source must not begin with 2 again")
    }

    /// The reference keeps one entry for each number and never forgets.
    @Test(arguments: Array(1...24) as [UInt64])
    func `any sequence of arrivals and removals agrees with a plain table`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var map = CompactingMap(highestMapped: 100)
        var given: [UInt64: UInt64] = [:]
        var removed: Set<UInt64> = []
        var allGiven: Set<UInt64> = []
        var start: UInt64 = 1 << 20
        var next = start
        var highestGiven: UInt64 = 100
        var frontShift: UInt64 = 0
        func restart(at number: UInt64) {
            start = number
            next = number
            given = [:]
            removed = []
            frontShift = highestGiven &+ 1 &- number
            map.restart(at: number, as: highestGiven + 1)
        }
        restart(at: start)
        for step in 0..<4000 {
            let choice = Int.random(in: 0..<100, using: &generator)
            if choice == 0 {
                restart(at: UInt64.random(in: 1 << 16..<1 << 30, using: &generator))
                continue
            }
            if choice < 15 {
                // Taken out at the front, possibly behind a hole.
                let number = next + (choice < 4 ? UInt64.random(in: 1...3, using: &generator) : 0)
                #expect(map.remove(number) == true, "seed \(seed), step \(step)")
                for hole in next..<number { given[hole] = hole &+ frontShift }
                removed.insert(number)
                next = number + 1
                frontShift &-= 1
            } else if choice < 30, next > start {
                let number = UInt64.random(
                    in: max(start, next - min(next - start, 60))..<next, using: &generator)
                let mapping = map.map(number)
                if removed.contains(number) {
                    #expect(mapping == .removed, "seed \(seed), step \(step)")
                } else if let expected = given[number] {
                    #expect(mapping == .mapped(expected), "seed \(seed), step \(step)")
                    highestGiven = max(highestGiven, expected)
                }
            } else {
                let number = next + (choice < 36 ? UInt64.random(in: 1...20, using: &generator) : 0)
                for hole in next...number { given[hole] = hole &+ frontShift }
                let expected = number &+ frontShift
                #expect(map.map(number) == .mapped(expected), "seed \(seed), step \(step)")
                #expect(
                    allGiven.insert(expected).inserted,
                    "seed \(seed), step \(step): \(expected) was given before")
                highestGiven = max(highestGiven, expected)
                next = number + 1
            }
            #expect(map.highestMapped == highestGiven, "seed \(seed), step \(step)")
        }
    }

    @Test func `skipping is taking out one by one, and what came before is still found`() {
        for seed in 0..<50 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var one = CompactingMap(highestMapped: 7)
            var other = one
            one.restart(at: 100, as: 8)
            other.restart(at: 100, as: 8)
            var number: UInt64 = 100
            for _ in 0..<60 {
                for _ in 0..<Int.random(in: 1...5, using: &generator) {
                    #expect(same(&one, &other, number))
                    number += 1
                }
                let end = number + UInt64.random(in: 0...400, using: &generator)
                one.skip(to: end)
                for left in number..<end { _ = other.remove(left) }
                number = end
                let late = UInt64.random(in: 90...number, using: &generator)
                #expect(one.lookUp(late) == other.lookUp(late), "seed \(seed)")
            }
            // Backwards it does nothing.
            one.skip(to: 100)
            #expect(same(&one, &other, number))
        }
    }

    private func same(_ one: inout CompactingMap, _ other: inout CompactingMap, _ number: UInt64) -> Bool {
        one.map(number) == other.map(number)
    }
}

import Testing
import Wire

@testable import Store

@Suite struct CoalescingQueueTests {
    @Test func keepsTheOrderOfArrival() {
        var queue = CoalescingQueue<Int>()
        for number in 0..<100 { queue.put(number, for: "k\(number)") }
        var taken: [Int] = []
        while let (_, value) = queue.popFirst() { taken.append(value) }
        #expect(taken == Array(0..<100))
        #expect(queue.isEmpty)
    }

    @Test func aNewerValueTakesThePlaceOfTheOlder() {
        var queue = CoalescingQueue<String>()
        queue.put("a1", for: "a")
        queue.put("b1", for: "b")
        queue.put("a2", for: "a")
        #expect(queue.count == 2)
        #expect(queue.popFirst()?.value == "a2")
        #expect(queue.popFirst()?.value == "b1")
    }

    @Test func aKeyThatWasRemovedAndCameAgainStandsAtTheEnd() {
        var queue = CoalescingQueue<Int>()
        queue.put(1, for: "a")
        queue.put(2, for: "b")
        queue.remove("a")
        queue.put(3, for: "a")
        #expect(queue.popFirst()?.value == 2)
        #expect(queue.popFirst()?.value == 3)
        #expect(queue.popFirst() == nil)
    }

    @Test func puttingBackDoesNotOverwriteWhatIsNewer() {
        var queue = CoalescingQueue<Int>()
        queue.put(2, for: "a")
        queue.putBack(1, for: "a")
        queue.putBack(7, for: "b")
        #expect(queue.popFirst()?.value == 2)
        #expect(queue.popFirst()?.value == 7)
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func agreesWithAPlainListOnRandomOperations(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = CoalescingQueue<Int>()
        var model: [(key: String, value: Int)] = []
        for step in 0..<5000 {
            let key = "k\(Int.random(in: 0..<40, using: &random))"
            let place = model.firstIndex { $0.key == key }
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                queue.put(step, for: key)
                if let place { model[place].value = step } else { model.append((key, step)) }
            case 2:
                queue.putBack(step, for: key)
                if place == nil { model.append((key, step)) }
            case 3:
                queue.remove(key)
                if let place { model.remove(at: place) }
            default:
                let taken = queue.popFirst()
                let expected = model.isEmpty ? nil : model.removeFirst()
                #expect(
                    taken?.key == expected?.key && taken?.value == expected?.value,
                    "seed \(seed), step \(step)")
            }
            #expect(queue.count == model.count, "seed \(seed), step \(step)")
        }
    }
}

import Testing
import Wire

@testable import Forwarding

@Suite struct ReceiveWindowTests {
    @Test(arguments: Array(1...12) as [UInt64])
    func `any order of packets agrees with a plain set`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var window = ReceiveWindow()
        var received: Set<UInt64> = []
        var newest = extended(UInt16.random(in: 0...65_535, using: &generator)).rawValue
        #expect(window.knowledge(of: ExtendedSequenceNumber(newest)) == .new)
        window.insert(ExtendedSequenceNumber(newest))
        received.insert(newest)
        for step in 0..<20_000 {
            let number: UInt64
            switch Int.random(in: 0..<200, using: &generator) {
            case 0: number = newest + UInt64.random(in: 1...5000, using: &generator)
            case 1..<80: number = newest - min(UInt64.random(in: 0...2300, using: &generator), newest - 1)
            default: number = newest + UInt64.random(in: 1...2, using: &generator)
            }
            let expected: ReceiveWindow.Knowledge =
                number > newest
                ? .new
                : newest - number >= ReceiveWindow.length
                    ? .tooOld
                    : received.contains(number) ? .received : .missing
            #expect(
                window.knowledge(of: ExtendedSequenceNumber(number)) == expected, "seed \(seed), step \(step)"
            )
            window.insert(ExtendedSequenceNumber(number))
            newest = max(newest, number)
            if expected != .tooOld { received.insert(number) }
            #expect(window.highest?.rawValue == newest)
        }
    }

    @Test func `it fits into 272 bytes`() {
        #expect(MemoryLayout<ReceiveWindow>.size <= 272)
    }
}

import Testing
import Wire

@testable import Forwarding

@Suite struct PacketHistoryTests {
    /// A packet whose bytes tell its number.
    private func packet(_ number: ExtendedSequenceNumber, length: Int) -> [UInt8] {
        (0..<length).map { UInt8(truncatingIfNeeded: number.rawValue &* 31 &+ UInt64($0)) }
    }

    private func insert(
        _ bytes: [UInt8], _ number: ExtendedSequenceNumber, at now: Timestamp,
        into history: inout PacketHistory
    ) -> Bool {
        history.insert(bytes.span, number: number, at: now)
    }

    private func bytes(
        _ history: PacketHistory, _ number: ExtendedSequenceNumber, at now: Timestamp
    ) -> [UInt8]? {
        guard let stored = history.find(number, at: now) else { return nil }
        return history.withBytes(of: stored) { $0.copied() }
    }

    @Test(arguments: startPoints)
    func `packets are found with their bytes until they come of age`(start: UInt16) {
        var history = PacketHistory(.video)
        let base = extended(start)
        for offset in [0, 1, 3, 2] as [Int64] {
            let number = base.advanced(by: offset)
            #expect(insert(packet(number, length: 100), number, at: at(offset), into: &history) == true)
        }
        for offset in 0...3 as ClosedRange<Int64> {
            let number = base.advanced(by: offset)
            #expect(bytes(history, number, at: at(1000)) == packet(number, length: 100))
        }
        #expect(history.find(base.advanced(by: 4), at: at(10)) == nil)
        #expect(history.find(base, at: at(1001)) == nil, "older than a second")
        #expect(history.find(base.advanced(by: 3), at: at(1001)) != nil)
    }

    @Test func `a number is stored once, and not a whole capacity late`() {
        var history = PacketHistory(.audio)
        let number = extended(500)
        #expect(insert([1, 2], number, at: at(0), into: &history) == true)
        #expect(insert([3, 4], number, at: at(0), into: &history) == false)
        #expect(bytes(history, number, at: at(0)) == [1, 2])
        #expect(insert([5], number.advanced(by: 128), at: at(0), into: &history) == true)
        #expect(history.find(number, at: at(0)) == nil)
        #expect(insert([6], number, at: at(0), into: &history) == false)
    }

    @Test func `a packet larger than a block is refused and an empty one kept`() {
        var history = PacketHistory(.audio)
        #expect(insert([UInt8](repeating: 0, count: 8193), extended(1), at: at(0), into: &history) == false)
        #expect(insert([UInt8](repeating: 7, count: 8192), extended(2), at: at(0), into: &history) == true)
        #expect(insert([], extended(3), at: at(0), into: &history) == true)
        #expect(bytes(history, extended(3), at: at(0)) == [])
    }

    @Test func `memory follows the bit rate`() {
        // Opus: 50 packets of 100 bytes a second need two blocks of 8 KiB.
        var audio = PacketHistory(.audio)
        for step in 0..<3000 as Range<Int64> {
            audio.insert(
                packet(extended(0), length: 100).span, number: extended(0).advanced(by: step),
                at: at(step * 20))
        }
        #expect(audio.allocatedBytes == 2 * 8192)

        // Video of 2.5 Mbit/s for ten seconds: 312 500 bytes a second in blocks of 32 KiB.
        var video = PacketHistory(.video)
        for step in 0..<3000 as Range<Int64> {
            let number = extended(60_000).advanced(by: step)
            video.insert(packet(number, length: 1050).span, number: number, at: at(step * 10 / 3))
        }
        #expect((320_000...450_000).contains(video.allocatedBytes))
        #expect(PacketHistory(.video).allocatedBytes == 0)
    }

    @Test func `a flood stays within the bounds and the newest packets are kept`() {
        var history = PacketHistory(.video)
        for step in 0..<1200 as Range<Int64> {
            let number = extended(7).advanced(by: step)
            history.insert(packet(number, length: 1500).span, number: number, at: at(0))
        }
        #expect(history.allocatedBytes <= 1 << 20)
        let newest = extended(7).advanced(by: 1199)
        #expect(bytes(history, newest, at: at(0)) == packet(newest, length: 1500))
        #expect(history.find(extended(7).advanced(by: 400), at: at(0)) == nil)
    }

    @Test func `copying needs room and a packet that is still there`() {
        var history = PacketHistory(.audio)
        let number = extended(9)
        history.insert(packet(number, length: 50).span, number: number, at: at(0))
        guard let stored = history.find(number, at: at(0)) else {
            Issue.record("not found")
            return
        }
        var buffer = [UInt8](repeating: 0, count: 60)
        var target = buffer.mutableSpan
        #expect(history.copy(stored, into: &target, at: 11) == nil)
        #expect(history.copy(stored, into: &target, at: -1) == nil)
        #expect(history.copy(stored, into: &target, at: 61) == nil)
        #expect(history.copy(stored, into: &target, at: 10) == 50)
        #expect(Array(buffer[10...]) == packet(number, length: 50))
        history.removeAll()
        var again = buffer.mutableSpan
        #expect(history.copy(stored, into: &again) == nil)
        #expect(history.withBytes(of: stored) { $0.count } == nil)
        #expect(insert([1], extended(3), at: at(0), into: &history) == true, "lower numbers can begin again")
    }

    @Test(arguments: Array(1...10) as [UInt64])
    func `what is found is what was stored, whatever the sizes and the order`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let configuration = PacketHistory.Configuration(
            capacity: 64, maximumAge: .milliseconds(200), blockSize: 400,
            maximumBlocks: Int.random(in: 8...14, using: &generator))
        var history = PacketHistory(configuration)
        var model: [UInt64: (bytes: [UInt8], arrival: Int64)] = [:]
        var newest = extended(UInt16.random(in: 0...65_535, using: &generator))
        var now: Int64 = 0
        var hits = 0
        for step in 0..<1200 {
            now += Int64.random(in: 0...9, using: &generator)
            let jump = Int64.random(in: -20...3, using: &generator)
            let number = newest.advanced(by: Bool.random(using: &generator) ? 1 : jump)
            newest = max(newest, number)
            let content = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if history.insert(content.span, number: number, at: at(now)) {
                model[number.rawValue] = (content, now)
            }
            let asked = newest.advanced(by: -Int64.random(in: 0...80, using: &generator))
            if let found = bytes(history, asked, at: at(now)) {
                hits += 1
                #expect(found == model[asked.rawValue]?.bytes, "seed \(seed), step \(step)")
                #expect(now - (model[asked.rawValue]?.arrival ?? 0) <= 200, "seed \(seed), step \(step)")
            }
            #expect(
                bytes(history, newest, at: at(now)) == model[newest.rawValue].map(\.bytes)
                    || now - (model[newest.rawValue]?.arrival ?? 0) > 200,
                "seed \(seed), step \(step): the newest is kept")
            #expect(history.allocatedBytes <= 14 * 400)
        }
        #expect(hits > 50)
    }

    @Test func `a position is small`() {
        #expect(MemoryLayout<PacketHistory.Position>.stride <= 32)
    }
}

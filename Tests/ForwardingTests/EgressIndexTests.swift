import Testing
import Wire

@testable import Forwarding

@Suite struct EgressIndexTests {
    private func entry(_ number: UInt64) -> EgressIndex.Entry {
        EgressIndex.Entry(
            ingress: ExtendedSequenceNumber(number &* 3), timestampOffset: UInt32(truncatingIfNeeded: number),
            picture: PicturePatch(pictureID: UInt16(truncatingIfNeeded: number), tl0PictureIndex: 1, keyIndex: 2),
            source: UInt8(number % 3), flags: 4)
    }

    @Test(arguments: startPoints)
    func `a packet is found by its 16 bits and made as it was`(start: UInt16) {
        var index = EgressIndex()
        let base = extended(start)
        for offset in 0..<2000 as Range<Int64> {
            let number = base.advanced(by: offset)
            index.record(number, entry(number.rawValue))
        }
        let newest = base.advanced(by: 1999)
        #expect(index.extend(newest.wire) == newest)
        #expect(index.entry(for: newest) == entry(newest.rawValue))
        let oldest = newest.advanced(by: -1023)
        #expect(index.request(oldest.wire, at: at(0), roundTripTime: nil) == .resend(entry(oldest.rawValue)))
        let older = newest.advanced(by: -1024)
        #expect(index.request(older.wire, at: at(0), roundTripTime: nil) == .refuse(.notInHistory))
        let unsent = newest.advanced(by: 1)
        #expect(index.request(unsent.wire, at: at(0), roundTripTime: nil) == .refuse(.notInHistory))
    }

    @Test func `holes and late packets are told apart`() {
        var index = EgressIndex(capacity: 8)
        index.record(extended(10), entry(10))
        index.record(extended(13), entry(13))
        #expect(index.entry(for: extended(12)) == nil)
        index.record(extended(12), entry(12))
        #expect(index.entry(for: extended(12)) == entry(12))
        index.record(extended(2), entry(2))
        #expect(index.entry(for: extended(2)) == nil, "older than the ring")
        #expect(index.entry(for: extended(10)) == entry(10), "and it did not take another's place")
        #expect(index.highest == extended(13))
    }

    @Test func `a repeated request is ignored for two round trips, but not longer than 100 ms`() {
        var index = EgressIndex()
        index.record(extended(1), entry(1))
        let wire = SequenceNumber(1)
        #expect(index.request(wire, at: at(0), roundTripTime: .milliseconds(20)) == .resend(entry(1)))
        #expect(index.request(wire, at: at(39), roundTripTime: .milliseconds(20)) == .refuse(.resentTooSoon))
        #expect(index.request(wire, at: at(40), roundTripTime: .milliseconds(20)) == .resend(entry(1)))
        #expect(
            index.request(wire, at: at(139), roundTripTime: .milliseconds(400)) == .refuse(.resentTooSoon))
        #expect(index.request(wire, at: at(140), roundTripTime: nil) == .resend(entry(1)))
        #expect(index.request(wire, at: at(9999), roundTripTime: nil) == .refuse(.resentTooOften))
    }

    @Test func `an index without packets refuses, and so does one that forgot`() {
        var index = EgressIndex()
        #expect(index.request(SequenceNumber(5), at: at(0), roundTripTime: nil) == .refuse(.notInHistory))
        #expect(index.extend(SequenceNumber(5)) == nil)
        index.record(ExtendedSequenceNumber(5), entry(5))
        #expect(index.extend(SequenceNumber(6)) == nil, "there is nothing before the first cycle")
        index.removeAll()
        #expect(index.request(SequenceNumber(5), at: at(0), roundTripTime: nil) == .refuse(.notInHistory))
        #expect(index.highest == ExtendedSequenceNumber(5))
    }

    @Test(arguments: Array(1...8) as [UInt64])
    func `any order of packets agrees with a plain table`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var index = EgressIndex(capacity: 100)
        var model: [UInt64: EgressIndex.Entry] = [:]
        var newest = extended(UInt16.random(in: 0...65_535, using: &generator))
        for step in 0..<5000 {
            let number = newest.advanced(by: Int64.random(in: -140...3, using: &generator))
            newest = step == 0 ? number : max(newest, number)
            index.record(number, entry(number.rawValue))
            model[number.rawValue] = entry(number.rawValue)
            let asked = newest.advanced(by: -Int64.random(in: 0...200, using: &generator))
            let expected = newest.rawValue - asked.rawValue < 128 ? model[asked.rawValue] : nil
            #expect(index.entry(for: asked) == expected, "seed \(seed), step \(step)")
        }
    }

    @Test func `a packet takes 32 bytes`() {
        #expect(MemoryLayout<EgressIndex.Slot>.stride == 32)
        #expect(MemoryLayout<PicturePatch>.size == 4)
    }
}

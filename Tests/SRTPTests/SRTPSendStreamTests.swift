import SRTP
import Testing
import Wire

@Suite("Used indices of an outgoing stream")
struct SRTPSendStreamTests {
    @Test("Ten thousand random indices: none is taken twice, and a fresh one within the window always is")
    func againstModel() {
        for seed in UInt64(1)...8 {
            var generator = SeededGenerator(seed: seed)
            var stream = SRTPSendStream(ssrc: SSRC(1))
            var taken: Set<UInt64> = []
            var highest: UInt64 = 60_000
            #expect(take(highest, from: &stream))
            taken.insert(highest)
            for _ in 0..<10_000 {
                let index: UInt64 =
                    switch Int.random(in: 0..<10, using: &generator) {
                    case 0...3: highest + 1
                    case 4...8: highest - UInt64.random(in: 0...1_200, using: &generator)
                    default: highest + UInt64.random(in: 1...2_500, using: &generator)
                    }
                let expected = index > highest || (highest - index < 1_024 && !taken.contains(index))
                #expect(
                    take(index, from: &stream) == expected,
                    "seed \(seed), index \(index), highest \(highest)"
                )
                if expected { taken.insert(index) }
                highest = max(highest, index)
            }
        }
    }

    @Test("The window's edge: 1,023 behind is still known, 1,024 is too old")
    func edge() {
        var stream = SRTPSendStream(ssrc: SSRC(1))
        #expect(take(5_000, from: &stream))
        #expect(take(5_000 - 1_023, from: &stream))
        #expect(!take(5_000 - 1_024, from: &stream))
        #expect(take(5_001, from: &stream))
        #expect(!take(5_001 - 1_023 - 1, from: &stream))
    }

    @Test("Index zero can be the first, and once")
    func zero() {
        var stream = SRTPSendStream(ssrc: SSRC(1))
        #expect(take(0, from: &stream))
        #expect(!take(0, from: &stream))
        #expect(take(1, from: &stream))
        #expect(!take(0, from: &stream))
    }

    @Test("Indices end at 48 bits (RFC 3711 §9.2)")
    func end() {
        var stream = SRTPSendStream(ssrc: SSRC(1))
        #expect(take(1 << 48 - 1, from: &stream))
        #expect(!take(1 << 48, from: &stream))
        #expect(!take(.max, from: &stream))
    }

    @Test("A long leap forgets everything behind it")
    func leap() {
        var stream = SRTPSendStream(ssrc: SSRC(1))
        for index in UInt64(1)...1_024 { #expect(take(index, from: &stream)) }
        #expect(take(1_000_000, from: &stream))
        for index in UInt64(1)...1_024 { #expect(!take(index, from: &stream)) }
        for index in (1_000_000 - 1_023)..<UInt64(1_000_000) { #expect(take(index, from: &stream)) }
    }

    @Test("A subscription can afford two of them")
    func size() {
        #expect(MemoryLayout<SRTPSendStream>.size <= 160)
    }

    private func take(_ index: UInt64, from stream: inout SRTPSendStream) -> Bool {
        stream.take(ExtendedSequenceNumber(index))
    }
}

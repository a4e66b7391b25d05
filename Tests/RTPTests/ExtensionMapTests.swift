import RTP
import Testing
import Wire

@Suite struct ExtensionMapTests {
    @Test func anEmptyMapKnowsNothing() {
        let map = ExtensionMap()
        #expect(map.isEmpty)
        #expect(map.highestID == 0)
        for kind in RTPExtension.allCases { #expect(map.id(for: kind) == nil) }
        for id in UInt8.min...UInt8.max { #expect(map.kind(for: id) == nil) }
    }

    @Test func eachExtensionHasItsPlace() {
        var map = ExtensionMap()
        for kind in RTPExtension.allCases { map.set(kind, to: kind.rawValue + 1) }
        for kind in RTPExtension.allCases {
            #expect(map.id(for: kind) == kind.rawValue + 1)
            #expect(map.kind(for: kind.rawValue + 1) == kind)
        }
        #expect(map.highestID == UInt8(RTPExtension.allCases.count))
    }

    @Test func anIdentifierBelongsToOneExtension() {
        var map = ExtensionMap()
        map.set(.mid, to: 9)
        map.set(.audioLevel, to: 9)
        #expect(map.id(for: .mid) == nil)
        #expect(map.kind(for: 9) == .audioLevel)
        map.set(.audioLevel, to: 9)
        #expect(map.id(for: .audioLevel) == 9)
        map.set(.audioLevel, to: nil)
        #expect(map == ExtensionMap())
        map.set(.audioLevel, to: 0)
        #expect(map.isEmpty)
    }

    /// The look-up compares eight bytes at once; random maps against a plain dictionary.
    @Test(arguments: 0..<200)
    func agreesWithADictionary(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var map = ExtensionMap()
        var plain: [UInt8: RTPExtension] = [:]
        for _ in 0..<40 {
            let kind = RTPExtension.allCases.randomElement(using: &random)!
            let id = UInt8.random(in: 1...(seed % 2 == 0 ? 14 : 255), using: &random)
            for (other, holder) in plain where holder == kind { plain[other] = nil }
            plain[id] = kind
            map.set(kind, to: id)
        }
        for id in UInt8.min...UInt8.max { #expect(map.kind(for: id) == plain[id], "seed \(seed), id \(id)") }
        #expect(map.highestID == plain.keys.max())
    }

    @Test func namesAreDistinctAndFound() {
        #expect(Set(RTPExtension.allCases.map(\.uri)).count == RTPExtension.allCases.count)
        for kind in RTPExtension.allCases { #expect(RTPExtension(uri: kind.uri) == kind) }
        #expect(RTPExtension(uri: "urn:ietf:params:rtp-hdrext:csrc-audio-level") == nil)
    }

    /// The map has room for sixteen.
    @Test func allExtensionsFit() { #expect(RTPExtension.allCases.allSatisfy { $0.rawValue < 16 }) }
}

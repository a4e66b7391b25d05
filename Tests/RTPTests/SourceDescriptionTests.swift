import RTP
import Testing
import Wire

@Suite struct SourceDescriptionTests {
    @Test func readsChunksAndItems() throws {
        let description = try SourceDescription(Golden.sourceDescription)
        #expect(
            description.chunks == [
                .init(source: SSRC(0x1111_1111), items: [.init(.canonicalName, "aaaaaa")]),
                .init(source: SSRC(0x2222_2222), items: [.init(.canonicalName, "bb"), .init(.mid, "0")]),
            ])
        #expect(description.chunks.map(\.canonicalName) == ["aaaaaa", "bb"])
    }

    @Test func writesWhatItRead() throws {
        #expect(try written(SourceDescription(Golden.sourceDescription).write) == Golden.sourceDescription)
    }

    /// Every place the terminator can have in its word.
    @Test(arguments: 0...9)
    func namesOfAnyLengthComeBack(_ length: Int) throws {
        let name = String(repeating: "x", count: length)
        let description = SourceDescription(source: SSRC(7), canonicalName: name)
        let bytes = written(description.write)
        #expect(bytes.count % 4 == 0)
        #expect(try SourceDescription(bytes) == description)
    }

    @Test func aNameIsCutToWhatAnItemHolds() throws {
        let description = SourceDescription(
            source: SSRC(7), canonicalName: String(repeating: "x", count: 300))
        #expect(try SourceDescription(written(description.write)).chunks[0].canonicalName?.count == 255)
    }

    @Test func bytesThatAreNoTextAreReplaced() throws {
        let description = try SourceDescription(hex("81 CA 0002 00000001 01 01 FF 00"))
        #expect(description.chunks[0].canonicalName == "\u{FFFD}")
    }

    @Test(arguments: [
        "81 CA 0000",  // no chunk where there should be one
        "81 CA 0002 00000001 01 02 61 62",  // no terminator
        "81 CA 0002 00000001 01 03 61 62",  // text beyond the end
        "81 CA 0002 00000001 01 01 61 01",  // item without its length
        "82 CA 0002 00000001 00000000",  // second chunk missing
    ])
    func refuses(_ text: String) {
        #expect(throws: RTCPParseError.self) { try SourceDescription(hex(text)) }
    }

    @Test func oneForNobodyIsEmpty() throws {
        #expect(try SourceDescription(hex("80 CA 0000")).chunks.isEmpty)
    }
}

@Suite struct GoodbyeTests {
    @Test func readsSourcesAndReason() throws {
        let goodbye = try Goodbye(Golden.goodbye)
        #expect(goodbye == Goodbye(sources: [SSRC(0x1111_1111), SSRC(0x2222_2222)], reason: "left!"))
        #expect(written(goodbye.write) == Golden.goodbye)
    }

    @Test(arguments: [nil, "a", "abc", "abcd", String(repeating: "r", count: 255)])
    func reasonsOfAnyLengthComeBack(_ reason: String?) throws {
        let goodbye = Goodbye(sources: [SSRC(1)], reason: reason)
        let bytes = written(goodbye.write)
        #expect(bytes.count % 4 == 0)
        #expect(try Goodbye(bytes) == goodbye)
    }

    @Test func anEmptyReasonIsNone() throws {
        #expect(try Goodbye(hex("81 CB 0002 00000001 00000000")).reason == nil)
        #expect(written(Goodbye(sources: [SSRC(1)], reason: "").write) == hex("81 CB 0001 00000001"))
    }

    @Test func refusesAReasonBeyondTheEnd() {
        #expect(throws: RTCPParseError.truncated(needed: 9, have: 8)) {
            try Goodbye(hex("81 CB 0002 00000001 04616263"))
        }
    }
}

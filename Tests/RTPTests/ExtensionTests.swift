import RTP
import Testing
import Wire

/// The elements a cursor finds, as text to compare with: `id:data`.
private func elements(_ packet: [UInt8]) throws -> [String] {
    let header = try RTPHeader(packet)
    var found: [String] = []
    var cursor = header.extensions
    while let element = cursor.next(in: packet) {
        let data = packet[element.range].map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            .joined()
        found.append("\(element.id):\(data)")
    }
    return found
}

private func packet(extension block: String) -> [UInt8] {
    hex("90 60 0001 00000002 00000003" + block)
}

@Suite struct ExtensionCursorTests {
    @Test func walksTheExampleOfRFC8285OneByteForm() throws {
        // §4.2: lengths of one, two and four bytes, padding before the last.
        let block = "BEDE 0003  10 AA  21 BBCC  00 00  33 DDEEFF00"
        #expect(try elements(packet(extension: block)) == ["1:aa", "2:bbcc", "3:ddeeff00"])
    }

    @Test func walksTheExampleOfRFC8285TwoByteForm() throws {
        // §4.3: lengths of zero, one and four bytes, padding in the middle.
        let block = "1000 0003  01 00  02 01 AA  00  03 04 BBCCDDEE"
        #expect(try elements(packet(extension: block)) == ["1:", "2:aa", "3:bbccddee"])
    }

    @Test func twoByteFormMayHaveAnyApplicationBits() throws {
        #expect(try elements(packet(extension: "100F 0001 10 02 0102")) == ["16:0102"])
    }

    @Test func readsBothGoldenPackets() throws {
        #expect(try elements(Golden.rtp) == ["4:31", "3:1234", "10:686967"])
        #expect(try elements(Golden.rtpWithEverything) == ["1:", "2:aabbcc", "255:7f"])
    }

    @Test func identifierFifteenEndsTheOneByteForm() throws {
        #expect(try elements(packet(extension: "BEDE 0002  10 AA  F0 BB  20 CC  00 00")) == ["1:aa"])
    }

    @Test func identifierZeroWithALengthEndsTheOneByteForm() throws {
        #expect(try elements(packet(extension: "BEDE 0002  10 AA  01 BBBB  20 CC  00")) == ["1:aa"])
    }

    @Test func anElementBeyondTheBlockEndsTheWalk() throws {
        #expect(try elements(packet(extension: "BEDE 0001  10 AA  21 BB  CCDD")) == ["1:aa"])
        #expect(try elements(packet(extension: "1000 0001  01 00  02 01  AABB")) == ["1:"])
        #expect(try elements(packet(extension: "1000 0001  00 00 00 02")) == [])
    }

    @Test func otherProfilesHaveNoElements() throws {
        #expect(try elements(packet(extension: "BEDF 0001 10 AA 00 00")) == [])
    }

    @Test func findsOneElement() throws {
        let header = try RTPHeader(Golden.rtp)
        #expect(header.extensionElement(id: 3, in: Golden.rtp) == 19..<21)
        #expect(header.extensionElement(id: 5, in: Golden.rtp) == nil)
    }

    @Test func aCursorStaysInsideAShorterPacket() throws {
        var cursor = try RTPHeader(Golden.rtp).extensions
        let cut = Array(Golden.rtp[..<20])
        #expect(cursor.next(in: cut)?.id == 4)
        #expect(cursor.next(in: cut) == nil)
    }
}

@Suite struct ExtensionWriterTests {
    @Test func writesOneByteElementsAndPads() {
        var packet = [UInt8](repeating: 0xEE, count: 24)
        var span = packet.mutableSpan
        let one = hex("31")
        var writer = ExtensionWriter(at: 2)
        #expect(writer.isEmpty)
        writer.append(id: 4, bytes: one.span, into: &span)
        writer.appendUInt8(id: 1, 0xFF, into: &span)
        writer.appendUInt16(id: 3, 0x1234, into: &span)
        writer.appendUInt24(id: 14, 0xFFAB_CDEF, into: &span)
        let end = writer.finish(into: &span)
        #expect(end == 18)
        #expect(packet == hex("EEEE BEDE 0003 40 31 10 FF 31 1234 E2 ABCDEF 00 EEEE EEEE EEEE"))
    }

    @Test func writesTwoByteElements() {
        var packet = [UInt8](repeating: 0xEE, count: 20)
        var span = packet.mutableSpan
        let nothing: [UInt8] = []
        var writer = ExtensionWriter(at: 0, form: .twoByte)
        writer.append(id: 15, bytes: nothing.span, into: &span)
        writer.appendUInt16(id: 200, 0x1234, into: &span)
        let end = writer.finish(into: &span)
        #expect(end == 12)
        #expect(packet == hex("1000 0002 0F 00 C8 02 1234 00 00 EEEEEEEEEEEEEEEE"))
    }

    @Test func withoutElementsNothingIsWritten() {
        var packet = [UInt8](repeating: 0xEE, count: 12)
        var span = packet.mutableSpan
        var writer = ExtensionWriter(at: 12)
        let end = writer.finish(into: &span)
        #expect(end == 12)
        #expect(packet == [UInt8](repeating: 0xEE, count: 12))
    }

    @Test(arguments: [(UInt8(0), 1), (15, 1), (255, 1), (1, 0), (1, 17), (1, 300)])
    func oneByteFormRefuses(_ id: UInt8, _ count: Int) {
        let accepted = attempt(form: .oneByte, id: id, count: count)
        #expect(!accepted)
    }

    @Test(arguments: [(UInt8(0), 1), (1, 256)])
    func twoByteFormRefuses(_ id: UInt8, _ count: Int) {
        let accepted = attempt(form: .twoByte, id: id, count: count)
        #expect(!accepted)
    }

    @Test(arguments: [(ExtensionForm.oneByte, UInt8(14), 16), (.twoByte, 255, 255), (.twoByte, 15, 0)])
    func takesTheLargest(_ form: ExtensionForm, _ id: UInt8, _ count: Int) {
        let accepted = attempt(form: form, id: id, count: count)
        #expect(accepted)
    }

    private func attempt(form: ExtensionForm, id: UInt8, count: Int) -> Bool {
        var packet = [UInt8](repeating: 0, count: 400)
        var span = packet.mutableSpan
        var writer = ExtensionWriter(at: 0, form: form)
        let data = [UInt8](repeating: 7, count: count)
        let accepted = writer.append(id: id, bytes: data.span, into: &span)
        return accepted && !writer.isEmpty
    }

    /// The padding needs room as well: an element that fits without it is refused.
    @Test func refusesWhatDoesNotFit() {
        for room in 0..<12 {
            var packet = [UInt8](repeating: 0xEE, count: room)
            var span = packet.mutableSpan
            var writer = ExtensionWriter(at: 0)
            let accepted = writer.appendUInt24(id: 1, 1, into: &span)
            #expect(accepted == (room >= 8))
            let second = writer.appendUInt8(id: 2, 1, into: &span)
            #expect(!second)
            let end = writer.finish(into: &span)
            #expect(end == (accepted ? 8 : 0))
        }
    }

    @Test func aReservedElementIsFilledLater() throws {
        var packet = hex("90 60 0001 00000002 00000003") + [UInt8](repeating: 0, count: 8)
        var span = packet.mutableSpan
        var writer = ExtensionWriter(at: RTPHeader.fixedLength)
        let reserved = writer.reserve(id: 3, count: 2, into: &span)
        let offset = try #require(reserved)
        let end = writer.finish(into: &span)
        span.store(UInt16(0xBEEF), at: offset)
        #expect(end == packet.count)
        #expect(try elements(packet) == ["3:beef"])
    }

    @Test func chosenFormCarriesTheLargest() {
        #expect(ExtensionForm(highestID: 14, longest: 16) == .oneByte)
        #expect(ExtensionForm(highestID: 15, longest: 1) == .twoByte)
        #expect(ExtensionForm(highestID: 1, longest: 17) == .twoByte)
    }

    @Test(arguments: [ExtensionForm.oneByte, .twoByte], 0..<50)
    func whatIsWrittenIsReadBack(_ form: ExtensionForm, _ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var packet = hex("90 60 0001 00000002 00000003") + [UInt8](repeating: 0xEE, count: 1200)
        var span = packet.mutableSpan
        var writer = ExtensionWriter(at: RTPHeader.fixedLength, form: form)
        var written: [[UInt8]] = []
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            let length =
                form == .oneByte
                ? Int.random(in: 1...16, using: &random) : Int.random(in: 0...60, using: &random)
            let id =
                form == .oneByte
                ? UInt8.random(in: 1...14, using: &random) : .random(in: 1...255, using: &random)
            let data = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let accepted = writer.append(id: id, bytes: data.span, into: &span)
            try #require(accepted)
            written.append([id] + data)
        }
        let end = writer.finish(into: &span)
        let header = try RTPHeader(packet)
        #expect(header.headerLength == end)
        var read: [[UInt8]] = []
        var cursor = header.extensions
        while let element = cursor.next(in: packet) { read.append([element.id] + packet[element.range]) }
        #expect(read == written)
    }
}

import RTP
import Testing
import Wire

@Suite struct RTCPCompoundTests {
    /// The types of the packets of a compound, as far as the walk comes, and the error that ends it.
    private func walk(_ compound: [UInt8]) -> (types: [UInt8], error: RTCPParseError?) {
        var packets = RTCPPacketIterator()
        var types: [UInt8] = []
        do throws(RTCPParseError) {
            while let range = try packets.next(in: compound) { types.append(compound[range.lowerBound + 1]) }
        } catch {
            #expect((try? packets.next(in: compound)) == .some(nil), "an error ends the walk")
            return (types, error)
        }
        return (types, nil)
    }

    @Test func walksEveryGoldenPacketInOneCompound() {
        let (types, error) = walk(Golden.rtcp.flatMap { $0 })
        #expect(types == [200, 201, 201, 202, 203, 205, 206, 206, 206, 205, 207])
        #expect(error == nil)
    }

    @Test func aLoneFeedbackMessageIsTaken() {
        #expect(walk(Golden.pictureLoss).types == [206])
        #expect(walk([]).types == [])
    }

    @Test(arguments: [
        ("80 C9 0001 00000001", RTCPParseError?.none),
        ("80 C9 0001 00000001 80 C9", .truncated(needed: 4, have: 2)),
        ("80 C9 0001 00000001 80 C9 0001 000000", .truncated(needed: 8, have: 7)),
        ("80 C9 0001 00000001 80 C9 FFFF 00000000", .truncated(needed: 262_144, have: 8)),
        ("80 C9 0001 00000001 40 C9 0000", .badVersion(1)),
        ("80 C9 0001 00000001 A0 C9 0001 00000000", .badPadding(count: 0)),
        ("80 C9 0001 00000001 A0 C9 0001 00000005", .badPadding(count: 5)),
        ("80 C9 0001 00000001 A0 C9 0000", .badPadding(count: 0)),
    ])
    func stopsAtTheFirstThatIsNoPacket(_ text: String, _ error: RTCPParseError?) {
        let result = walk(hex(text))
        #expect(result.types == [201])
        #expect(result.error == error)
    }

    @Test func paddingIsNoPartOfTheBody() throws {
        let header = try RTCPHeader(hex("A0 C9 0002 00000001 00000004"))
        #expect(header.body == 4..<8)
        #expect(header.packetLength == 12)
    }

    @Test(arguments: [
        "80 CC 0002 00000001 4E414D45", "82 CD 0002 00000001 00000002", "82 CE 0002 00000001 00000002",
        "8F CE 0003 00000001 00000002 4E414D45", "8F CE 0002 00000001 00000002",
    ])
    func whatIsNotUnderstoodIsNamedAndPassedOver(_ text: String) throws {
        let bytes = hex(text)
        #expect(try RTCPPacket(bytes) == .unknown(packetType: bytes[1], format: bytes[0] & 0x1F))
    }

    /// Each packet ends with its last byte: without it, and so without a whole word, it is none.
    @Test func noProperPrefixOfAGoldenPacketIsOne() throws {
        for packet in Golden.rtcp {
            _ = try RTCPPacket(packet)
            for count in 0..<packet.count {
                #expect(throws: RTCPParseError.self) { try RTCPPacket(Array(packet[..<count])) }
            }
        }
    }

    /// The same with a length field that tells no lie, so that the body is what is too short.
    @Test func aShortenedBodyIsNeverReadAsTheWhole() {
        for packet in Golden.rtcp {
            for words in 1..<packet.count / 4 {
                var short = Array(packet[..<(words * 4)])
                short[0] &= 0xDF
                short[3] = UInt8(words - 1)
                let read = try? RTCPPacket(short)
                #expect(read != (try? RTCPPacket(packet)), "\(words) words of \(packet)")
            }
        }
    }

    @Test func aPacketOfAnotherTypeIsRefused() {
        #expect(throws: RTCPParseError.unexpectedType(packetType: 206, format: 1)) {
            try GenericNACK(Golden.pictureLoss)
        }
        #expect(throws: RTCPParseError.unexpectedType(packetType: 205, format: 1)) {
            try TransportFeedback(Golden.nack)
        }
    }
}

import RTP
import Testing
import Wire

@Suite struct RTPHeaderTests {
    @Test func readsTheFixedFields() throws {
        let header = try RTPHeader(Golden.rtp)
        #expect(header.version == 2)
        #expect(header.marker)
        #expect(header.payloadType == PayloadType(96))
        #expect(header.sequenceNumber == SequenceNumber(0xA1B2))
        #expect(header.timestamp == RTPTimestamp(0x0102_0304))
        #expect(header.ssrc == SSRC(0xCAFE_BABE))
        #expect(header.csrcCount == 0)
        #expect(header.extensionProfile == 0xBEDE)
        #expect(header.extensionRange == 16..<28)
        #expect(header.headerLength == 28)
        #expect(header.payloadRange == 28..<37)
        #expect(header.paddingLength == 0)
    }

    @Test func readsContributorsExtensionAndPadding() throws {
        let header = try RTPHeader(Golden.rtpWithEverything)
        #expect(!header.marker)
        #expect(header.csrcCount == 2)
        #expect(header.csrc(at: 1, in: Golden.rtpWithEverything) == SSRC(0x2222_2222))
        #expect(header.csrc(at: 2, in: Golden.rtpWithEverything) == nil)
        #expect(header.csrc(at: -1, in: Golden.rtpWithEverything) == nil)
        #expect(header.csrc(at: .max, in: Golden.rtpWithEverything) == nil)
        #expect(header.extensionProfile == 0x1000)
        #expect(header.extensionRange == 24..<36)
        #expect(header.payloadRange == 36..<40)
        #expect(header.paddingLength == 3)
    }

    @Test func withoutExtensionThereIsNoneToWalk() throws {
        let packet = hex("80 00 0001 00000002 00000003 FF")
        let header = try RTPHeader(packet)
        #expect(header.extensionProfile == nil)
        #expect(header.extensionRange.isEmpty)
        #expect(header.payloadRange == 12..<13)
        var cursor = header.extensions
        #expect(cursor.next(in: packet) == nil)
    }

    @Test func aPaddingOnlyProbeHasAnEmptyPayload() throws {
        let header = try RTPHeader(hex("A0 60 0001 00000002 00000003 00 00 00 04"))
        #expect(header.payloadRange == 12..<12)
        #expect(header.paddingLength == 4)
    }

    @Test(arguments: [
        ("40 60 0001 00000002 00000003", RTPParseError.badVersion(1)),
        ("A0 60 0001 00000002 00000003 00", .badPadding(count: 0)),
        ("A0 60 0001 00000002 00000003 02", .badPadding(count: 2)),
        // Padding may not reach into the extension.
        ("B0 60 0001 00000002 00000003 BEDE 0001 00 00 00 05", .badPadding(count: 5)),
        ("81 60 0001 00000002 00000003 000000", .truncated(needed: 16, have: 15)),
        ("90 60 0001 00000002 00000003 BEDE", .truncated(needed: 16, have: 14)),
        ("90 60 0001 00000002 00000003 BEDE FFFF", .truncated(needed: 16 + 0xFFFF * 4, have: 16)),
    ])
    func refuses(_ text: String, _ error: RTPParseError) {
        #expect(throws: error) { try RTPHeader(hex(text)) }
    }

    @Test func refusesWhatNoDatagramCanHold() {
        let packet = hex("80 60 0001 00000002 00000003") + [UInt8](repeating: 0, count: 65536 - 12)
        #expect(throws: RTPParseError.tooLong(65536)) { try RTPHeader(packet) }
    }

    @Test func everyPrefixIsRefusedOrHasItsRangesInside() {
        for packet in [Golden.rtp, Golden.rtpWithEverything] {
            for count in 0..<packet.count {
                let prefix = Array(packet[..<count])
                guard let header = try? RTPHeader(prefix) else { continue }
                #expect(header.headerLength <= header.payloadRange.lowerBound)
                #expect(header.payloadRange.upperBound + header.paddingLength == count)
            }
        }
    }

    @Test func theSourceOfAnEncryptedPacketIsReadable() {
        #expect(RTPHeader.ssrc(of: Golden.rtp) == SSRC(0xCAFE_BABE))
        #expect(RTPHeader.ssrc(of: Array(Golden.rtp[..<11])) == nil)
    }

    @Test func whatTheFixedHeaderWritesTheParserReads() throws {
        let written = RTPFixedHeader(
            marker: true, payloadType: PayloadType(127), sequenceNumber: SequenceNumber(65535),
            timestamp: RTPTimestamp(.max), ssrc: SSRC(1))
        var packet = [UInt8](repeating: 0xEE, count: 14)
        var span = packet.mutableSpan
        written.write(into: &span, at: 1, hasExtension: false)
        #expect(packet == hex("EE 80 FF FFFF FFFFFFFF 00000001 EE"))

        let header = try RTPHeader(Array(packet[1...13]))
        #expect(header.marker)
        #expect(header.payloadType == written.payloadType)
        #expect(header.sequenceNumber == written.sequenceNumber)
        #expect(header.timestamp == written.timestamp)
        #expect(header.ssrc == written.ssrc)
    }

    /// One is made for every packet that comes in.
    @Test func sizeIsPinned() {
        #expect(MemoryLayout<RTPHeader>.size <= 24)
        #expect(MemoryLayout<ExtensionMap>.size == 16)
    }
}

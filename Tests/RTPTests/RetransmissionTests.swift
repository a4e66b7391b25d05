import RTP
import Testing
import Wire

@Suite struct RetransmissionTests {
    /// Payload type 97 for 96, own source and number; the lost packet was 0xA1B2.
    private let retransmission = hex("90 E1 0007 01020304 00000009  BEDE 0001 40 31 00 00  A1B2 90 80 11 10")

    @Test func unwrapsIntoThePacketThatWasLost() throws {
        var packet = retransmission
        let header = try RTPHeader(packet)
        #expect(try Retransmission.originalSequenceNumber(of: packet) == SequenceNumber(0xA1B2))
        var span = packet.mutableSpan
        let start = Retransmission.unwrap(
            &span, header: header, ssrc: SSRC(0xCAFE_BABE), payloadType: PayloadType(96))
        #expect(start == 2)
        #expect(
            Array(packet[2...]) == hex("90 E0 A1B2 01020304 CAFEBABE  BEDE 0001 40 31 00 00  90 80 11 10"))
    }

    @Test func paddingStaysWhereItIs() throws {
        var packet = hex("A0 61 0007 01020304 00000009  A1B2 55 00 02")
        let header = try RTPHeader(packet)
        var span = packet.mutableSpan
        let start = Retransmission.unwrap(&span, header: header, ssrc: SSRC(5), payloadType: PayloadType(96))
        #expect(start == 2)
        let original = try RTPHeader(Array(packet[2...]))
        #expect(original.payloadRange == 12..<13)
        #expect(original.paddingLength == 2)
        #expect(!original.marker)
    }

    /// Bandwidth estimators send padding on the retransmission stream.
    @Test(arguments: [
        "A0 61 0007 01020304 00000009 02 02", "80 61 0007 01020304 00000009",
        "80 61 0007 01020304 00000009 A1",
    ])
    func withoutAPayloadThereIsNothingToUnwrap(_ text: String) throws {
        var packet = hex(text)
        let header = try RTPHeader(packet)
        #expect(try Retransmission.originalSequenceNumber(of: packet) == nil)
        var span = packet.mutableSpan
        let start = Retransmission.unwrap(&span, header: header, ssrc: SSRC(5), payloadType: PayloadType(96))
        #expect(start == nil)
        #expect(packet == hex(text))
    }

    @Test func whatIsWrappedIsUnwrapped() throws {
        var packet = hex("80 61 0007 01020304 00000009 0000 55 66")
        var span = packet.mutableSpan
        let payload = Retransmission.writeOriginalSequenceNumber(SequenceNumber(0xFFFF), into: &span, at: 12)
        #expect(payload == 14)
        #expect(try Retransmission.originalSequenceNumber(of: packet) == SequenceNumber(0xFFFF))
    }
}

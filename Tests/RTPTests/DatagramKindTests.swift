import RTP
import Testing

@Suite struct DatagramKindTests {
    /// The picture of RFC 9443 §3, boundary by boundary.
    @Test(arguments: [
        (UInt8(0), DatagramKind.stun), (3, .stun), (4, .other), (15, .other), (16, .other), (19, .other),
        (20, .dtls), (63, .dtls), (64, .other), (79, .other), (80, .other), (127, .other),
        (128, .rtp), (191, .rtp), (192, .other), (255, .other),
    ])
    func firstByteDecides(_ first: UInt8, _ kind: DatagramKind) {
        #expect(DatagramKind([first, 96]) == kind)
    }

    /// RFC 5761 §4: payload types 64 to 95 are control packets, whatever the marker.
    @Test(arguments: [
        (UInt8(63), DatagramKind.rtp), (64, .rtcp), (95, .rtcp), (96, .rtp), (127, .rtp),
        (191, .rtp), (192, .rtcp), (200, .rtcp), (207, .rtcp), (223, .rtcp), (224, .rtp), (255, .rtp),
    ])
    func secondByteTellsMediaFromControl(_ second: UInt8, _ kind: DatagramKind) {
        #expect(DatagramKind([0x80, second]) == kind)
        #expect(RTCP.isRTCP([0x80, second]) == (kind == .rtcp))
    }

    @Test func goldenPacketsAreWhatTheyAre() {
        #expect(DatagramKind(Golden.rtp) == .rtp)
        for packet in Golden.rtcp { #expect(DatagramKind(packet) == .rtcp) }
    }

    @Test func tooShortIsNothing() {
        #expect(DatagramKind([UInt8]()) == .other)
        #expect(DatagramKind([UInt8(0x80)]) == .other)
    }
}

import RTP
import Testing

@Suite struct MediaCodecTests {
    @Test(arguments: [
        ("opus", MediaCodec.opus), ("OPUS", .opus), ("VP8", .vp8), ("vp9", .vp9), ("H264", .h264),
        ("AV1", .av1), ("red", .red),
    ])
    func encodingNamesAreComparedWithoutCase(_ name: String, _ codec: MediaCodec) {
        #expect(MediaCodec(encodingName: name) == codec)
    }

    @Test(arguments: ["", "rtx", "H265", "VP80", "telephone-event"])
    func whatIsNotUnderstoodIsNoCodec(_ name: String) {
        #expect(MediaCodec(encodingName: name) == nil)
    }

    @Test func kindsAndClocks() {
        #expect(MediaCodec.allCases.filter { $0.kind == .audio } == [.opus, .red])
        #expect(MediaCodec.opus.clockRate == 48_000)
        #expect(MediaCodec.av1.clockRate == 90_000)
        for codec in MediaCodec.allCases { #expect(MediaCodec(encodingName: codec.encodingName) == codec) }
    }
}

import RTP
import Testing
import Wire

@Suite struct FrameSizeTests {
    @Test(arguments: [
        // Descriptor without extension; frame tag of a keyframe, start code, 640 × 360, and scales to be left out.
        ("10 50 42 00 9D 01 2A 80 02 68 01", 640, 360),
        ("90 F0 80 01 02 03 50 42 00 9D 01 2A 80 42 68 81", 640, 360),
        ("10 50 42 00 9D 01 2A 00 05 D0 02 FF FF", 1_280, 720),
    ])
    func readsVP8(_ text: String, _ width: Int, _ height: Int) {
        #expect(FrameSize(keyframe: hex(text).span, codec: .vp8) == FrameSize(width: width, height: height))
    }

    @Test(arguments: [
        "10 51 42 00 9D 01 2A 80 02 68 01",  // not a keyframe
        "00 50 42 00 9D 01 2A 80 02 68 01",  // not its first packet
        "10 50 42 00 9D 01 2B 80 02 68 01",  // another start code: encrypted
        "10 50 42 00 9D 01 2A 00 00 68 01",  // no width
        "10 50 42 00 9D 01 2A 80 02 68", "10", "",
    ])
    func refusesVP8(_ text: String) { #expect(FrameSize(keyframe: hex(text).span, codec: .vp8) == nil) }

    /// Parameter sets as x264, OpenH264 and a hardware encoder write them.
    @Test(arguments: [
        ("67 42 C0 1F 8C 8D 40 50 1E D0 0F 08 84 6A", 640, 480),
        ("67 64 00 1F AC D9 40 50 05 BB 01 10 00 00 03 00 10 00 00 03 03 C0 F1 83 19 60", 1_280, 720),
        ("67 64 00 28 AC D9 40 78 02 27 E5 C0 44 00 00 03 00 04 00 00 03 00 F0 3C 60 C6 58", 1_920, 1_080),
    ])
    func readsH264(_ text: String, _ width: Int, _ height: Int) {
        let unit = hex(text)
        #expect(FrameSize(keyframe: unit.span, codec: .h264) == FrameSize(width: width, height: height))
        let aggregate = [0x78, 0x00, 0x02, 0x09, 0xF0, 0x00, UInt8(unit.count)] + unit + [0x00, 0x02, 0x68, 0xCE]
        #expect(FrameSize(keyframe: aggregate.span, codec: .h264) == FrameSize(width: width, height: height))
        for count in 0..<unit.count {
            let part = Array(unit[..<count])
            let cut = FrameSize(keyframe: part.span, codec: .h264)
            #expect(cut == nil || cut == FrameSize(width: width, height: height))
        }
        #expect(FrameSize(keyframe: unit.span, codec: .av1) == nil)
    }

    @Test func nothingTraps() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<50_000 {
            var bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if Bool.random(using: &generator), !bytes.isEmpty { bytes[0] = 0x67 }
            for codec in MediaCodec.allCases { _ = FrameSize(keyframe: bytes.span, codec: codec) }
        }
    }
}

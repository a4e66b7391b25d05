import RTP
import Testing
import Wire

@testable import Forwarding

@Suite struct VP8MungerTests {
    private func fields(_ picture: UInt16, tl0: UInt8 = 0, key: UInt8 = 0, isLong: Bool = true)
        -> VP8Munger.Fields
    {
        VP8Munger.Fields(
            pictureID: picture & (isLong ? 0x7FFF : 0x7F), isLongPictureID: isLong, tl0PictureIndex: tl0,
            keyIndex: key & 0x1F)
    }

    private func patch(_ picture: UInt16, tl0: UInt8 = 0, key: UInt8 = 0) -> VP8Munger.Verdict {
        .forward(PicturePatch(pictureID: picture, tl0PictureIndex: tl0, keyIndex: key))
    }

    @Test func `before the first source nothing is forwarded`() {
        var munger = VP8Munger()
        #expect(munger.forward(fields(1)) == .drop(.lateAfterSwitch))
        #expect(munger.leaveOut(fields(1)) == false)
    }

    @Test(arguments: startPoints)
    func `pictures count from zero over every wrap, late packets included`(start: UInt16) {
        var munger = VP8Munger()
        munger.switchSource(at: fields(start, tl0: UInt8(truncatingIfNeeded: start), key: UInt8(start % 32)))
        for step in [0, 1, 1, 2, 5, 3, 4, 6] as [UInt16] {
            let sent = munger.forward(
                fields(start &+ step, tl0: UInt8(truncatingIfNeeded: start &+ step), key: UInt8(start % 32)))
            #expect(sent == patch(step, tl0: UInt8(step)))
        }
        #expect(munger.forward(fields(start &- 1)) == .drop(.lateAfterSwitch))
    }

    @Test(arguments: startPoints)
    func `a new source continues all three counters`(start: UInt16) {
        var munger = VP8Munger()
        munger.switchSource(at: fields(100, tl0: 200, key: 30))
        for step in 0..<10 as Range<UInt16> {
            _ = munger.forward(fields(100 + step, tl0: 200 &+ UInt8(step), key: 30))
        }
        munger.switchSource(at: fields(start, tl0: 7, key: 3))
        #expect(munger.forward(fields(start, tl0: 7, key: 3)) == patch(10, tl0: 10, key: 1))
        #expect(munger.forward(fields(start &+ 1, tl0: 8, key: 4)) == patch(11, tl0: 11, key: 2))
        munger.switchSource(at: fields(5, tl0: 0, key: 0))
        #expect(munger.forward(fields(5, tl0: 0, key: 0)) == patch(12, tl0: 12, key: 3))
    }

    @Test(arguments: startPoints)
    func `frames that are left out close up, packet by packet`(start: UInt16) {
        var munger = VP8Munger()
        munger.switchSource(at: fields(start))
        #expect(munger.forward(fields(start)) == patch(0))
        #expect(munger.leaveOut(fields(start &+ 1)) == true)
        #expect(munger.leaveOut(fields(start &+ 1)) == true, "the frame's second packet")
        #expect(munger.forward(fields(start &+ 2, tl0: 1)) == patch(1, tl0: 1))
        #expect(munger.forward(fields(start &+ 2, tl0: 1)) == patch(1, tl0: 1), "the frame's second packet")
        #expect(munger.leaveOut(fields(start &+ 3)) == true)
        #expect(munger.forward(fields(start &+ 3)) == .drop(.compacted))
        #expect(munger.forward(fields(start &+ 4, tl0: 2)) == patch(2, tl0: 2))
        #expect(munger.forward(fields(start)) == patch(0), "late")
    }

    @Test func `pictures wrap at 15 bits on their way out`() {
        var munger = VP8Munger()
        munger.switchSource(at: fields(0))
        for step in 0..<70_000 as Range<Int> {
            let picture = UInt16(step % 0x8000)
            #expect(munger.forward(fields(picture)) == patch(picture))
        }
    }

    @Test func `7-bit pictures wrap and continue`() {
        var munger = VP8Munger()
        munger.switchSource(at: fields(120, isLong: false))
        for step in 0..<300 as Range<UInt16> {
            #expect(munger.forward(fields(120 &+ step, isLong: false)) == patch(step))
        }
    }

    @Test func `a descriptor without the fields is left alone`() {
        var munger = VP8Munger()
        let empty = VP8Munger.Fields(pictureID: nil, tl0PictureIndex: nil, keyIndex: nil)
        munger.switchSource(at: empty)
        #expect(munger.forward(empty) == .forward(.none))
        #expect(PicturePatch.none.isEmpty)
        #expect(!PicturePatch(pictureID: 0xFFFF, tl0PictureIndex: 0, keyIndex: 0xFF).isEmpty)
        #expect(PicturePatch(pictureID: 0xFFFF, tl0PictureIndex: 0, keyIndex: 0xFF).keyIndex == 31)
    }

    @Test func `fields are taken from a descriptor and written back through it`() throws {
        // X=1; I, L, T, K; PictureID 0x1234, TL0PICIDX 0x56, TID 1, Y, KEYIDX 7; then the payload header.
        var payload: [UInt8] = [0x90, 0xF0, 0x92, 0x34, 0x56, 0x67, 0x00, 0x00]
        let descriptor = try VP8Descriptor(parsing: payload.span)
        let taken = VP8Munger.Fields(descriptor)
        #expect(taken == VP8Munger.Fields(pictureID: 0x1234, tl0PictureIndex: 0x56, keyIndex: 7))
        var munger = VP8Munger()
        munger.switchSource(at: taken)
        guard case .forward(let patch) = munger.forward(taken) else {
            Issue.record("dropped")
            return
        }
        var span = payload.mutableSpan
        descriptor.patch(
            &span, at: 0, pictureID: patch.pictureID, tl0PictureIndex: patch.tl0PictureIndex,
            keyIndex: patch.keyIndex)
        #expect(payload == [0x90, 0xF0, 0x80, 0x00, 0x00, 0x60, 0x00, 0x00])
    }

    /// What a decoder needs: pictures rise by one from frame to frame, whatever was switched or left out.
    @Test(arguments: Array(1...12) as [UInt64])
    func `a receiver sees frames without a hole over any switches and dropped layers`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var munger = VP8Munger()
        var expected: UInt16 = 0
        for source in 0..<60 {
            var picture = UInt16.random(in: 0..<0x8000, using: &generator)
            munger.switchSource(at: fields(picture))
            for frame in 0..<Int.random(in: 1...80, using: &generator) {
                let isLeftOut = frame > 0 && Bool.random(using: &generator)
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    if isLeftOut {
                        #expect(munger.leaveOut(fields(picture)) == true)
                        continue
                    }
                    guard case .forward(let patch) = munger.forward(fields(picture)) else {
                        Issue.record("seed \(seed): a frame was dropped")
                        return
                    }
                    #expect(patch.pictureID == expected, "seed \(seed), source \(source), frame \(frame)")
                }
                if !isLeftOut { expected = (expected + 1) & 0x7FFF }
                picture = (picture + 1) & 0x7FFF
            }
        }
    }
}

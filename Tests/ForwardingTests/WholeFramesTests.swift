import Testing
import Wire

@testable import Forwarding

@Suite struct WholeFramesTests {
    /// A stream of frames with three packets each, 50 ms apart.
    private struct Stream {
        var frames = WholeFrames()
        var isRepaired = true
        var whole: [UInt64] = []

        /// Lets a packet come: packets 3n, 3n + 1 and 3n + 2 are frame n.
        mutating func receive(_ number: UInt64, isKeyframe: Bool = false) {
            let frame = number / 3
            let isWhole = frames.receive(
                ExtendedSequenceNumber(first + number), timestamp: RTPTimestamp(UInt32(frame * 4_500)),
                isLast: number % 3 == 2, isKeyframeStart: isKeyframe && number % 3 == 0, isRepaired: isRepaired,
                at: .zero + .milliseconds(Int64(frame) * 50))
            if isWhole { whole.append(frame) }
        }

        var first: UInt64
    }

    /// Every start lies a little before a wrap of the number, or of a window of them.
    static let starts: [UInt64] = [0, 1, 2_046, 32_766, 65_534, 131_070]

    @Test(arguments: starts)
    func `frames that come in order are whole with their last packets`(first: UInt64) {
        var stream = Stream(first: first)
        for number in 0..<12 as Range<UInt64> { stream.receive(number, isKeyframe: number == 0) }
        #expect(stream.whole == [0, 1, 2, 3])
        #expect(stream.frames.begun == 4)
    }

    @Test(arguments: starts)
    func `what is missing holds up what is behind it until it is repaired`(first: UInt64) {
        var stream = Stream(first: first)
        for number in 0..<12 as Range<UInt64> where number != 4 { stream.receive(number, isKeyframe: number == 0) }
        #expect(stream.whole == [0])
        stream.receive(4)
        #expect(stream.whole == [0, 1])
        stream.receive(12)
        stream.receive(14)
        #expect(stream.whole == [0, 1])
        stream.receive(13)
        #expect(stream.whole == [0, 1, 4])
    }

    @Test func `a keyframe ends the waiting, also one that is repaired itself`() {
        var stream = Stream(first: 100)
        for number in [0, 1, 2, 4, 5, 6, 7, 8] as [UInt64] { stream.receive(number, isKeyframe: number == 0) }
        #expect(stream.whole == [0])
        // The first packet of the keyframe comes last.
        for number in [10, 11, 12, 13] as [UInt64] { stream.receive(number) }
        stream.receive(9, isKeyframe: true)
        #expect(stream.whole == [0, 3])
        stream.receive(14)
        #expect(stream.whole == [0, 3, 4])
    }

    @Test func `of a stream that nobody is sent each frame counts for itself`() {
        var stream = Stream(first: 100)
        stream.isRepaired = false
        // The packet before tells where a frame begins: nothing is known of the first.
        for number in 0..<24 as Range<UInt64> where number != 4 && number != 14 { stream.receive(number) }
        #expect(stream.whole == [2, 3, 6, 7])
        // Asked for again from here on, the next hole is waited for.
        stream.isRepaired = true
        for number in [24, 25, 26, 28, 29, 30, 31, 32] as [UInt64] { stream.receive(number) }
        #expect(stream.whole.last == 8)
        stream.receive(27)
        #expect(stream.whole.last == 9)
    }

    @Test func `padding between frames is not missing`() {
        var stream = Stream(first: 100)
        for number in 0..<3 as Range<UInt64> { stream.receive(number, isKeyframe: true) }
        stream.frames.receivePadding(ExtendedSequenceNumber(103))
        stream.first += 1
        for number in 3..<6 as Range<UInt64> { stream.receive(number) }
        #expect(stream.whole == [0, 1])
    }

    @Test func `a keyframe on its way is told from one that lacks something`() {
        var stream = Stream(first: 100)
        stream.receive(0, isKeyframe: true)
        #expect(stream.frames.isWithinKeyframe)
        stream.receive(1)
        #expect(stream.frames.isWithinKeyframe)
        stream.receive(2)
        #expect(!stream.frames.isWithinKeyframe)
        stream.receive(3, isKeyframe: true)
        stream.receive(5)
        #expect(!stream.frames.isWithinKeyframe)
    }

    @Test func `the interval follows a higher rate at once and a lower one slowly`() {
        var frames = WholeFrames()
        var now = Timestamp.zero
        func come(_ number: UInt64, after interval: Interval) {
            now = now + interval
            _ = frames.receive(
                ExtendedSequenceNumber(number), timestamp: RTPTimestamp(UInt32(number) * 3_000), isLast: true,
                isKeyframeStart: number == 1, isRepaired: true, at: now)
        }
        for number in 1...200 as ClosedRange<UInt64> { come(number, after: .milliseconds(200)) }
        #expect(abs((frames.interval - .milliseconds(200)).milliseconds) < 5)
        for number in 201...206 as ClosedRange<UInt64> { come(number, after: .milliseconds(33)) }
        #expect(frames.interval < .milliseconds(40))
        come(207, after: .seconds(20))
        #expect(frames.interval < .milliseconds(120))
    }

    @Test(arguments: Array(1...20) as [UInt64])
    func `any order and loss agrees with counting`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var stream = Stream(first: UInt64.random(in: 0...70_000, using: &generator))
        let lost = Set((3..<600 as Range<UInt64>).filter { _ in Int.random(in: 0..<100, using: &generator) == 0 })
        var order = (0..<600 as Range<UInt64>).filter { !lost.contains($0) }
        for place in stride(from: 4, to: order.count - 1, by: 3) where Bool.random(using: &generator) {
            order.swapAt(place, place + 1)
        }
        for number in order { stream.receive(number, isKeyframe: number == 0) }
        let end = (lost.min() ?? 600) / 3
        #expect(stream.whole.last.map { $0 + 1 >= end && $0 <= end } ?? false, "seed \(seed)")
        for number in lost.sorted() { stream.receive(number) }
        #expect(stream.frames.begun == 200)
        // Everything is there now: the next frame is whole as soon as it comes.
        for number in 600..<603 as Range<UInt64> { stream.receive(number) }
        #expect(stream.whole.last == 200, "seed \(seed)")
    }
}

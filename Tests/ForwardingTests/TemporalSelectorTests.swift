import Testing
import Wire

@testable import Forwarding

@Suite struct TemporalSelectorTests {
    /// `#expect` does not take calls that change their object.
    private func expect<Value: Equatable>(
        _ value: Value, _ expected: Value, _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(value == expected, sourceLocation: location)
    }

    /// T0 T2 T1 T2 over and over; the first T2 and T1 of a round refer to T0 only. Three packets a frame.
    private struct Stream {
        var selector = TemporalSelector()
        var number = ExtendedSequenceNumber(1_000)
        var frame = 0

        static func layer(_ frame: Int) -> UInt8 { [0, 2, 1, 2][frame % 4] }
        static func isSync(_ frame: Int) -> Bool { frame % 4 != 3 }

        mutating func packet(_ number: ExtendedSequenceNumber, of frame: Int, isFirst: Bool, isKey: Bool = false) -> Bool {
            selector.admits(
                Self.layer(frame), number: number, isSwitchingPoint: Self.isSync(frame), startsFrame: isFirst,
                isKeyframeStart: isKey && isFirst)
        }

        /// The layers of whole frames that pass; a frame of which a part passes is a failure.
        mutating func send(_ count: Int, isKey: Bool = false) -> [UInt8] {
            var layers: [UInt8] = []
            for index in 0..<count {
                let passed = (0..<3).map { place in
                    defer { number = number.advanced(by: 1) }
                    return packet(number, of: frame, isFirst: place == 0, isKey: isKey && index == 0)
                }
                #expect(Set(passed).count == 1, "frame \(frame)")
                if passed[0] { layers.append(Self.layer(frame)) }
                frame += 1
            }
            return layers
        }
    }

    @Test func `everything passes until something is asked for`() {
        var stream = Stream()
        let layers = stream.send(8)
        #expect(layers == [0, 2, 1, 2, 0, 2, 1, 2])
    }

    @Test func `down at the next frame that is too high, up one layer at a time where it can be followed`() {
        var stream = Stream()
        _ = stream.send(4)
        stream.selector.target = 0
        expect(stream.send(8), [0, 0])
        stream.selector.target = 1
        expect(stream.send(8), [0, 1, 0, 1])
        stream.selector.target = 2
        expect(stream.send(8), [0, 2, 1, 2, 0, 2, 1, 2])
        stream.selector.target = 0
        _ = stream.send(4)
        stream.selector.target = 2
        // The first T2 depends on T0 only, but the next may depend on a T1 that was not sent.
        expect(stream.send(8), [0, 1, 0, 2, 1, 2])
    }

    @Test func `all layers are taken up behind a frame that opens them`() {
        var selector = TemporalSelector()
        selector.target = 0
        selector.restart()
        var number = ExtendedSequenceNumber(10)
        func admits(_ layer: UInt8, opens: Bool) -> Bool {
            number = number.advanced(by: 1)
            return selector.admits(
                layer, number: number, isSwitchingPoint: false, opensHigherLayers: opens, startsFrame: true,
                isKeyframeStart: false)
        }
        selector.target = 2
        expect(admits(2, opens: true), false)
        expect(admits(0, opens: false), true)
        expect(admits(2, opens: true), false)
        expect(admits(0, opens: true), true)
        expect(admits(2, opens: true), true)
    }

    @Test func `a layer without a switching point is taken up at a keyframe`() {
        var selector = TemporalSelector()
        selector.target = 0
        selector.restart()
        func admits(_ layer: UInt8, _ number: UInt64, isKey: Bool = false) -> Bool {
            selector.admits(
                layer, number: ExtendedSequenceNumber(number), isSwitchingPoint: false, startsFrame: true,
                isKeyframeStart: isKey)
        }
        selector.target = 1
        expect(admits(1, 10), false)
        expect(admits(0, 11, isKey: true), true)
        expect(admits(1, 12), true)
        // Still judged by what held there.
        expect(admits(1, 9), false)
    }

    @Test func `nothing changes within a frame`() {
        var stream = Stream()
        _ = stream.send(1)
        let first = stream.number
        expect(stream.packet(first, of: 1, isFirst: true), true)
        stream.selector.target = 0
        expect(stream.packet(first.advanced(by: 1), of: 1, isFirst: false), true)
        expect(stream.packet(first.advanced(by: 2), of: 1, isFirst: false), true)
        expect(stream.packet(first.advanced(by: 3), of: 2, isFirst: true), false)
        // Repaired.
        expect(stream.packet(first.advanced(by: 1), of: 1, isFirst: false), true)
        expect(stream.packet(first.advanced(by: 4), of: 2, isFirst: false), false)
    }

    @Test func `what comes late goes by what was sent at its time, over several changes`() {
        var selector = TemporalSelector()
        func admits(_ layer: UInt8, _ number: UInt64, isLate: Bool = false) -> Bool {
            selector.admits(
                layer, number: ExtendedSequenceNumber(number), isSwitchingPoint: true, startsFrame: true,
                isKeyframeStart: false, isLate: isLate)
        }
        selector.target = 2
        selector.restart()
        expect(admits(2, 10), true)
        selector.target = 0
        expect(admits(2, 20), false)
        selector.target = 2
        expect(admits(1, 30), true)
        expect(admits(2, 40), true)
        selector.target = 1
        expect(admits(2, 50), false)
        // Repaired: of each time one that was sent and one that was not.
        for (layer, number, isSent) in [
            (2, 15, true), (0, 25, true), (1, 25, false), (1, 35, true), (2, 35, false), (2, 45, true), (1, 55, true),
            (2, 55, false),
        ] as [(UInt8, UInt64, Bool)] {
            expect(admits(layer, number, isLate: true), isSent)
            expect(selector.hasForgotten(ExtendedSequenceNumber(number)), false)
        }
        selector.target = 0
        expect(admits(1, 60), false)
        // What held before five changes is not known any more.
        expect(admits(0, 15, isLate: true), false)
        expect(selector.hasForgotten(ExtendedSequenceNumber(15)), true)
        expect(admits(1, 35, isLate: true), true)
        expect(selector.hasForgotten(ExtendedSequenceNumber(35)), false)
    }

    @Test(arguments: 0..<50) func `what passes never depends on what did not`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var selector = TemporalSelector()
        var sent: Set<Int> = []
        for frame in 0..<2_000 {
            if Int.random(in: 0..<15, using: &generator) == 0 { selector.target = UInt8.random(in: 0...2, using: &generator) }
            let isKey = frame == 0 || (frame % 4 == 0 && Int.random(in: 0..<40, using: &generator) == 0)
            let passes = selector.admits(
                Stream.layer(frame), number: ExtendedSequenceNumber(UInt64(frame)),
                isSwitchingPoint: Stream.isSync(frame), startsFrame: true, isKeyframeStart: isKey)
            guard passes else { continue }
            #expect(Stream.layer(frame) <= 2)
            sent.insert(frame)
            let reference = [frame - 4, frame - 1, frame - 2, frame - 1][frame % 4]
            #expect(isKey || sent.contains(reference), "seed \(seed): \(frame)")
        }
        #expect(sent.count > 600)
    }
}

import Testing
import Wire

@testable import Forwarding

@Suite struct SpatialSelectorTests {
    private typealias Frame = SpatialSelector.Frame

    /// A publisher of three spatial layers and a receiver whose decoder checks what it gets.
    private struct Call {
        /// Whether spatial layers depend on each other in keyframes only.
        let isKeyDependent: Bool
        var selector = SpatialSelector()
        /// Whether the highest layer says that one above may refer to it, as where there is one now and then.
        var isModest = true
        /// The layers that are produced.
        var layers: UInt8 = 3
        private var timestamp = RTPTimestamp(.max - 20_000)
        private var picture = 0
        /// For each layer, the last picture with a frame of it, as it was sent and as it was decoded.
        private var sent: [UInt8: Int] = [:]
        private var decoded: [UInt8: Int] = [:]

        init(isKeyDependent: Bool) { self.isKeyDependent = isKeyDependent }

        private func frames(isKeyframe: Bool) -> [Frame] {
            (0..<layers).map { layer in
                let isJoined = isKeyframe || !isKeyDependent
                return Frame(
                    spatialID: layer, isInterPicturePredicted: !isKeyframe,
                    isInterLayerPredicted: isJoined && layer > 0,
                    isUpperReference: isJoined && (layer + 1 < layers || isModest),
                    endsFrame: true)
            }
        }

        /// Sends a picture; gives the layers that the receiver gets, the marked one with an exclamation mark.
        mutating func send(isKeyframe: Bool = false, losing lost: UInt8? = nil) -> String {
            timestamp = timestamp.advanced(by: 3_000)
            picture += 1
            var names: [String] = []
            for frame in frames(isKeyframe: isKeyframe) {
                let reference = sent[frame.spatialID]
                sent[frame.spatialID] = picture
                if frame.spatialID == lost { continue }
                let verdict = selector.decide(on: frame, timestamp: timestamp)
                // Every packet of the frame gets the same.
                let again = selector.decide(on: frame, timestamp: timestamp)
                #expect(verdict == again)
                guard verdict.isSent else { continue }
                if frame.isInterPicturePredicted { #expect(decoded[frame.spatialID] == reference) }
                if frame.isInterLayerPredicted { #expect(decoded[frame.spatialID - 1] == picture) }
                decoded[frame.spatialID] = picture
                let isMarked = verdict.endsPicture || frame.spatialID + 1 == layers
                names.append("S\(frame.spatialID)" + (isMarked ? "!" : ""))
            }
            return names.joined(separator: " ")
        }

        /// Loses a picture on the publisher's way; it may come again later.
        mutating func lose() {
            timestamp = timestamp.advanced(by: 3_000)
            picture += 1
            for frame in frames(isKeyframe: false) { sent[frame.spatialID] = picture }
            selector.noteGap()
        }

        /// What is lost of the layer that is sent is sent when it comes.
        mutating func repair(_ layers: ClosedRange<UInt8>) { for layer in layers { decoded[layer] = sent[layer] } }

        mutating func send(_ count: Int) -> [String] { (0..<count).map { _ in send() } }
    }

    @Test func `everything is sent that the highest layer needs`() {
        var full = Call(isKeyDependent: false)
        var pictures = [full.send(isKeyframe: true)] + full.send(2)
        #expect(pictures == ["S0 S1 S2!", "S0 S1 S2!", "S0 S1 S2!"])
        var key = Call(isKeyDependent: true)
        pictures = [key.send(isKeyframe: true)] + key.send(2)
        #expect(pictures == ["S0 S1 S2!", "S2!", "S2!"])
    }

    /// What is sent when the lowest layer is wanted behind a lost picture, of which `repaired` comes later.
    private func leaveBehindGap(_ call: inout Call, repaired: ClosedRange<UInt8>) -> [String] {
        _ = call.send(isKeyframe: true)
        call.lose()
        call.repair(repaired)
        call.selector.target = 0
        return call.send(2)
    }

    /// It was taken up behind a gap, where none of its frames had been sent.
    @Test func `behind a gap, a lower layer that would not have been sent waits for a keyframe`() {
        var call = Call(isKeyDependent: true)
        #expect(leaveBehindGap(&call, repaired: 2...2) == ["S2!", "S2!"])
        #expect(call.selector.needsKeyframe)
        #expect(call.send(isKeyframe: true) == "S0!")
        #expect(!call.selector.needsKeyframe)
    }

    @Test func `behind a gap, a lower layer that is always sent is taken up a picture later`() {
        var call = Call(isKeyDependent: false)
        #expect(leaveBehindGap(&call, repaired: 0...2) == ["S0 S1 S2!", "S0!"])
        #expect(!call.selector.needsKeyframe)
    }

    @Test func `behind a gap, a higher layer that was left during it is not taken up without a keyframe`() {
        var call = Call(isKeyDependent: false)
        _ = call.send(isKeyframe: true)
        call.selector.target = 1
        #expect(call.send(losing: 2) == "S0 S1!")
        call.selector.noteGap()
        call.selector.target = 2
        #expect(call.send() == "S0 S1!")
        #expect(call.selector.needsKeyframe)
    }

    @Test func `a lower layer that was sent all along is taken up in the next picture`() {
        var call = Call(isKeyDependent: false)
        _ = call.send(isKeyframe: true)
        call.selector.target = 1
        var pictures = call.send(2)
        #expect(pictures == ["S0 S1!", "S0 S1!"])
        call.selector.target = 0
        pictures = call.send(1)
        #expect(pictures == ["S0!"])
        #expect(!call.selector.needsKeyframe)
    }

    @Test func `otherwise the layer changes at a keyframe, which is asked for`() {
        for isKeyDependent in [false, true] {
            var call = Call(isKeyDependent: isKeyDependent)
            call.selector.target = 0
            var pictures = [call.send(isKeyframe: true)] + call.send(1)
            #expect(pictures == ["S0!", "S0!"])
            #expect(!call.selector.needsKeyframe)
            call.selector.target = 1
            pictures = call.send(2)
            #expect(pictures == ["S0!", "S0!"])
            #expect(call.selector.needsKeyframe)
            pictures = [call.send(isKeyframe: true)] + call.send(1)
            #expect(pictures == ["S0 S1!", isKeyDependent ? "S1!" : "S0 S1!"])
            #expect(!call.selector.needsKeyframe)
        }
        var call = Call(isKeyDependent: true)
        _ = call.send(isKeyframe: true)
        _ = call.send()
        call.selector.target = 0
        let pictures = call.send(2)
        #expect(pictures == ["S2!", "S2!"])
        #expect(call.selector.needsKeyframe)
        let picture = call.send(isKeyframe: true)
        #expect(picture == "S0!")
    }

    @Test func `a layer that its publisher gives up is left`() {
        var full = Call(isKeyDependent: false)
        _ = full.send(isKeyframe: true)
        full.layers = 2
        _ = full.send(12)
        var pictures = full.send(1)
        #expect(pictures == ["S0 S1!"])
        #expect(full.selector.current == 1)
        var key = Call(isKeyDependent: true)
        _ = key.send(isKeyframe: true)
        key.layers = 2
        _ = key.send(12)
        #expect(key.selector.needsKeyframe)
        pictures = [key.send(isKeyframe: true)] + key.send(1)
        #expect(pictures == ["S0 S1!", "S1!"])
    }

    @Test(arguments: 0..<60) func `what is sent can be decoded, whatever is asked for`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var call = Call(isKeyDependent: seed % 2 == 0)
        call.isModest = seed % 4 < 2
        _ = call.send(isKeyframe: true)
        for _ in 0..<200 {
            call.selector.target = UInt8.random(in: 0...3, using: &generator)
            let isChange = Int.random(in: 0..<10, using: &generator) == 0
            if isChange { call.layers = UInt8.random(in: 1...3, using: &generator) }
            if call.selector.needsKeyframe, Bool.random(using: &generator) { _ = call.send(isKeyframe: true) }
            for _ in 0..<Int.random(in: 1...5, using: &generator) { _ = call.send() }
        }
    }

    @Test(arguments: [[1, 0, 2], [2, 1, 0], [2, 0, 1], [1, 2, 0], [0, 2, 1]] as [[UInt8]])
    func `a keyframe whose layers come in another order begins all of them`(order: [UInt8]) {
        func frame(_ layer: UInt8, isKeyframe: Bool) -> Frame {
            Frame(
                spatialID: layer, isInterPicturePredicted: !isKeyframe, isInterLayerPredicted: layer > 0,
                isUpperReference: layer < 2, endsFrame: true)
        }
        for former in [0, 2] as [UInt8] {
            var selector = SpatialSelector()
            selector.target = former
            for layer in 0...2 as ClosedRange<UInt8> {
                _ = selector.decide(on: frame(layer, isKeyframe: true), timestamp: RTPTimestamp(0))
            }
            selector.target = 2
            for layer in order {
                let verdict = selector.decide(on: frame(layer, isKeyframe: true), timestamp: RTPTimestamp(3_000))
                #expect(verdict.isSent, "from \(former): \(layer)")
            }
            #expect(selector.current == 2 && !selector.needsKeyframe)
            for layer in 0...2 as ClosedRange<UInt8> {
                #expect(selector.decide(on: frame(layer, isKeyframe: false), timestamp: RTPTimestamp(6_000)).isSent)
            }
        }
    }

    @Test func `a late frame gets what its picture got`() {
        var selector = SpatialSelector()
        func frame(_ layer: UInt8, isKey: Bool = false) -> Frame {
            Frame(
                spatialID: layer, isInterPicturePredicted: !isKey, isInterLayerPredicted: layer > 0,
                isUpperReference: layer < 2, endsFrame: true)
        }
        for layer in UInt8(0)...2 { _ = selector.decide(on: frame(layer, isKey: true), timestamp: RTPTimestamp(0)) }
        _ = selector.decide(on: frame(0), timestamp: RTPTimestamp(3_000))
        selector.target = 0
        _ = selector.decide(on: frame(0), timestamp: RTPTimestamp(6_000))
        let sent = selector.decide(on: frame(0), timestamp: RTPTimestamp(3_000))
        #expect(sent.isSent)
        let left = selector.decide(on: frame(2), timestamp: RTPTimestamp(6_000))
        #expect(!left.isSent)
    }

    @Test func `a picture all of which comes late goes by the layer of its time`() {
        func frame(_ layer: UInt8, isKeyframe: Bool = false) -> Frame {
            Frame(
                spatialID: layer, isInterPicturePredicted: !isKeyframe, isInterLayerPredicted: layer > 0,
                isUpperReference: layer < 2, endsFrame: true)
        }
        var selector = SpatialSelector()
        func sent(_ timestamp: UInt32, isKeyframe: Bool = false) -> [Bool] {
            (0...2).map {
                selector.decide(on: frame($0, isKeyframe: isKeyframe), timestamp: RTPTimestamp(timestamp)).isSent
            }
        }
        var layers = [sent(3_000, isKeyframe: true), sent(9_000)]
        #expect(layers == [[true, true, true], [true, true, true]])
        selector.target = 0
        layers = [sent(15_000), sent(21_000)]
        #expect(layers == [[true, false, false], [true, false, false]])
        // Of three layers, when those were sent, of one after that; and again the same.
        layers = [sent(6_000), sent(18_000), sent(12_000), sent(6_000), sent(15_000), sent(9_000)]
        #expect(
            layers == [
                [true, true, true], [true, false, false], [true, true, true], [true, true, true], [true, false, false],
                [true, true, true],
            ])
        // Nobody knows what came before the first.
        let early = selector.decide(on: frame(0), timestamp: RTPTimestamp(1_000))
        #expect(early.isForgotten)
        layers = [sent(24_000)]
        #expect(layers == [[true, false, false]])
    }

    @Test func `a frame that comes late goes by the layer of its time`() {
        func frame(_ layer: UInt8, isKeyframe: Bool) -> Frame {
            Frame(
                spatialID: layer, isInterPicturePredicted: !isKeyframe, isInterLayerPredicted: layer > 0,
                isUpperReference: layer < 2, endsFrame: true)
        }
        var selector = SpatialSelector()
        let times = (1...40).map { RTPTimestamp($0 * 3_000) }
        for layer in 0...2 as ClosedRange<UInt8> {
            #expect(selector.decide(on: frame(layer, isKeyframe: true), timestamp: times[0]).isSent)
        }
        for layer in 0...1 as ClosedRange<UInt8> {
            #expect(selector.decide(on: frame(layer, isKeyframe: false), timestamp: times[1]).isSent)
        }
        // The next keyframe begins with the lowest layer again.
        #expect(selector.decide(on: frame(0, isKeyframe: true), timestamp: times[2]).isSent)
        #expect(selector.decide(on: frame(2, isKeyframe: false), timestamp: times[1]).isSent)
        // What is too old to be remembered is told from what was left out.
        for time in times[3...] { _ = selector.decide(on: frame(0, isKeyframe: false), timestamp: time) }
        let forgotten = selector.decide(on: frame(1, isKeyframe: false), timestamp: times[1])
        #expect(!forgotten.isSent && forgotten.isForgotten)
    }

    @Test func `of a keyframe that comes late no layer is sent without the one below it`() {
        func frame(_ layer: UInt8, isKeyframe: Bool) -> Frame {
            Frame(
                spatialID: layer, isInterPicturePredicted: !isKeyframe, isInterLayerPredicted: layer > 0,
                isUpperReference: layer < 2, endsFrame: true)
        }
        var selector = SpatialSelector()
        selector.target = 0
        let times = (1...3).map { RTPTimestamp($0 * 3_000) }
        #expect(selector.decide(on: frame(0, isKeyframe: true), timestamp: times[0]).isSent)
        #expect(selector.decide(on: frame(0, isKeyframe: false), timestamp: times[2]).isSent)
        // Its second layer comes first, when nobody knows yet that it is a keyframe, and is not part of what was sent then.
        #expect(!selector.decide(on: frame(1, isKeyframe: true), timestamp: times[1]).isSent)
        selector.target = 2
        #expect(selector.decide(on: frame(0, isKeyframe: true), timestamp: times[1]).isSent)
        #expect(!selector.decide(on: frame(2, isKeyframe: true), timestamp: times[1]).isSent)
    }
}

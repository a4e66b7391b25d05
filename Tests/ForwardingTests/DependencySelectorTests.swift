import RTP
import Testing
import Wire

@testable import Forwarding

/// The bits of a dependency descriptor, as the specification's appendix spells them.
private func bits(_ text: String) -> [UInt8] {
    let digits = text.filter { $0 == "0" || $0 == "1" }
    var bytes = [UInt8](repeating: 0, count: (digits.count + 7) / 8)
    for (index, digit) in digits.enumerated() where digit == "1" { bytes[index / 8] |= 0x80 >> UInt8(index % 8) }
    return bytes
}

private func binary(_ value: Int, _ width: Int) -> String {
    let digits = String(value, radix: 2)
    return String(repeating: "0", count: width - digits.count) + digits
}

/// A layered encoder: what each frame of a stream is, and what it refers to.
private struct Encoder {
    /// The indications of a template for every decode target, spatial layers outermost.
    struct Template {
        var spatialID: Int
        var temporalID: Int
        var indications: String
        var differences: [Int]
    }

    let templates: [Template]
    let targetCount: Int
    private(set) var number: UInt16
    private(set) var structure: DependencyStructure?

    init(_ templates: [Template], firstNumber: UInt16 = 65_500) {
        self.templates = templates
        targetCount = templates[0].indications.count
        number = firstNumber
    }

    /// L2T2_KEY: the upper layer refers to the lower one in keyframes only. Two frames a picture; targets S0T0 S0T1 S1T0 S1T1.
    static let keyDependent = Encoder([
        Template(spatialID: 0, temporalID: 0, indications: "SSSS", differences: []),
        Template(spatialID: 0, temporalID: 0, indications: "SS--", differences: [4]),
        Template(spatialID: 0, temporalID: 1, indications: "-D--", differences: [2]),
        Template(spatialID: 1, temporalID: 0, indications: "--SS", differences: [1]),
        Template(spatialID: 1, temporalID: 0, indications: "--SS", differences: [4]),
        Template(spatialID: 1, temporalID: 1, indications: "---D", differences: [2]),
    ])

    /// L2T2: the upper layer refers to the lower one in every picture.
    static let full = Encoder([
        Template(spatialID: 0, temporalID: 0, indications: "SSSS", differences: []),
        Template(spatialID: 0, temporalID: 0, indications: "SSRR", differences: [4]),
        Template(spatialID: 0, temporalID: 1, indications: "-D-R", differences: [2]),
        Template(spatialID: 1, temporalID: 0, indications: "--SS", differences: [1]),
        Template(spatialID: 1, temporalID: 0, indications: "--SS", differences: [4, 1]),
        Template(spatialID: 1, temporalID: 1, indications: "---D", differences: [2, 1]),
    ])

    /// The descriptors of the two frames of a picture; even ones are of temporal layer 0.
    mutating func picture(_ index: Int, isKeyframe: Bool) throws -> [DependencyDescriptor] {
        let chosen = isKeyframe ? [0, 3] : index % 2 == 0 ? [1, 4] : [2, 5]
        var result: [DependencyDescriptor] = []
        for (place, template) in chosen.enumerated() {
            number &+= 1
            var text = "1 1" + binary(template, 6) + binary(Int(number), 16)
            if isKeyframe, place == 0 { text += "10000" + structureBits() }
            let bytes = bits(text)
            let descriptor = try DependencyDescriptor(parsing: bytes.span, structure: structure)
            structure = descriptor.structure ?? structure
            result.append(descriptor)
        }
        return result
    }

    private func structureBits() -> String {
        let codes: [Character: String] = ["-": "00", "D": "01", "S": "10", "R": "11"]
        var text = "000000" + binary(targetCount - 1, 5)
        for (template, next) in zip(templates, templates.dropFirst()) {
            text += next.spatialID > template.spatialID ? "10" : next.temporalID > template.temporalID ? "01" : "00"
        }
        text += "11"
        for template in templates { text += template.indications.map { codes[$0] ?? "" }.joined() }
        for template in templates {
            text += template.differences.map { "1" + binary($0 - 1, 4) }.joined() + "0"
        }
        return text + "00" + "0"  // no chains: a number below five takes two bits; no resolutions
    }
}

@Suite struct DependencySelectorTests {
    /// A receiver: what it is sent, and whether it can decode it.
    private struct Receiver {
        var encoder: Encoder
        var selector = DependencySelector()
        var pictures = 0
        var decodable: Set<UInt16> = []

        /// Sends pictures; gives the layers of each as `S0T0+S1T0`.
        mutating func send(_ count: Int, keyframeAt key: Int? = nil) throws -> [String] {
            var result: [String] = []
            for index in 0..<count {
                let isKeyframe = index == key || encoder.structure == nil
                if isKeyframe { pictures = 0 }
                var names: [String] = []
                var ends: [Bool] = []
                for descriptor in try encoder.picture(pictures, isKeyframe: isKeyframe) {
                    if let structure = descriptor.structure { selector.adopt(structure) }
                    let frame = try #require(DependencySelector.Frame(descriptor))
                    let verdict = selector.decide(on: frame)
                    // Every packet of the frame gets the same.
                    let again = selector.decide(on: frame)
                    #expect(verdict == again)
                    guard verdict.isSent else { continue }
                    names.append("S\(frame.spatialID)T\(frame.temporalID)")
                    ends.append(verdict.endsPicture)
                    for difference in 1...64 where frame.references.near & 1 << UInt64(difference - 1) != 0 {
                        let isThere = decodable.contains(frame.number &- UInt16(difference))
                        #expect(isThere, "frame \(frame.number) refers to one that was not sent")
                    }
                    decodable.insert(frame.number)
                }
                // The marker is on the last frame, and nowhere else.
                #expect(ends.dropLast().allSatisfy { !$0 } && ends.last ?? true)
                if !names.isEmpty { result.append(names.joined(separator: "+")) }
                pictures += 1
            }
            return result
        }
    }

    @Test func `everything is sent until less is asked for`() throws {
        var receiver = Receiver(encoder: .full)
        let layers = try receiver.send(4)
        #expect(layers == ["S0T0+S1T0", "S0T1+S1T1", "S0T0+S1T0", "S0T1+S1T1"])
        #expect(receiver.selector.layer == LayerTarget(spatialID: 1, temporalID: 1))
        #expect(!receiver.selector.isWaiting)
    }

    @Test func `of a stream with key dependencies only the chosen spatial layer is sent after the keyframe`() throws {
        var receiver = Receiver(encoder: .keyDependent)
        let layers = try receiver.send(3)
        #expect(layers == ["S0T0+S1T0", "S1T1", "S1T0"])
    }

    @Test func `temporal layers change without a keyframe`() throws {
        for encoder in [Encoder.full, .keyDependent] {
            var receiver = Receiver(encoder: encoder)
            _ = try receiver.send(4)
            receiver.selector.target = LayerTarget(spatialID: 1, temporalID: 0)
            var layers = try receiver.send(6)
            #expect(layers.count == 3 && layers.allSatisfy { $0.contains("S1T0") })
            #expect(!receiver.selector.isWaiting)
            receiver.selector.target = .all
            layers = try receiver.send(6)
            #expect(layers.count == 6)
        }
    }

    @Test func `spatial layers change at a keyframe, which is waited for`() throws {
        var receiver = Receiver(encoder: .keyDependent)
        _ = try receiver.send(4)
        receiver.selector.target = LayerTarget(spatialID: 0, temporalID: 1)
        var layers = try receiver.send(4)
        #expect(layers == ["S1T0", "S1T1", "S1T0", "S1T1"])
        #expect(receiver.selector.isWaiting)
        layers = try receiver.send(4, keyframeAt: 1)
        #expect(layers == ["S1T0", "S0T0", "S0T1", "S0T0"])
        #expect(!receiver.selector.isWaiting)
        receiver.selector.target = .all
        layers = try receiver.send(4)
        #expect(layers.allSatisfy { !$0.contains("S1") })
        #expect(receiver.selector.isWaiting)
        layers = try receiver.send(2, keyframeAt: 0)
        #expect(layers == ["S0T0+S1T0", "S1T1"])
    }

    @Test func `where every picture builds on the lower layer, down goes without a keyframe`() throws {
        var receiver = Receiver(encoder: .full)
        _ = try receiver.send(4)
        receiver.selector.target = LayerTarget(spatialID: 0, temporalID: 0)
        let layers = try receiver.send(6)
        #expect(layers == ["S0T0", "S0T0", "S0T0"])
        #expect(!receiver.selector.isWaiting)
    }

    @Test func `the receiver hears which targets it gets, at the frame that changes them and with every keyframe`() throws {
        var encoder = Encoder.full
        var selector = DependencySelector()
        selector.target = LayerTarget(spatialID: 0, temporalID: 1)
        func masks(_ index: Int, isKeyframe: Bool = false) throws -> [UInt32?] {
            try encoder.picture(index, isKeyframe: isKeyframe).compactMap { descriptor in
                if let structure = descriptor.structure { selector.adopt(structure) }
                let verdict = selector.decide(on: try #require(DependencySelector.Frame(descriptor)))
                return verdict.isSent ? .some(verdict.activeTargets) : nil
            }
        }
        let first = try masks(0, isKeyframe: true)
        #expect(first == [0b0011])
        let second = try masks(1)
        #expect(second == [nil])
        selector.target = LayerTarget(spatialID: 0, temporalID: 0)
        let third = try masks(2)
        #expect(third == [0b0001])
        let fourth = try masks(0, isKeyframe: true)
        #expect(fourth == [0b0001])
    }

    @Test func `a target that its publisher gives up is left, and one it takes up again is waited for`() throws {
        var encoder = Encoder.keyDependent
        var selector = DependencySelector()
        func send(_ index: Int, isKeyframe: Bool = false, targets: UInt32? = nil) throws -> [UInt8] {
            try encoder.picture(index, isKeyframe: isKeyframe).prefix(targets == 0b0011 ? 1 : 2).compactMap { descriptor in
                if let structure = descriptor.structure { selector.adopt(structure) }
                var frame = try #require(DependencySelector.Frame(descriptor))
                frame.activeTargets = targets ?? frame.activeTargets
                return selector.decide(on: frame).isSent ? frame.spatialID : nil
            }
        }
        var sent = try send(0, isKeyframe: true)
        #expect(sent == [0, 1])
        #expect(!selector.isWaiting)
        sent = try send(2, targets: 0b0011)
        #expect(sent == [] && selector.isWaiting)
        sent = try send(0, isKeyframe: true, targets: 0b0011)
        #expect(sent == [0] && !selector.isWaiting)
        sent = try send(1, targets: 0b0011)
        #expect(sent == [0])
        sent = try send(2, targets: 0b1111)
        #expect(sent == [0] && selector.isWaiting)
        sent = try send(0, isKeyframe: true)
        #expect(sent == [0, 1] && !selector.isWaiting)
    }

    @Test(arguments: 0..<60) func `what is sent can be decoded, whatever is asked for and lost`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var receiver = Receiver(encoder: seed % 2 == 0 ? .full : .keyDependent)
        var count = 0
        for _ in 0..<200 {
            receiver.selector.target = LayerTarget(
                spatialID: UInt8.random(in: 0...2, using: &generator), temporalID: UInt8.random(in: 0...2, using: &generator))
            let key = receiver.selector.isWaiting && Bool.random(using: &generator) ? 1 : nil
            count += try receiver.send(Int.random(in: 2...6, using: &generator), keyframeAt: key).count
        }
        #expect(count > 400)
    }

    @Test func `a keyframe whose layers come in another order begins all of them`() throws {
        for former in [Encoder.full, .keyDependent] {
            var encoder = former
            var selector = DependencySelector()
            selector.target = LayerTarget(spatialID: 0, temporalID: 1)
            func decide(on descriptor: DependencyDescriptor) throws -> Bool {
                if let structure = descriptor.structure { selector.adopt(structure) }
                return selector.decide(on: try #require(DependencySelector.Frame(descriptor))).isSent
            }
            for index in 0..<2 {
                let sent = try encoder.picture(index, isKeyframe: index == 0).map(decide)
                #expect(sent == [true, false])
            }
            selector.target = .all
            #expect(selector.isWaiting)
            var sent = try encoder.picture(0, isKeyframe: true).reversed().map(decide)
            #expect(sent == [true, true])
            #expect(!selector.isWaiting)
            sent = try encoder.picture(1, isKeyframe: false).map(decide)
            #expect(sent.last == true)
        }
    }

    @Test func `late packets get what their frame got, old frames nothing`() throws {
        var encoder = Encoder.full
        var selector = DependencySelector()
        var frames: [DependencySelector.Frame] = []
        for index in 0..<80 {
            for descriptor in try encoder.picture(index, isKeyframe: index == 0) {
                if let structure = descriptor.structure { selector.adopt(structure) }
                frames.append(try #require(DependencySelector.Frame(descriptor)))
            }
        }
        var first = selector.decide(on: frames[0])
        #expect(first.isSent)
        // Frame 1 is late, as a whole: it is sent when it comes, for nothing has changed.
        _ = selector.decide(on: frames[2])
        first = selector.decide(on: frames[1])
        #expect(first.isSent)
        selector.target = .base
        for frame in frames[3..<10] { _ = selector.decide(on: frame) }
        first = selector.decide(on: frames[1])
        #expect(first.isSent)
        for frame in frames[10...] { _ = selector.decide(on: frame) }
        first = selector.decide(on: frames[1])
        #expect(!first.isSent)
    }
}

/// What an encoder of several layers makes of each picture, and how it describes it: by dependency descriptors, or in front of
/// VP9 payloads. Frames are numbered over all spatial layers, as many a picture.
struct LayeredEncoder {
    /// Names of scalability modes (https://www.w3.org/TR/webrtc-svc/#scalabilitymodes*).
    enum Mode: String, CaseIterable {
        case l1t3 = "L1T3"
        case l2t2Key = "L2T2_KEY"
        case l3t3 = "L3T3"
        case l3t3Key = "L3T3_KEY"
    }

    /// One frame of a picture.
    struct Frame {
        var spatialID: Int
        var temporalID: Int
        /// How much smaller the number is of the frame of an earlier picture that it refers to; `nil` if it refers to none.
        var difference: Int?
        /// Whether it refers to the next lower layer of its picture.
        var refersToLower: Bool
        /// Whether a higher layer of its picture refers to it.
        var isUpperReference: Bool
        fileprivate var template: Int
    }

    /// A frame's place among its spatial layer's templates.
    private enum Kind: Int, CaseIterable {
        case key, base, middle, top

        func temporalID(of layers: Int) -> Int { self == .key || self == .base ? 0 : self == .middle ? 1 : layers - 1 }
    }

    let spatialLayers: Int
    let temporalLayers: Int
    /// Whether spatial layers depend on each other in keyframes only.
    private let isKeyDependent: Bool
    private let kinds: [Kind]

    /// The rows of the lowest layer's picture.
    private let height: Int

    init(_ mode: Mode, height: Int = 180) {
        self.height = height
        spatialLayers = mode == .l1t3 ? 1 : mode == .l2t2Key ? 2 : 3
        temporalLayers = mode == .l2t2Key ? 2 : 3
        isKeyDependent = mode == .l2t2Key || mode == .l3t3Key
        kinds = mode == .l2t2Key ? [.key, .base, .top] : Kind.allCases
    }

    /// The frames of a picture, by its place since the last keyframe: T0 T2 T1 T2, or T0 T1.
    func picture(_ place: Int, isKeyframe: Bool) -> [Frame] {
        let pattern: [Kind] = temporalLayers == 3 ? [.base, .top, .middle, .top] : [.base, .top]
        let kind = isKeyframe ? .key : pattern[place % pattern.count]
        return (0..<spatialLayers).map { frame(spatialID: $0, kind: kind) }
    }

    private func frame(spatialID: Int, kind: Kind) -> Frame {
        let distance: Int? =
            switch kind {
            case .key: nil
            case .base: temporalLayers == 3 ? 4 : 2
            case .middle: 2
            case .top: 1
            }
        let isJoined = kind == .key || !isKeyDependent
        return Frame(
            spatialID: spatialID, temporalID: kind.temporalID(of: temporalLayers),
            difference: distance.map { $0 * spatialLayers }, refersToLower: isJoined && spatialID > 0,
            isUpperReference: isJoined && spatialID < spatialLayers - 1,
            template: spatialID * kinds.count + (kinds.firstIndex(of: kind) ?? 0))
    }

    // MARK: Dependency descriptors

    /// The descriptor of one packet of a frame.
    func descriptor(of frame: Frame, number: UInt16, isFirst: Bool, isLast: Bool) -> [UInt8] {
        var text = (isFirst ? "1" : "0") + (isLast ? "1" : "0") + binary(frame.template, 6) + binary(Int(number), 16)
        if frame.template == 0, isFirst { text += "10000" + structure }
        var bytes = [UInt8](repeating: 0, count: (text.count + 7) / 8)
        for (index, digit) in text.enumerated() where digit == "1" { bytes[index / 8] |= 0x80 >> UInt8(index % 8) }
        return bytes
    }

    private var structure: String {
        let templates = (0..<spatialLayers).flatMap { spatial in kinds.map { frame(spatialID: spatial, kind: $0) } }
        var text = "000000" + binary(spatialLayers * temporalLayers - 1, 5)
        for (template, next) in zip(templates, templates.dropFirst()) {
            text += next.spatialID > template.spatialID ? "10" : next.temporalID > template.temporalID ? "01" : "00"
        }
        text += "11" + templates.map(indications).joined()
        for template in templates {
            let differences = [template.difference, template.refersToLower ? 1 : nil].compactMap { $0 }
            text += differences.map { "1" + binary($0 - 1, 4) }.joined() + "0"
        }
        // No chains, of which there may be as many as targets: a number that takes so many bits, or one less for the lowest.
        let width = String(spatialLayers * temporalLayers + 1, radix: 2).count
        text += String(repeating: "0", count: width - 1)
        return text + "1" + heights.map { binary($0 * 16 / 9 - 1, 16) + binary($0 - 1, 16) }.joined()
    }

    /// The rows of each spatial layer's picture.
    var heights: [Int] { (0..<spatialLayers).map { height << $0 } }

    /// What a kind of frame is to each decode target, spatial layers outermost.
    private func indications(of template: Frame) -> String {
        var text = ""
        for spatial in 0..<spatialLayers {
            for temporal in 0..<temporalLayers {
                let isPart =
                    template.temporalID <= temporal
                    && (template.spatialID == spatial || template.spatialID < spatial && template.isUpperReference)
                if !isPart {
                    text += "00"
                } else if template.difference != nil, template.spatialID < spatial {
                    text += "11"
                } else {
                    text += template.temporalID == temporal && temporal > 0 ? "01" : "10"
                }
            }
        }
        return text
    }

    private func binary(_ value: Int, _ width: Int) -> String {
        let digits = String(value, radix: 2)
        return String(repeating: "0", count: width - digits.count) + digits
    }

    // MARK: VP9

    /// The descriptor in front of a VP9 payload, in non-flexible mode (RFC 9628 §4.2).
    func payloadDescriptor(of frame: Frame, pictureID: UInt16, tl0: UInt8, isFirst: Bool, isLast: Bool) -> [UInt8] {
        let hasStructure = isFirst && frame.spatialID == 0 && frame.difference == nil
        let first: UInt8 =
            0xA0 | (frame.difference == nil ? 0 : 0x40) | (isFirst ? 0x08 : 0) | (isLast ? 0x04 : 0)
            | (hasStructure ? 0x02 : 0) | (frame.isUpperReference ? 0 : 0x01)
        // After each frame of the pattern higher layers depend on nothing of theirs from before it (U).
        let layers = UInt8(frame.temporalID) << 5 | 0x10 | UInt8(frame.spatialID) << 1 | (frame.refersToLower ? 1 : 0)
        var bytes = [first, UInt8(pictureID >> 8) | 0x80, UInt8(truncatingIfNeeded: pictureID), layers, tl0]
        if hasStructure {
            bytes.append(UInt8(spatialLayers - 1) << 5 | 0x10)
            for height in heights {
                let width = height * 16 / 9
                bytes += [UInt8(width >> 8), UInt8(width & 0xFF), UInt8(height >> 8), UInt8(height & 0xFF)]
            }
        }
        return bytes
    }
}

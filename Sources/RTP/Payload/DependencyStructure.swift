/// The layers and the frame templates of a stream, which its keyframes announce in the dependency descriptor
/// (AOM "RTP Payload Format For AV1" §A.8.3, `template_dependency_structure`).
///
/// Kept for each stream by whoever reads its descriptors; those of other frames mean nothing without it.
public struct DependencyStructure: Sendable, Equatable {
    /// What one kind of frame is to the decode targets.
    public struct Template: Sendable, Equatable {
        /// The spatial layer.
        public let spatialID: UInt8
        /// The temporal layer.
        public let temporalID: UInt8
        /// What the frame is to each decode target.
        public internal(set) var indications = DecodeTargetIndications()
        /// Which frames before it the frame refers to.
        public internal(set) var references = FrameReferences()
    }

    /// A set of layers that a receiver can choose: up to and with these.
    public struct DecodeTarget: Sendable, Equatable {
        /// The highest spatial layer.
        public let spatialID: UInt8
        /// The highest temporal layer.
        public let temporalID: UInt8
    }

    /// The size a spatial layer is meant to be shown in.
    public struct Resolution: Sendable, Equatable {
        /// In pixels, 1 to 65536.
        public let width: Int
        /// In pixels, 1 to 65536.
        public let height: Int
    }

    /// The template identifier that stands for the first template.
    public let templateIDOffset: UInt8
    /// The templates, in the order of their identifiers; 64 at most.
    public let templates: [Template]
    /// The decode targets, 1 to 32.
    public let decodeTargets: [DecodeTarget]
    /// The chains that protect decode targets; 32 at most.
    public let chainCount: Int
    /// The size of each spatial layer; empty if the sender does not say.
    public let resolutions: [Resolution]

    /// The highest spatial layer.
    public var maximumSpatialID: UInt8 { templates.last?.spatialID ?? 0 }

    /// The highest temporal layer.
    public var maximumTemporalID: UInt8 { templates.reduce(0) { max($0, $1.temporalID) } }

    /// The template that a frame names; `nil` if there is none of that identifier.
    public func template(id: UInt8) -> Template? {
        let index = Int((id &- templateIDOffset) & 63)
        return index < templates.count ? templates[index] : nil
    }

    /// The mask with every decode target active, the first in the lowest bit.
    public var allDecodeTargets: UInt32 {
        UInt32(truncatingIfNeeded: (1 << UInt64(decodeTargets.count)) - 1)
    }

    /// Reads a structure from where it stands in a descriptor.
    init(parsing reader: inout BitReader) throws(PayloadParseError) {
        templateIDOffset = UInt8(truncatingIfNeeded: try reader.bits(6))
        let targetCount = Int(try reader.bits(5)) + 1
        var templates = try Self.layers(&reader)
        for index in templates.indices {
            templates[index].indications = try DecodeTargetIndications(parsing: &reader, count: targetCount)
        }
        for index in templates.indices { templates[index].references = try FrameReferences(templateOf: &reader) }
        chainCount = try Self.skipChains(&reader, targets: targetCount, templates: templates.count)
        resolutions =
            try reader.flag()
            ? try Self.resolutions(&reader, count: Int(templates.last?.spatialID ?? 0) + 1) : []
        decodeTargets = (0..<targetCount).map { Self.decodeTarget($0, of: templates) }
        self.templates = templates
    }

    /// `template_layers`: each template says how the next one's layer differs.
    private static func layers(_ reader: inout BitReader) throws(PayloadParseError) -> [Template] {
        var templates: [Template] = []
        var spatialID: UInt8 = 0
        var temporalID: UInt8 = 0
        while true {
            // Frames name a template in six bits, a temporal layer has three, a spatial layer two.
            guard templates.count < 64, spatialID < 4, temporalID < 8 else { throw .tooManyLayers }
            templates.append(Template(spatialID: spatialID, temporalID: temporalID))
            switch try reader.bits(2) {
            case 0: break
            case 1: temporalID += 1
            case 2:
                temporalID = 0
                spatialID += 1
            default: return templates
            }
        }
    }

    /// `template_chains`: how many chains there are, which targets they protect, and each template's place in
    /// them.
    private static func skipChains(
        _ reader: inout BitReader, targets: Int, templates: Int
    ) throws(PayloadParseError) -> Int {
        let chains = try reader.number(below: UInt32(targets) + 1)
        guard chains > 0 else { return 0 }
        for _ in 0..<targets { _ = try reader.number(below: chains) }
        for _ in 0..<templates * Int(chains) { _ = try reader.bits(4) }
        return Int(chains)
    }

    /// `render_resolutions`: a size for each spatial layer.
    private static func resolutions(
        _ reader: inout BitReader, count: Int
    ) throws(PayloadParseError) -> [Resolution] {
        var resolutions: [Resolution] = []
        for _ in 0..<count {
            resolutions.append(
                Resolution(width: Int(try reader.bits(16)) + 1, height: Int(try reader.bits(16)) + 1))
        }
        return resolutions
    }

    /// `decode_target_layers`: a target reaches as high as the highest template that is part of it.
    private static func decodeTarget(_ index: Int, of templates: [Template]) -> DecodeTarget {
        let parts = templates.filter { $0.indications[index] != .notPresent }
        return DecodeTarget(
            spatialID: parts.reduce(0) { max($0, $1.spatialID) },
            temporalID: parts.reduce(0) { max($0, $1.temporalID) })
    }
}

/// Which frames before it a frame refers to, by how much smaller their numbers are.
///
/// A difference of up to 64 has a bit of its own: encoders keep eight pictures, and few of them are older.
public struct FrameReferences: Sendable, Equatable {
    /// The differences from 1 to 64, the first in the lowest bit.
    public private(set) var near: UInt64 = 0
    /// Whether there is a greater one.
    public private(set) var hasFar = false

    /// Refers to nothing.
    public init() {}

    /// Whether the frame stands by itself.
    public var isEmpty: Bool { near == 0 && !hasFar }

    /// `template_fdiffs` of one template: differences of four bits, each behind a flag.
    init(templateOf reader: inout BitReader) throws(PayloadParseError) {
        while try reader.flag() { insert(Int(try reader.bits(4)) + 1) }
    }

    /// `frame_fdiffs`: differences of four, eight or twelve bits, each behind its width in units of four; zero ends them.
    init(frameOf reader: inout BitReader) throws(PayloadParseError) {
        while true {
            let units = Int(try reader.bits(2))
            guard units > 0 else { return }
            insert(Int(try reader.bits(units * 4)) + 1)
        }
    }

    private mutating func insert(_ difference: Int) {
        if difference <= 64 { near |= 1 << UInt64(difference - 1) } else { hasFar = true }
    }
}

/// What a frame is to one decode target (AOM "RTP Payload Format For AV1" §A.4.1).
public enum DecodeTargetIndication: UInt8, Sendable {
    /// It is not part of it.
    case notPresent = 0
    /// It is part of it, and nothing of the target depends on it.
    case discardable = 1
    /// It is part of it, and the target can be taken up with it.
    case `switch` = 2
    /// It is part of it, and it is needed.
    case required = 3
}

/// What a frame is to each of up to 32 decode targets: two bits each, so that no frame needs an array.
public struct DecodeTargetIndications: Sendable, Equatable {
    private var bits: UInt64 = 0

    /// What the frame is to the decode target at `target`, 0 to 31; not part of any other.
    public subscript(target: Int) -> DecodeTargetIndication {
        guard target >= 0, target < 32 else { return .notPresent }
        return DecodeTargetIndication(rawValue: UInt8(bits >> UInt64(target * 2) & 3)) ?? .notPresent
    }

    /// Whether some target can be taken up with the frame.
    public var containsSwitch: Bool {
        // The indication 2: upper bit set, lower bit not.
        bits >> 1 & ~bits & 0x5555_5555_5555_5555 != 0
    }

    /// A frame that is part of no target.
    init() {}

    /// Reads the indications for `count` targets, 32 at most.
    init(parsing reader: inout BitReader, count: Int) throws(PayloadParseError) {
        for target in 0..<count { bits |= UInt64(try reader.bits(2)) << UInt64(target * 2) }
    }
}

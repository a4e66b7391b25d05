public import RTP

/// Chooses, by the dependency descriptor, which frames of one layered stream a receiver is sent (AOM "RTP Payload Format For
/// AV1" Appendix A).
///
/// A receiver is on one decode target: it is sent every frame that is part of it. To another one it changes at a frame that
/// is a switching point for that target and refers only to frames that it was sent, so its decoder can always follow:
///
/// - temporal layers change within a few frames, without a keyframe;
/// - spatial layers change at a keyframe, where inter-layer prediction leaves no other way. ``isWaiting`` says that one is
///   wanted.
///
/// Works for any codec whose sender writes the descriptor, and for payloads that are encrypted from end to end. Decisions
/// are for frames: every packet of a frame gets the same, late ones too.
public struct DependencySelector: Sendable {
    /// What a packet's descriptor says, as the selector needs it. Plain values only.
    public struct Frame: Sendable, Equatable {
        /// The frame's number.
        public var number: UInt16
        /// The spatial layer.
        public var spatialID: UInt8
        /// The temporal layer.
        public var temporalID: UInt8
        /// Whether the packet is the last of its frame.
        public var endsFrame: Bool
        /// Whether the frame brings a structure: call ``DependencySelector/adopt(_:)`` before.
        public var bringsStructure: Bool
        /// What the frame is to each decode target.
        public var indications: DecodeTargetIndications
        /// The frames before it that it refers to.
        public var references: FrameReferences

        /// Takes what is needed out of a descriptor; `nil` while no structure is known.
        public init?(_ descriptor: DependencyDescriptor) {
            guard let frame = descriptor.frame else { return nil }
            number = descriptor.frameNumber
            spatialID = frame.spatialID
            temporalID = frame.temporalID
            endsFrame = descriptor.endsFrame
            bringsStructure = descriptor.structure != nil
            indications = frame.indications
            references = frame.references
        }
    }

    /// What becomes of a packet.
    public struct Verdict: Equatable, Sendable {
        /// Whether it is sent.
        public var isSent: Bool
        /// Whether it is the last that is sent of its picture, because the layers above are not: it gets the marker.
        public var endsPicture = false
        /// The mask of active decode targets to write into its descriptor, where the receiver has to hear of another one.
        public var activeTargets: UInt32?
    }

    /// What shall be sent at most.
    public var target = LayerTarget.all {
        didSet { if target != oldValue { choose() } }
    }

    private var layers: [LayerTarget] = []
    /// The decode target that is sent; negative before the first frame that a receiver can begin with.
    private var current = -1
    /// The one that shall be, and the one that comes nearest to it without another spatial layer.
    private var wanted = -1
    private var interim = -1
    /// The highest frame number seen, counted on beyond 16 bits, and what became of it and the 63 before it, in the lowest
    /// bit first.
    private var highest: UInt64 = 0
    private var known: UInt64 = 0
    private var sent: UInt64 = 0
    /// The frame at which the receiver has to hear that it gets other layers.
    private var announcedAt: UInt16?

    /// Makes a selector that sends everything, as soon as it knows a structure.
    public init() {}

    /// Whether a spatial layer is wanted that the stream has to begin anew for.
    public var isWaiting: Bool {
        guard current >= 0, wanted >= 0 else { return false }
        return layers[wanted].spatialID != layers[current].spatialID
    }

    /// The layers that are sent; `nil` before the first.
    public var layer: LayerTarget? { current < 0 ? nil : layers[current] }

    /// Begins with another stream.
    public mutating func restart() {
        layers = []
        current = -1
        wanted = -1
        interim = -1
        highest = 0
        known = 0
        sent = 0
        announcedAt = nil
    }

    /// Takes over the structure that a keyframe brings.
    public mutating func adopt(_ structure: DependencyStructure) {
        let present = structure.decodeTargets.map { LayerTarget(spatialID: $0.spatialID, temporalID: $0.temporalID) }
        guard present != layers else { return }
        layers = present
        // The former target's number means nothing in the new structure; the keyframe is a switching point for all.
        current = -1
        choose()
    }

    /// Decides on a packet.
    public mutating func decide(on frame: Frame) -> Verdict {
        let number = extend(frame.number)
        if number > highest || known == 0 {
            let distance = known == 0 ? 64 : number - highest
            known = distance < 64 ? known << distance : 0
            sent = distance < 64 ? sent << distance : 0
            highest = number
        }
        let age = highest - number
        guard age < 64 else { return Verdict(isSent: false) }
        let bit: UInt64 = 1 << age
        if known & bit == 0 {
            // A frame all of whose packets are late changes nothing.
            if age == 0 { change(at: frame) }
            known |= bit
            if current >= 0, frame.indications[current] != .notPresent { sent |= bit }
        }
        guard sent & bit != 0, current >= 0 else { return Verdict(isSent: false) }
        var verdict = Verdict(isSent: true)
        verdict.endsPicture = frame.endsFrame && frame.spatialID >= layers[current].spatialID
        if announcedAt == frame.number || (frame.bringsStructure && !sendsEverything) {
            verdict.activeTargets = activeTargets
        }
        return verdict
    }

    // MARK: Decode targets

    private var sendsEverything: Bool { current >= 0 && layers.allSatisfy { isPart($0, of: layers[current]) } }

    /// The targets that are part of the one sent, the first in the lowest bit.
    private var activeTargets: UInt32 {
        var mask: UInt32 = 0
        for index in layers.indices.prefix(32) where isPart(layers[index], of: layers[current]) {
            mask |= 1 << UInt32(index)
        }
        return mask
    }

    private func isPart(_ part: LayerTarget, of whole: LayerTarget) -> Bool {
        part.spatialID <= whole.spatialID && part.temporalID <= whole.temporalID
    }

    /// Finds the decode targets that come nearest to what shall be sent.
    private mutating func choose() {
        wanted = best(within: target) { _ in true }
        guard current >= 0 else { return interim = wanted }
        let present = layers[current].spatialID
        interim = best(within: LayerTarget(spatialID: present, temporalID: target.temporalID)) {
            $0.spatialID == present
        }
    }

    /// The highest candidate within a limit, or else the lowest.
    private func best(within limit: LayerTarget, where isCandidate: (LayerTarget) -> Bool) -> Int {
        var best = -1
        var lowest = -1
        for index in layers.indices where isCandidate(layers[index]) {
            if lowest < 0 || layers[index] < layers[lowest] { lowest = index }
            guard isPart(layers[index], of: limit) else { continue }
            if best < 0 || layers[best] < layers[index] { best = index }
        }
        return best < 0 ? lowest : best
    }

    /// Changes to another decode target with this frame, if the decoder can follow there.
    private mutating func change(at frame: Frame) {
        guard current != wanted else { return }
        let isDecodable = !frame.references.hasFar && frame.references.near & ~(sent >> 1) == 0
        guard isDecodable else { return }
        for candidate in [wanted, interim] where candidate >= 0 && candidate != current {
            guard frame.indications[candidate] == .switch else { continue }
            current = candidate
            announcedAt = frame.number
            choose()
            return
        }
    }

    private func extend(_ number: UInt16) -> UInt64 {
        guard known != 0 else { return 1 << 32 | UInt64(number) }
        let ahead = number &- UInt16(truncatingIfNeeded: highest)
        return ahead < 0x8000 ? highest + UInt64(ahead) : highest - UInt64(0 &- ahead)
    }
}

public import RTP

/// Chooses, by the dependency descriptor, which frames of one layered stream a receiver is sent (AOM "RTP Payload Format For
/// AV1" Appendix A).
///
/// A receiver is on one decode target: it is sent every frame that is part of it. To another one it changes at a frame that
/// is a switching point for that target and refers only to frames that it was sent, so its decoder can always follow:
///
/// - temporal layers change within a few frames, without a keyframe;
/// - a lower spatial layer is taken up in the next picture where it was sent all along as part of the higher one;
/// - otherwise spatial layers change at a keyframe, or where the encoder begins a layer anew. ``isWaiting`` says that one
///   is wanted.
///
/// Decode targets that the publisher does not produce at the moment are not chosen.
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
        /// The decode targets that are produced from now on, if the packet says so.
        public var activeTargets: UInt32?

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
            activeTargets = descriptor.activeDecodeTargets
        }
    }

    /// What becomes of a packet.
    public struct Verdict: Equatable, Sendable {
        /// Whether it is sent.
        public var isSent: Bool
        /// Whether it came so late that nobody knows any more whether the rest of its frame was sent.
        public var isForgotten = false
        /// Whether it is the last that is sent of its picture, because the layers above are not: it gets the marker.
        public var endsPicture = false
        /// The mask of active decode targets to write into its descriptor, where the receiver has to hear of another one.
        public var activeTargets: UInt32?
    }

    /// Frames: the most temporal layers there are come back to the lowest within 24 frames of three spatial layers.
    private static let longestSilence = 64

    /// What shall be sent at most.
    public var target = LayerTarget.all {
        didSet { if target != oldValue { choose() } }
    }

    private var layers: [LayerTarget] = []
    /// The decode targets that the publisher produces, a bit each, and the frame that said so.
    private var produced = UInt32.max
    private var producedSince: UInt64 = 0
    /// Frames since one was sent.
    private var unsent = 0
    /// The spatial layers from this one on are given up, without a mask that says so: until one of their frames comes.
    private var abandoned = Int.max
    /// The decode target that is sent; negative before the first frame that a receiver can begin with.
    private var current = -1
    /// The ones before it, the latest first, and the frames with which each ended: what comes late is part of what was sent
    /// at its time, or a frame that was sent would lack it.
    private var former: (last: Int, before: Int) = (-1, -1)
    private var changedAt: (last: UInt64, before: UInt64) = (0, 0)
    /// The one that shall be.
    private var wanted = -1
    /// Whether a frame came with which that one could have begun, and the receiver lacks what it refers to.
    private var hasMissed = false
    /// The highest frame number seen, counted on beyond 16 bits, and what became of it and the 63 before it, in the lowest
    /// bit first.
    private var highest: UInt64 = 0
    private var known: UInt64 = 0
    private var sent: UInt64 = 0
    /// The frame at which the receiver has to hear that it gets other layers.
    private var announcedAt: UInt16?

    /// Makes a selector that sends everything, as soon as it knows a structure.
    public init() {}

    /// Whether a spatial layer is wanted that the stream has to begin anew for. Upwards that is nearly always so; downwards,
    /// if it turns out that the receiver lacks what the lower layer refers to.
    public var isWaiting: Bool {
        guard wanted >= 0 else { return false }
        // All of the keyframe that would have begun it came late.
        guard current >= 0 else { return known != 0 }
        return layers[wanted].spatialID > layers[current].spatialID
            || layers[wanted].spatialID < layers[current].spatialID && hasMissed
    }

    /// The layers that are sent; `nil` before the first.
    public var layer: LayerTarget? { current < 0 ? nil : layers[current] }

    /// Begins with another stream.
    public mutating func restart() {
        layers = []
        current = -1
        forgetFormer()
        wanted = -1
        hasMissed = false
        produced = .max
        producedSince = 0
        unsent = 0
        abandoned = .max
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
        produced = .max
        abandoned = .max
        // The former target's number means nothing in the new structure; the keyframe is a switching point for all.
        current = -1
        forgetFormer()
        choose()
    }

    private mutating func forgetFormer() {
        former = (-1, -1)
        changedAt = (0, 0)
    }

    /// The decode target that was sent when a frame had its turn; negative if none was.
    private func target(at number: UInt64) -> Int {
        if number >= changedAt.last { return current }
        return number >= changedAt.before ? former.last : former.before
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
        guard age < 64 else { return Verdict(isSent: false, isForgotten: true) }
        let bit: UInt64 = 1 << age
        if Int(frame.spatialID) >= abandoned {
            abandoned = .max
            choose()
        }
        if let targets = frame.activeTargets, number >= producedSince { setProduced(targets, since: number) }
        if known & bit == 0 {
            // A frame all of whose packets are late changes nothing.
            if age == 0 { change(at: frame) }
            known |= bit
            let target = target(at: number)
            if target >= 0, frame.indications[target] != .notPresent {
                sent |= bit
                unsent = 0
            } else {
                noteUnsent()
            }
        }
        let target = target(at: number)
        guard sent & bit != 0, current >= 0, target >= 0 else { return Verdict(isSent: false) }
        var verdict = Verdict(isSent: true)
        verdict.endsPicture = frame.endsFrame && frame.spatialID >= layers[target].spatialID
        verdict.activeTargets = announcement(with: frame)
        return verdict
    }

    /// The mask of active decode targets that a frame has to carry: where the publisher's says too much, or the receiver has
    /// to hear of another target.
    public func announcement(with frame: Frame) -> UInt32? {
        guard current >= 0, announcedAt == frame.number || (frame.activeTargets != nil && !sendsEverything) else {
            return nil
        }
        return activeTargets
    }

    // MARK: Decode targets

    private var sendsEverything: Bool {
        current >= 0 && layers.indices.allSatisfy { !isProduced($0) || isPart(layers[$0], of: layers[current]) }
    }

    /// The targets that are part of the one sent, the first in the lowest bit.
    private var activeTargets: UInt32 {
        var mask: UInt32 = 0
        for index in layers.indices.prefix(32) where isPart(layers[index], of: layers[current]) {
            mask |= 1 << UInt32(index)
        }
        return mask & produced
    }

    private func isPart(_ part: LayerTarget, of whole: LayerTarget) -> Bool {
        part.spatialID <= whole.spatialID && part.temporalID <= whole.temporalID
    }

    private mutating func setProduced(_ targets: UInt32, since number: UInt64) {
        producedSince = number
        guard targets != produced else { return }
        produced = targets
        choose()
    }

    /// Where nothing has been sent for long, the publisher has given the layer up that the receiver is on.
    private mutating func noteUnsent() {
        guard current >= 0 else { return }
        unsent += 1
        guard unsent >= Self.longestSilence, layers[current].spatialID > 0 else { return }
        unsent = 0
        abandoned = Int(layers[current].spatialID)
        choose()
    }

    private func isProduced(_ index: Int) -> Bool {
        index < 32 && produced & 1 << UInt32(index) != 0 && Int(layers[index].spatialID) < abandoned
    }

    /// Finds the decode target that comes nearest to what shall be sent: the highest within it, or else the lowest.
    private mutating func choose() {
        hasMissed = false
        wanted = -1
        var lowest = -1
        for index in layers.indices where isProduced(index) {
            if lowest < 0 || layers[index] < layers[lowest] { lowest = index }
            guard isPart(layers[index], of: target) else { continue }
            if wanted < 0 || layers[wanted] < layers[index] { wanted = index }
        }
        if wanted < 0 { wanted = lowest }
    }

    /// Changes to another decode target with this frame, if the decoder can follow there.
    private mutating func change(at frame: Frame) {
        guard current != wanted, wanted >= 0 else { return }
        // What has not come yet of the same picture may still come, and is judged by what is decided here.
        let overtaken = overtaken(by: frame)
        let missed = frame.references.near & ~(sent >> 1)
        guard !frame.references.hasFar, missed & ~((1 << overtaken) - 1) == 0 else {
            hasMissed = hasMissed || frame.indications[wanted] == .switch
            return
        }
        var best = -1
        for index in layers.indices where isProduced(index) && frame.indications[index] == .switch && isOnTheWay(index)
        {
            if best < 0 || isNearer(index, than: best) { best = index }
        }
        guard best >= 0, best != current else { return }
        former = (current, former.last)
        changedAt = (highest - overtaken, changedAt.last)
        current = best
        announcedAt = frame.number
    }

    /// How many frames right before this one have not come, lower layers of its picture. Frames of one picture have numbers
    /// that follow each other.
    private func overtaken(by frame: Frame) -> UInt64 {
        min(UInt64((known >> 1).trailingZeroBitCount), UInt64(frame.spatialID))
    }

    /// Whether a target lies between what is sent and what shall be, in its spatial layer, and is within it in its temporal one.
    private func isOnTheWay(_ index: Int) -> Bool {
        let layer = layers[index]
        guard layer.temporalID <= max(layers[wanted].temporalID, target.temporalID) else { return false }
        guard current >= 0 else { return true }
        let (from, to) = (layers[current].spatialID, layers[wanted].spatialID)
        return layer.spatialID >= min(from, to) && layer.spatialID <= max(from, to)
    }

    /// Whether one target comes nearer to what shall be sent than another.
    private func isNearer(_ one: Int, than other: Int) -> Bool {
        let goal = Int(layers[wanted].spatialID)
        let (a, b) = (abs(Int(layers[one].spatialID) - goal), abs(Int(layers[other].spatialID) - goal))
        return a != b ? a < b : layers[one].temporalID > layers[other].temporalID
    }

    private func extend(_ number: UInt16) -> UInt64 {
        guard known != 0 else { return 1 << 32 | UInt64(number) }
        let ahead = number &- UInt16(truncatingIfNeeded: highest)
        return ahead < 0x8000 ? highest + UInt64(ahead) : highest - UInt64(0 &- ahead)
    }
}

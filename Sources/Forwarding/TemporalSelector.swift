public import Wire

/// Decides which temporal layers of one stream a receiver is sent: every frame up to a layer, and no frame above it.
///
/// Down it goes with the next frame of a layer too high. Up it goes one layer at a time, at a frame that depends on lower
/// layers only (VP8's Y bit, RFC 7741 §4.2), or at a keyframe, which all layers begin with: any other frame may refer to one
/// that this receiver was not sent.
///
///     layers sent              target: 2         target: 0
///     T0 T2 T1 T2 ───▶  T0 …  T1(sync)  T2(sync)  ───▶  T0 T0
///
/// Packets that come late are judged by what held where they belong.
public struct TemporalSelector: Sendable {
    /// The highest layer that shall be sent.
    public var target: UInt8
    /// The highest layer that is sent.
    @usableFromInline private(set) var current: UInt8
    /// What was sent before the last change, and the packet that it came with.
    @usableFromInline private(set) var previous: UInt8
    private var changedAt = ExtendedSequenceNumber(0)

    /// Makes a selector that lets everything pass.
    public init() {
        target = .max
        current = .max
        previous = .max
    }

    /// Whether a packet is sent.
    ///
    /// - Parameters:
    ///   - temporalID: The layer of its frame.
    ///   - isSwitchingPoint: Whether its frame depends on lower layers only.
    ///   - opensHigherLayers: Whether no frame of a higher layer that comes after it depends on one from before it (VP9's U
    ///     bit, RFC 9628 §4.2).
    ///   - startsFrame: Whether it is the first of its frame: nothing changes in the middle of one.
    ///   - isKeyframeStart: Whether it is the first of a keyframe.
    ///   - isLate: Whether packets behind it came before it: what was decided without it stays so.
    @inlinable
    public mutating func admits(
        _ temporalID: UInt8, number: ExtendedSequenceNumber, isSwitchingPoint: Bool, opensHigherLayers: Bool = false,
        startsFrame: Bool, isKeyframeStart: Bool, isLate: Bool = false
    ) -> Bool {
        if current == target, previous == target, !isKeyframeStart { return temporalID <= target }
        return decide(
            temporalID, number: number, isSwitchingPoint: isSwitchingPoint, opensHigherLayers: opensHigherLayers,
            startsFrame: startsFrame, isKeyframeStart: isKeyframeStart, isLate: isLate)
    }

    /// Begins with another source, at a keyframe.
    public mutating func restart() {
        current = target
        previous = target
        changedAt = ExtendedSequenceNumber(0)
    }

    @usableFromInline
    mutating func decide(
        _ temporalID: UInt8, number: ExtendedSequenceNumber, isSwitchingPoint: Bool, opensHigherLayers: Bool,
        startsFrame: Bool, isKeyframeStart: Bool, isLate: Bool
    ) -> Bool {
        if number < changedAt { return temporalID <= previous }
        if isLate { return temporalID <= current }
        if isKeyframeStart {
            change(to: target, at: number)
        } else if startsFrame, temporalID > target, current > target {
            change(to: target, at: number)
        } else if opensHigherLayers, temporalID <= current, current < target {
            change(to: target, at: number)
        } else if startsFrame, isSwitchingPoint, temporalID <= target, temporalID == current &+ 1, current < target {
            change(to: temporalID, at: number)
        }
        return temporalID <= current
    }

    private mutating func change(to layer: UInt8, at number: ExtendedSequenceNumber) {
        guard layer != current else { return }
        previous = current
        current = layer
        changedAt = number
    }
}

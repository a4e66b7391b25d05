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
/// Packets that come late are judged by what held where they belong, as far as the last changes are remembered.
public struct TemporalSelector: Sendable {
    /// The highest layer that shall be sent.
    public var target: UInt8
    /// The highest layer that is sent.
    @usableFromInline private(set) var current: UInt8
    /// The last changes, the latest first: the packet that each came with, and what was sent before it. As many as there may
    /// be while a packet is repaired.
    private var changes: [4 of Change] = .init(repeating: Change())
    /// Whether there has been a change: without one there is nothing to remember.
    @usableFromInline private(set) var hasChanged = false
    /// Below this packet nobody knows any more what was sent.
    private var forgottenBelow = ExtendedSequenceNumber(0)

    private struct Change: Sendable {
        var number = ExtendedSequenceNumber(0)
        var before: UInt8 = 0
    }

    /// Makes a selector that lets everything pass.
    public init() {
        target = .max
        current = .max
    }

    /// Whether a packet is so old that nobody knows any more whether the rest of its frame was sent.
    public func hasForgotten(_ number: ExtendedSequenceNumber) -> Bool { number < forgottenBelow }

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
        if current == target, !hasChanged, !isKeyframeStart { return temporalID <= target }
        return decide(
            temporalID, number: number, isSwitchingPoint: isSwitchingPoint, opensHigherLayers: opensHigherLayers,
            startsFrame: startsFrame, isKeyframeStart: isKeyframeStart, isLate: isLate)
    }

    /// Begins with another source, at a keyframe.
    public mutating func restart() {
        current = target
        changes = .init(repeating: Change())
        hasChanged = false
        forgottenBelow = ExtendedSequenceNumber(0)
    }

    @usableFromInline
    mutating func decide(
        _ temporalID: UInt8, number: ExtendedSequenceNumber, isSwitchingPoint: Bool, opensHigherLayers: Bool,
        startsFrame: Bool, isKeyframeStart: Bool, isLate: Bool
    ) -> Bool {
        if number < changes[0].number {
            guard number >= forgottenBelow else { return false }
            var layer = current
            for place in changes.indices where number < changes[place].number { layer = changes[place].before }
            return temporalID <= layer
        }
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
        let last = changes.count - 1
        forgottenBelow = changes[last].number
        for place in 0..<last { changes[last - place] = changes[last - place - 1] }
        changes[0] = Change(number: number, before: current)
        current = layer
        hasChanged = true
    }
}

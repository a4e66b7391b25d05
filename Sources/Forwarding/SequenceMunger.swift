public import Wire

/// Numbers one outgoing stream without a break, whatever sources it is fed from (RFC 3550 §5.1).
///
/// A receive slot keeps its SSRC for life while people, simulcast layers and pauses change behind it. The
/// munger continues after a change of source where the stream stood, closes up over packets that are left out
/// on purpose, and keeps the holes that real loss leaves, so that the receiver can ask for what is missing.
///
/// A number is never given to two different packets: within a source the mapping is one to one, and a new
/// source begins above everything given out before. The same packet twice gets the same number twice;
/// duplicates are for the ingress side to recognise.
public struct SequenceMunger: Sendable {
    /// What becomes of a packet.
    public enum Verdict: Equatable, Sendable {
        /// It is sent under this number.
        case forward(ExtendedSequenceNumber)
        /// It is not sent: ``DropReason/lateAfterSwitch``, ``DropReason/compacted`` or ``DropReason/tooOld``.
        case drop(DropReason)
    }

    private var map: CompactingMap
    private var hasSource = false

    /// Makes a munger whose first packet gets a random number from 1 to 32767.
    ///
    /// The lower half leaves every receiver the same idea of the rollover counter, even if the first packets
    /// are lost (RFC 3711 §3.3.1).
    public init(using generator: inout some RandomNumberGenerator) {
        self.init(first: ExtendedSequenceNumber(UInt64.random(in: 1...32_767, using: &generator)))
    }

    /// Makes a munger whose first packet gets the number `first`, which must not be zero.
    public init(first: ExtendedSequenceNumber) {
        precondition(first.rawValue > 0, "the first number has to leave room for the one before it")
        map = CompactingMap(highestMapped: first.rawValue - 1)
    }

    /// Whether a source has been set; before that every packet is dropped.
    public var isStarted: Bool { hasSource }

    /// The highest number given out, `nil` before the first source.
    public var highest: ExtendedSequenceNumber? {
        hasSource ? ExtendedSequenceNumber(map.highestMapped) : nil
    }

    /// Makes `packet` the next one of the stream; what precedes it in its source is dropped from now on.
    ///
    /// With `leavingGap` one number is left out, which tells the receiver that the frame before was cut off.
    /// The first source never leaves a gap.
    public mutating func switchSource(at packet: ExtendedSequenceNumber, leavingGap: Bool = false) {
        let gap: UInt64 = leavingGap && hasSource ? 1 : 0
        map.restart(at: packet.rawValue, as: map.highestMapped &+ 1 &+ gap)
        hasSource = true
    }

    /// The outgoing number of a packet of the present source.
    public mutating func forward(_ packet: ExtendedSequenceNumber) -> Verdict {
        guard hasSource else { return .drop(.lateAfterSwitch) }
        return Self.verdict(map.map(packet.rawValue))
    }

    /// Leaves a packet of the present source out on purpose: a layer that is not sent, or padding.
    ///
    /// Returns whether the numbers close up over it. They do not when a later packet has been sent already;
    /// then the receiver sees a hole that nothing fills.
    @discardableResult
    public mutating func leaveOut(_ packet: ExtendedSequenceNumber) -> Bool {
        hasSource && map.remove(packet.rawValue)
    }

    /// Leaves everything out that has not been seen of the present source before `packet`: the silence before somebody is
    /// heard again. Late packets from before that keep their numbers.
    public mutating func skip(to packet: ExtendedSequenceNumber) {
        if hasSource { map.skip(to: packet.rawValue) }
    }

    /// The outgoing number that a packet of the present source has or would have, without remembering it.
    public func peek(_ packet: ExtendedSequenceNumber) -> Verdict {
        guard hasSource else { return .drop(.lateAfterSwitch) }
        return Self.verdict(map.lookUp(packet.rawValue))
    }

    private static func verdict(_ mapping: CompactingMap.Mapping) -> Verdict {
        switch mapping {
        case .mapped(let number): .forward(ExtendedSequenceNumber(number))
        case .removed: .drop(.compacted)
        case .beforeStart: .drop(.lateAfterSwitch)
        case .forgotten: .drop(.tooOld)
        }
    }
}

public import Wire

/// Keeps the frame numbers of one outgoing stream's dependency descriptors running when its source changes, and the
/// identifiers of its templates apart (AOM "RTP Payload Format For AV1" §A.8.2, §A.8.3).
///
/// A receiver that lacks the first packet of a keyframe would read the packets behind it by the structure before, were the
/// identifiers of their templates the same: encoders count those on from one structure to the next, modulo 64.
///
/// Within a source nothing closes up: frames name their references by the distance of the numbers. What was added is
/// remembered for the last sources, whose packets may be asked for again.
public struct FrameNumberMunger: Sendable {
    /// A run of one source: from which packet on, and what is added.
    private struct Run {
        var source: UInt8 = 0
        var start = ExtendedSequenceNumber(.max)
        var offset: UInt16 = 0
        /// The same for the identifiers of templates.
        var templateOffset: UInt8 = 0
    }

    private var runs: [4 of Run] = .init(repeating: Run())
    private var present = 0
    private var last: UInt16 = 0
    /// The identifier behind those of the last structure; `nil` before the first.
    private var nextTemplate: UInt8?

    /// Makes a munger; its first frame gets the number one.
    public init() {}

    /// Makes the frame `number` of `source`, which begins with `packet`, the next one of the stream.
    ///
    /// - Parameter firstTemplate: The identifier of the first template of its structure.
    public mutating func switchSource(
        _ source: UInt8, at packet: ExtendedSequenceNumber, frame number: UInt16, firstTemplate: UInt8 = 0
    ) {
        present = (present + 1) & 3
        runs[present] = Run(
            source: source, start: packet, offset: last &+ 1 &- number,
            templateOffset: ((nextTemplate ?? firstTemplate) &- firstTemplate) & 63)
    }

    /// Notes the structure that holds from now on in the present source.
    public mutating func note(firstTemplate: UInt8, templateCount: Int) {
        nextTemplate = (firstTemplate &+ templateOffset &+ UInt8(truncatingIfNeeded: templateCount)) & 63
    }

    /// What to add to the frame numbers of the present source.
    public var offset: UInt16 { runs[present].offset }

    /// What to add, modulo 64, to the identifiers of templates of the present source.
    public var templateOffset: UInt8 { runs[present].templateOffset }

    /// What to add to the number of a frame of the present source, which is sent.
    public mutating func forward(_ number: UInt16) -> UInt16 {
        if Int16(bitPattern: number &+ offset &- last) > 0 { last = number &+ offset }
        return offset
    }

    /// What was added to the frame numbers of `source` when its `packet` was sent; `nil` if that is forgotten.
    public func offset(of source: UInt8, packet: ExtendedSequenceNumber) -> UInt16? {
        run(of: source, packet: packet)?.offset
    }

    /// What was added to the identifiers of templates of `source` when its `packet` was sent; `nil` if that is forgotten.
    public func templateOffset(of source: UInt8, packet: ExtendedSequenceNumber) -> UInt8? {
        run(of: source, packet: packet)?.templateOffset
    }

    private func run(of source: UInt8, packet: ExtendedSequenceNumber) -> Run? {
        for back in 0..<runs.count {
            let run = runs[(present - back) & 3]
            if run.source == source, run.start <= packet { return run }
        }
        return nil
    }

    /// Frames: as many as a long loss may take, of three layers some 12 seconds at 30 pictures a second.
    private static let longestGap: UInt16 = 1_024

    /// Whether a keyframe of the present source does not follow on what came before it: its publisher has begun counting anew.
    public func isRestart(_ number: UInt16) -> Bool { number &+ offset &- last > Self.longestGap }

    /// Whether a frame lies so far from those before it, in either direction, that it can only be of a new count whose
    /// keyframe has not come.
    public func isFar(_ number: UInt16) -> Bool {
        number &+ offset &- last &+ Self.longestGap > 2 * Self.longestGap
    }
}

public import Wire

/// Keeps the frame numbers of one outgoing stream's dependency descriptors running when its source changes (AOM "RTP
/// Payload Format For AV1" §A.8.2).
///
/// Within a source nothing closes up: frames name their references by the distance of the numbers. What was added is
/// remembered for the last sources, whose packets may be asked for again.
public struct FrameNumberMunger: Sendable {
    /// A run of one source: from which packet on, and what is added.
    private struct Run {
        var source: UInt8 = 0
        var start = ExtendedSequenceNumber(.max)
        var offset: UInt16 = 0
    }

    private var runs: [4 of Run] = .init(repeating: Run())
    private var present = 0
    private var last: UInt16 = 0

    /// Makes a munger; its first frame gets the number one.
    public init() {}

    /// Makes the frame `number` of `source`, which begins with `packet`, the next one of the stream.
    public mutating func switchSource(_ source: UInt8, at packet: ExtendedSequenceNumber, frame number: UInt16) {
        present = (present + 1) & 3
        runs[present] = Run(source: source, start: packet, offset: last &+ 1 &- number)
    }

    /// What to add to the frame numbers of the present source.
    public var offset: UInt16 { runs[present].offset }

    /// What to add to the number of a frame of the present source, which is sent.
    public mutating func forward(_ number: UInt16) -> UInt16 {
        if Int16(bitPattern: number &+ offset &- last) > 0 { last = number &+ offset }
        return offset
    }

    /// What was added to the frame numbers of `source` when its `packet` was sent; `nil` if that is forgotten.
    public func offset(of source: UInt8, packet: ExtendedSequenceNumber) -> UInt16? {
        for back in 0..<runs.count {
            let run = runs[(present - back) & 3]
            if run.source == source, run.start <= packet { return run.offset }
        }
        return nil
    }
}

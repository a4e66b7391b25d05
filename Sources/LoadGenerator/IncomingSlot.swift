internal import LoadClient
internal import LoadMedia
internal import RTP
internal import Wire

/// One receive slot of a participant.
struct IncomingSlot {
    private(set) var nextDue = Timestamp.distantFuture
    private(set) var firstKeyframe: Timestamp?
    var totals = MediaTotals()

    init(_ slot: ClientAnswer.Slot) {}

    mutating func receive(
        _ packet: LoadClient.Received, _ payload: Span<UInt8>, at now: Timestamp, figures: inout LoopFigures
    ) {}
    mutating func takeKeyframeWanted() -> Bool { false }
    mutating func handleTimeout(at now: Timestamp, figures: inout LoopFigures) {}
}

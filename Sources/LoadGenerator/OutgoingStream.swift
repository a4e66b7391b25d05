internal import LoadClient
internal import LoadMedia
internal import RTP
internal import Wire

/// One stream that a participant sends.
final class OutgoingStream {
    private(set) var nextDue = Timestamp.distantFuture
    private(set) var framesSent: UInt64 = 0

    init(_ place: Int, _ stream: LoadClient.Stream, _ shape: MediaShape, seed: UInt64) {}

    func begin(at now: Timestamp) {}
    func requestKeyframe(at now: Timestamp) {}
    func send(with client: LoadClient, at now: Timestamp, figures: inout LoopFigures) {}
}

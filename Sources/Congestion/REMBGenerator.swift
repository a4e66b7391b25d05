import RTP
public import Wire

/// Gives publishers that did not negotiate transport-wide feedback a bit rate to send at
/// (draft-alvestrand-rmcat-remb-03).
///
/// It does not estimate: such publishers have their own loss-based control. It only keeps them from waiting
/// for a word from the server. The limit begins modestly, doubles each second while media comes, and stays at
/// a generous cap.
public struct REMBGenerator: Sendable {
    static let interval = Interval.seconds(1)

    private let cap: UInt64
    private var lastReport: Timestamp?
    /// The limit in bits a second that the next report tells.
    public private(set) var bitrate: UInt64

    /// Makes a generator that begins at `start` and ends at `cap`, in bits a second.
    public init(start: UInt64 = 1_000_000, cap: UInt64 = 10_000_000) {
        self.cap = cap
        bitrate = min(start, cap)
    }

    /// When the next report is due.
    public var nextTimeout: Timestamp { lastReport.map { $0 + Self.interval } ?? .zero }

    /// Appends a report on `sources` if one is due; returns whether it did.
    public mutating func makeReport(
        at now: Timestamp, senderSSRC: SSRC, sources: [SSRC], into writer: inout ByteWriter
    ) -> Bool {
        guard now >= nextTimeout, !sources.isEmpty else { return false }
        ReceiverEstimatedMaximumBitrate(sender: senderSSRC, bitrate: bitrate, sources: sources).write(
            into: &writer)
        lastReport = now
        bitrate = min(cap, bitrate * 2)
        return true
    }
}

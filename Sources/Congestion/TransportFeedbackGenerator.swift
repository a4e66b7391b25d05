import RTP
public import Wire

/// Tells a publisher when its packets arrived, from which it learns how much its path carries
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
///
/// One for each publisher's transport, over all its streams. A browser that hears nothing stays on its lowest
/// layer, so reports go out every 100 ms, and earlier when many packets wait.
public struct TransportFeedbackGenerator: Sendable {
    private let interval: Interval
    private let threshold: Int
    private var log = ArrivalLog()
    private var builder = TransportFeedbackBuilder(sender: SSRC(0), media: SSRC(0))
    /// Feedback packets of the last report that have not been fetched: several when a report outgrows a
    /// datagram.
    private var unfetched: [TransportFeedback] = []
    private var lastReport: Timestamp?

    /// Makes a generator that reports every `interval`, and as soon as `threshold` packets wait.
    public init(interval: Interval = .milliseconds(100), threshold: Int = 100) {
        self.interval = interval
        self.threshold = max(threshold, 1)
    }

    /// Takes a packet's transport-wide sequence number and its arrival.
    public mutating func record(_ number: SequenceNumber, at arrival: Timestamp) {
        log.record(number, at: arrival)
    }

    /// Packets that arrived and were not reported.
    public var pendingCount: Int { log.pendingCount }

    /// When the next report is due; `nil` while no packet waits.
    ///
    /// After a pause the first packet waits for half an interval, so that the report has something to say.
    public var nextTimeout: Timestamp? {
        if !unfetched.isEmpty { return .zero }
        guard log.pendingCount > 0 else { return nil }
        if log.pendingCount >= threshold { return log.pendingSince }
        let early = log.pendingSince + Interval(nanoseconds: interval.nanoseconds / 2)
        guard let lastReport else { return early }
        return max(early, lastReport + interval)
    }

    /// Appends one feedback packet if a report is due at `now`. Call it until it returns false; each packet
    /// is at most about 1000 bytes and can be sent by itself (RFC 5506) or in a compound.
    public mutating func makeFeedback(
        at now: Timestamp, senderSSRC: SSRC, mediaSSRC: SSRC, into writer: inout ByteWriter
    ) -> Bool {
        if unfetched.isEmpty {
            guard let due = nextTimeout, now >= due, let highest = log.highest else { return false }
            builder.sender = senderSSRC
            builder.media = mediaSSRC
            unfetched = builder.feedback(from: log.start, arrivals: ReportedArrivals(log: log, last: highest))
            log.noteReported()
            lastReport = now
        }
        guard !unfetched.isEmpty else { return false }
        unfetched.removeFirst().write(into: &writer)
        return true
    }
}

/// The packets that arrived among those a report covers, ascending.
private struct ReportedArrivals: Sequence, IteratorProtocol {
    private let log: ArrivalLog
    private let last: ExtendedSequenceNumber
    private var position: ExtendedSequenceNumber

    init(log: ArrivalLog, last: ExtendedSequenceNumber) {
        self.log = log
        self.last = last
        position = log.start
    }

    mutating func next() -> TransportFeedbackBuilder.Arrival? {
        while position <= last {
            defer { position = position.advanced(by: 1) }
            if let time = log.arrival(of: position) {
                return TransportFeedbackBuilder.Arrival(sequenceNumber: position, time: time)
            }
        }
        return nil
    }
}

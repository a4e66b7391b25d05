internal import LoadMedia
internal import Wire

/// What became of the messages over data channels, of all participants together.
struct DataFigures: Sendable {
    /// Associations that were begun.
    var associations: UInt64 = 0
    /// Of these, those over which a channel could be opened.
    var opened: UInt64 = 0
    /// Associations that ended without having been asked to, or never came up, by the sentence for it.
    var ended: [String: Int] = [:]
    var sent: UInt64 = 0
    var bytesOut: UInt64 = 0
    /// Messages that were not sent because too much waited already.
    var refused: UInt64 = 0
    /// Messages that were not sent because this thread came too late for them.
    var leftOut: UInt64 = 0
    var bytesIn: UInt64 = 0
    /// Messages whose bytes were not those that were sent.
    var corrupt: UInt64 = 0
    /// Messages that came to somebody they were not for, under somebody else's name, or on a channel that nobody opened.
    var misdirected: UInt64 = 0
    var ledgers = MessageLedger.Figures()
    /// From a message's sending to the arrival of the packet that completed it.
    var latency = DurationHistogram()
    /// From the end of the DTLS handshake to the acknowledgement of the first channel.
    var opening = DurationHistogram()
}

extension DataFigures: Counted {
    /// The messages; associations are always those of the whole run.
    static var counters: [WritableKeyPath<DataFigures, UInt64>] {
        [
            \.sent, \.bytesOut, \.refused, \.leftOut, \.bytesIn, \.corrupt, \.misdirected, \.ledgers.received,
            \.ledgers.expected, \.ledgers.lost, \.ledgers.disordered, \.ledgers.duplicates,
        ]
    }
}

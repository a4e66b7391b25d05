extension LoadReport {
    /// What became of messages over data channels, all clients together.
    public struct Messages: Codable, Sendable, Equatable {
        /// How long they were counted, in seconds; `nil` where that is as long as everything else.
        public var seconds: Double?
        /// SCTP associations that were begun.
        public var associations: UInt64 = 0
        /// Of these, those over which a channel could be opened.
        public var opened: UInt64 = 0
        /// Associations that ended without having been asked to, or never came up, by reason.
        public var ended: [NamedCount] = []
        /// Messages that clients sent.
        public var sent: UInt64 = 0
        /// Their bytes.
        public var bytesOut: UInt64 = 0
        /// Messages that clients did not send because too much waited already.
        public var refused: UInt64 = 0
        /// Messages that clients did not send because the generator came too late for them; `nil` in older reports.
        public var leftOut: UInt64?
        /// Messages that clients received, each once.
        public var received: UInt64 = 0
        /// The bytes of all that came.
        public var bytesIn: UInt64 = 0
        /// Messages that should have come: those sent while the receiver was there, once for each receiver.
        public var expected: UInt64 = 0
        /// Of these, those that did not.
        public var lost: UInt64 = 0
        /// Messages on ordered channels that came after one that was sent later.
        public var disordered: UInt64 = 0
        /// Messages that came again.
        public var duplicates: UInt64 = 0
        /// Messages that came with wrong bytes.
        public var corrupt: UInt64 = 0
        /// Messages that came to somebody they were not for, under somebody else's name, or on a channel that nobody opened.
        public var misdirected: UInt64 = 0
        /// From a message's sending to the arrival of the packet that completed it, repetitions included.
        public var latency: Distribution?
        /// From the end of the DTLS handshake to the acknowledgement of the first channel.
        public var opening: Distribution?

        /// Makes figures of zero.
        public init() {}

        /// The share of messages that did not come; `nil` when none should have.
        public var lossShare: Double? { expected > 0 ? Double(lost) / Double(expected) : nil }

        /// The times with their names; those that were not measured are left out.
        var times: [(name: String, times: Distribution)] {
            [("Channel open", opening), ("Message latency", latency)].compactMap { name, times in
                times.map { (name, $0) }
            }
        }

        /// The figures for people.
        func lines(seconds all: Double) -> [(name: String, value: String)] {
            let seconds = self.seconds ?? all
            func count(_ value: UInt64) -> String { Quantity.count.text(Double(value)) }
            func rate(_ value: UInt64) -> String {
                "\(count(value)), \(Quantity.packetRate.text(Double(value) / (seconds > 0 ? seconds : 1)))"
            }
            return [
                ("Associations with a channel", "\(count(opened)) of \(count(associations))"), ("Sent", rate(sent)),
                ("Received", rate(received)),
                ("Lost", "\(count(lost)) of \(count(expected))"), ("Out of order", count(disordered)),
                ("Twice", count(duplicates)), ("Corrupt", count(corrupt)), ("Misdirected", count(misdirected)),
                ("Not sent, too much waited", count(refused)),
            ] + (leftOut.map { [("Not sent, the generator was late", count($0))] } ?? [])
        }
    }
}

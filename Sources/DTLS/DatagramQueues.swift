/// The two ends of an association's wire: the datagram on its way in, and those on their way out.
final class DatagramQueues {
    /// Datagrams that wait at most; a flight has five or so, and what is lost is sent again.
    static let limit = 64

    /// The one datagram that is being handled.
    var incoming: [UInt8]?
    private var outgoing: [[UInt8]] = []

    /// Appends a datagram to send, or drops it as a full network would.
    func send(_ datagram: [UInt8]) {
        if outgoing.count < Self.limit { outgoing.append(datagram) }
    }

    /// Takes the next datagram to send.
    func next() -> [UInt8]? { outgoing.isEmpty ? nil : outgoing.removeFirst() }
}

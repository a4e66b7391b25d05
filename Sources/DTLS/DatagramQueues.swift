/// The two ends of an association's wire: the datagram on its way in, and those on their way out.
final class DatagramQueues {
    /// Datagrams that wait at most; a flight has five or so, and what is lost is sent again.
    static let limit = 64

    /// The one datagram that is being handled.
    var incoming: [UInt8]?
    private var outgoing: [[UInt8]] = []
    /// What was sent since the last datagram came: our latest flight (RFC 6347 §4.2.4).
    private(set) var flight: [[UInt8]] = []
    private var isHandshaking = true

    /// Appends a datagram to send, or drops it as a full network would.
    func send(_ datagram: [UInt8]) {
        guard outgoing.count < Self.limit else { return }
        outgoing.append(datagram)
        if isHandshaking { flight.append(datagram) }
    }

    /// A datagram of the handshake has come: what is sent from now on is another flight.
    func beginFlight() { flight = [] }

    /// The handshake is done: what is sent from now on belongs to no flight.
    func endFlight() { isHandshaking = false }

    /// Takes the next datagram to send.
    func next() -> [UInt8]? { outgoing.isEmpty ? nil : outgoing.removeFirst() }
}

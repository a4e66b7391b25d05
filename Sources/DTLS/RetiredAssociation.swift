public import Wire

/// What is left of a DTLS association whose keys have been exported and whose OpenSSL object has been let go of.
///
/// Without data channels (with them the object stays) nothing more is said over DTLS but two things, and both are ready-made: our last flight, for a peer
/// that never got it and repeats its own (RFC 6347 §4.2.4), and the goodbye. What the peer encrypts can not be read any more.
public struct RetiredAssociation: Sendable {
    /// A repeated flight is answered no more often than this: the answer is longer than the question.
    static let minimumInterval = Interval.seconds(1)

    private let lastFlight: [[UInt8]]
    /// The datagrams of a close_notify alert.
    public let goodbye: [[UInt8]]
    private var lastAnswer: Timestamp?

    init(lastFlight: [[UInt8]], goodbye: [[UInt8]]) {
        self.lastFlight = lastFlight
        self.goodbye = goodbye
    }

    /// The answer to a datagram from the peer: our last flight to a repeated one of the handshake, nothing to all else.
    public mutating func answer(to datagram: Span<UInt8>, at now: Timestamp) -> [[UInt8]] {
        // RFC 6347 §4.1: 20 is change_cipher_spec, 22 handshake.
        guard let type = datagram.isEmpty ? nil : datagram[0], type == 20 || type == 22 else { return [] }
        if let lastAnswer, now - lastAnswer < Self.minimumInterval { return [] }
        lastAnswer = now
        return lastFlight
    }
}

internal import Wire

/// DTLS records that wait for their turn, oldest first. Bounded: a client repeats what gets lost (RFC 6347 §4.2.4).
struct HandshakeQueue {
    /// One datagram of a peer's handshake.
    struct Record {
        let peer: PeerID
        let path: NetworkPath
        let bytes: [UInt8]
    }

    /// A handshake takes a client about six datagrams: some hundred clients at once.
    private static let capacity = 1_024
    private var records: [Record?] = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Appends a datagram; false when the queue is full.
    mutating func append(_ bytes: Span<UInt8>, of peer: PeerID, on path: NetworkPath) -> Bool {
        guard count < Self.capacity else { return false }
        if records.isEmpty { records = [Record?](repeating: nil, count: Self.capacity) }
        records[(head + count) % Self.capacity] = Record(peer: peer, path: path, bytes: bytes.copied())
        count += 1
        return true
    }

    /// The oldest record.
    mutating func takeFirst() -> Record? {
        guard count > 0 else { return nil }
        defer {
            records[head] = nil
            head = (head + 1) % Self.capacity
            count -= 1
        }
        return records[head]
    }
}

internal import DTLS
internal import Wire

/// A client's next transport while it takes the place of the one there is: another path, another handshake.
struct TransportReplacement {
    /// Where the former transport's records come from.
    let formerPath: NetworkPath?
    /// Where the new one's come from, once one has.
    var path: NetworkPath?
    /// The new handshake, once it has begun.
    var association: DTLSAssociation?

    init(formerPath: NetworkPath?) { self.formerPath = formerPath }

    /// Whether a path is not the former transport's.
    func isElsewhere(_ path: NetworkPath) -> Bool { path != formerPath }

    /// Whether a record belongs to the new handshake: it comes on another path, or, from a client that uses its port again,
    /// it is an unencrypted handshake record, of which the former association has had its last (RFC 6347 §4.1: content type
    /// 22, epoch 0).
    func takes(_ datagram: Span<UInt8>, on path: NetworkPath) -> Bool {
        if path == self.path || isElsewhere(path) { return true }
        return datagram.count >= 13 && datagram[0] == 22 && datagram[3] == 0 && datagram[4] == 0
    }
}

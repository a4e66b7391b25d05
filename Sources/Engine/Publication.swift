internal import Forwarding
internal import Negotiation
internal import RTP
internal import Wire

/// One track that a peer sends, as its receivers see it: its layers, who receives it, who asks for keyframes.
final class Publication {
    let id: PublicationID
    /// The publisher.
    unowned let peer: Peer
    /// What was negotiated for the m-line; replaced by a renegotiation.
    var section: UplinkSection
    /// The streams it consists of, lowest layer first: one for audio and plain video, one for each RID otherwise.
    private(set) var layers: [IngressStream] = []
    /// The slots it is on.
    var receivers: [EgressStream] = []
    /// Whether media has arrived.
    var hasStarted = false
    /// The number of the next stream.
    private var nextSerial: UInt8 = 0

    init(id: PublicationID, peer: Peer, section: UplinkSection) {
        self.id = id
        self.peer = peer
        self.section = section
    }

    /// The layer with a RID, made when it is first heard of; `nil` if the RID was not negotiated.
    func layer(rid: String?, ssrc: SSRC, codec: NegotiatedCodec, at now: Timestamp) -> IngressStream? {
        if let rid {
            guard let rank = section.rids.firstIndex(of: rid) else { return nil }
            if let known = layers.first(where: { $0.rid == rid && $0.ssrc == ssrc }) { return known }
            // The same layer under a new SSRC: the browser began its stream anew.
            layers.removeAll { $0.rid == rid }
            let stream = makeStream(ssrc: ssrc, rid: rid, rank: rank, codec: codec, at: now)
            layers.append(stream)
            layers.sort { $0.rank < $1.rank }
            return stream
        }
        if let known = layers.first(where: { $0.rid == nil && $0.ssrc == ssrc }) { return known }
        layers.removeAll { $0.rid == nil }
        let stream = makeStream(ssrc: ssrc, rid: nil, rank: 0, codec: codec, at: now)
        layers.append(stream)
        return stream
    }

    /// The layer to forward: the highest that is alive. The choice for each receiver by its link is not made here.
    func bestLayer(at now: Timestamp, silence: Interval) -> IngressStream? {
        layers.last { $0.isAlive(at: now, silence: silence) } ?? layers.first
    }

    /// Takes a layer out: its publisher changed what it carries.
    func removeLayer(_ layer: IngressStream) { layers.removeAll { $0 === layer } }

    /// The stream that the egress index named, if it is still there.
    func layer(serial: UInt8) -> IngressStream? { layers.first { $0.serial == serial } }

    private func makeStream(
        ssrc: SSRC, rid: String?, rank: Int, codec: NegotiatedCodec, at now: Timestamp
    ) -> IngressStream {
        defer { nextSerial &+= 1 }
        return IngressStream(
            ssrc: ssrc, rid: rid, rank: rank, serial: nextSerial, codec: codec, publication: self, at: now)
    }
}

internal import Transport
public import Wire

/// A datagram that DTLS carries for something other than media: an SCTP packet of data channels (RFC 8261).
public struct ApplicationPacket: Sendable, Equatable {
    /// Whose it is.
    public var peer: PeerID
    /// The packet, decrypted.
    public var bytes: [UInt8]
    /// Makes a packet.
    public init(peer: PeerID, bytes: [UInt8]) {
        self.peer = peer
        self.bytes = bytes
    }
}

/// Application data of DTLS. The engine carries it and does not look into it.
extension Engine {
    /// What peers with data channels have sent since the last call.
    public func takeApplicationData() -> [ApplicationPacket] {
        guard !applicationData.isEmpty else { return [] }
        defer { applicationData.removeAll(keepingCapacity: true) }
        return applicationData
    }

    /// Sends a packet to a peer over DTLS. It is lost while there is no association or no path, as in any network.
    public func sendApplicationData(_ packet: ApplicationPacket, at now: Timestamp) {
        guard let peer = peers[packet.peer] else { return }
        peer.transport.sendApplicationData(packet.bytes.span)
        drain(peer, at: now)
    }

    /// Moves what a peer's transport has decrypted to where the owner fetches it.
    func collectApplicationData(of peer: Peer) {
        while let bytes = peer.transport.pollApplicationData() {
            applicationData.append(ApplicationPacket(peer: peer.id, bytes: bytes))
        }
    }
}

/// What a datagram on a media port is, by its first two bytes (RFC 9443 §3, RFC 5761 §4).
///
///     first byte     0…3  STUN
///                  20…63  DTLS
///                128…191  RTP or RTCP
///
/// ZRTP (16…19), TURN channels (64…79), QUIC (80…127 and 192…255) and what is unassigned are not spoken here.
public enum DatagramKind: UInt8, Sendable {
    /// A STUN message.
    case stun
    /// A DTLS record.
    case dtls
    /// A media packet.
    case rtp
    /// A control packet.
    case rtcp
    /// Nothing this server speaks.
    case other

    /// Tells what `datagram` is; anything of fewer than two bytes is ``other``.
    @inlinable
    public init(_ datagram: Span<UInt8>) {
        guard datagram.count >= 2 else {
            self = .other
            return
        }
        switch datagram[0] {
        case 0...3: self = .stun
        case 20...63: self = .dtls
        case 128...191: self = RTCP.isRTCP(packetType: datagram[1]) ? .rtcp : .rtp
        default: self = .other
        }
    }
}

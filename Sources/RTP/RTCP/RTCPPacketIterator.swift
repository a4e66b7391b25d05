/// Walks the packets of a compound RTCP packet (RFC 3550 §6.1).
///
///     var packets = RTCPPacketIterator()
///     while let range = try packets.next(in: datagram) {
///         let packet = try RTCPPacket(parsing: datagram.extracting(range))
///     }
///
/// A datagram need not begin with a report: reduced-size packets are taken as well (RFC 5506).
public struct RTCPPacketIterator: Sendable {
    private var position = 0

    /// Makes an iterator that stands before the first packet.
    public init() {}

    /// The place of the next packet in `compound`, padding included; `nil` after the last.
    ///
    /// - Throws: ``RTCPParseError`` when what follows is no packet. The walk ends there, what came before it
    ///   stands.
    public mutating func next(in compound: Span<UInt8>) throws(RTCPParseError) -> Range<Int>? {
        guard position < compound.count else { return nil }
        let start = position
        position = compound.count
        let header = try RTCPHeader(parsing: compound.extracting(droppingFirst: start))
        position = start + header.packetLength
        return start..<position
    }
}

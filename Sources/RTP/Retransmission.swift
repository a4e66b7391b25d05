public import Wire

/// The payload of retransmitted packets: the original sequence number, then the original payload (RFC 4588
/// §4).
public enum Retransmission {
    /// The bytes of the original sequence number before the payload.
    public static let overhead = 2

    /// The number the packet had in the stream that is repaired; `nil` if there is no such payload, as in a
    /// padding packet that a bandwidth estimator sent on the retransmission stream.
    @inlinable
    public static func originalSequenceNumber(
        of packet: Span<UInt8>, header: RTPHeader
    ) -> SequenceNumber? {
        let payload = header.payloadRange
        guard payload.count >= overhead, payload.upperBound <= packet.count else { return nil }
        return SequenceNumber(packet.uint16(at: payload.lowerBound))
    }

    /// Turns a retransmission in place into the packet that was lost.
    ///
    /// The header moves towards the payload, over the original sequence number: a few bytes instead of a
    /// thousand.
    /// - Parameters:
    ///   - packet: The retransmission; afterwards the packet, from the offset returned on.
    ///   - header: The header of the retransmission.
    ///   - ssrc: The source of the stream that is repaired.
    ///   - payloadType: The payload type that the retransmission's stands for (`apt`).
    /// - Returns: Where the packet begins now; `nil` if there is no payload, and then nothing has changed.
    @inlinable
    public static func unwrap(
        _ packet: inout MutableSpan<UInt8>, header: RTPHeader, ssrc: SSRC, payloadType: PayloadType
    ) -> Int? {
        let payload = header.payloadRange
        guard payload.count >= overhead, payload.upperBound <= packet.count else { return nil }
        let high = packet[payload.lowerBound]
        let low = packet[payload.lowerBound + 1]
        var index = header.headerLength
        while index > 0 {
            index -= 1
            packet[index + overhead] = packet[index]
        }
        packet[overhead + 1] = (header.marker ? 0x80 : 0) | payloadType.rawValue
        packet[overhead + 2] = high
        packet[overhead + 3] = low
        packet.store(ssrc.rawValue, at: overhead + 8)
        return overhead
    }

    /// Writes the original sequence number where the payload begins, and returns where the original payload
    /// goes.
    @inlinable
    public static func writeOriginalSequenceNumber(
        _ number: SequenceNumber, into packet: inout MutableSpan<UInt8>, at payloadStart: Int
    ) -> Int {
        packet.store(number.rawValue, at: payloadStart)
        return payloadStart + overhead
    }
}

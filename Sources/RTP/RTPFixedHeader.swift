public import Wire

/// The twelve bytes every RTP packet begins with, for writing (RFC 3550 §5.1).
///
/// What the server sends has no contributing sources and no padding.
public struct RTPFixedHeader: Sendable, Equatable {
    /// For video the last packet of a frame, for audio the first of a talk spurt.
    public var marker: Bool
    /// The format of the payload, as the receiver numbered it.
    public var payloadType: PayloadType
    /// The packet's number in the stream as the receiver sees it.
    public var sequenceNumber: SequenceNumber
    /// The sampling instant in ticks of the codec's clock.
    public var timestamp: RTPTimestamp
    /// The source as the receiver knows it.
    public var ssrc: SSRC

    /// Makes a header from its fields.
    @inlinable
    public init(
        marker: Bool, payloadType: PayloadType, sequenceNumber: SequenceNumber, timestamp: RTPTimestamp,
        ssrc: SSRC
    ) {
        self.marker = marker
        self.payloadType = payloadType
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.ssrc = ssrc
    }

    /// Writes the twelve bytes at `offset`, which must have room for them.
    ///
    /// `hasExtension` says whether ``ExtensionWriter/finish(into:)`` wrote a block behind them.
    @inlinable
    public func write(into packet: inout MutableSpan<UInt8>, at offset: Int = 0, hasExtension: Bool) {
        packet[offset] = hasExtension ? 0x90 : 0x80
        packet[offset + 1] = (marker ? 0x80 : 0) | payloadType.rawValue
        packet.store(sequenceNumber.rawValue, at: offset + 2)
        packet.store(timestamp.rawValue, at: offset + 4)
        packet.store(ssrc.rawValue, at: offset + 8)
    }
}

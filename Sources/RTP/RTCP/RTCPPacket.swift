/// One RTCP packet of any type.
public enum RTCPPacket: Sendable, Equatable {
    /// What a sender has sent, and the meaning of its timestamps.
    case senderReport(SenderReport)
    /// How a receiver receives.
    case receiverReport(ReceiverReport)
    /// Who the sources are.
    case sourceDescription(SourceDescription)
    /// Sources that end.
    case goodbye(Goodbye)
    /// Lost packets that are wanted again.
    case genericNACK(GenericNACK)
    /// A receiver that cannot decode and needs a keyframe.
    case pictureLossIndication(PictureLossIndication)
    /// A keyframe is wanted.
    case fullIntraRequest(FullIntraRequest)
    /// A ceiling for the bit rate.
    case receiverEstimatedMaximumBitrate(ReceiverEstimatedMaximumBitrate)
    /// When packets arrived.
    case transportFeedback(TransportFeedback)
    /// Times for a receiver's own round trip.
    case extendedReport(ExtendedReport)
    /// A whole packet of a type or format that is not understood, and so ignored (RFC 3550 §6.1).
    case unknown(packetType: UInt8, format: UInt8)

    /// Reads the packet that begins with the first of `bytes`.
    /// - Throws: ``RTCPParseError`` when it is malformed; a type that is not known is no error.
    public init(parsing bytes: Span<UInt8>) throws(RTCPParseError) {
        let header = try RTCPHeader(parsing: bytes)
        let unknown = RTCPPacket.unknown(packetType: header.packetType, format: header.format)
        switch RTCPPacketType(rawValue: header.packetType) {
        case .senderReport: self = .senderReport(try SenderReport(parsing: bytes))
        case .receiverReport: self = .receiverReport(try ReceiverReport(parsing: bytes))
        case .sourceDescription: self = .sourceDescription(try SourceDescription(parsing: bytes))
        case .goodbye: self = .goodbye(try Goodbye(parsing: bytes))
        case .extendedReport: self = .extendedReport(try ExtendedReport(parsing: bytes))
        case .transportFeedback:
            switch header.format {
            case GenericNACK.format: self = .genericNACK(try GenericNACK(parsing: bytes))
            case TransportFeedback.format: self = .transportFeedback(try TransportFeedback(parsing: bytes))
            default: self = unknown
            }
        case .payloadFeedback:
            switch header.format {
            case PictureLossIndication.format:
                self = .pictureLossIndication(try PictureLossIndication(parsing: bytes))
            case FullIntraRequest.format: self = .fullIntraRequest(try FullIntraRequest(parsing: bytes))
            case ReceiverEstimatedMaximumBitrate.format:
                // Format 15 belongs to every application; only the name tells them apart.
                guard ReceiverEstimatedMaximumBitrate.hasName(bytes, header) else {
                    self = unknown
                    return
                }
                self = .receiverEstimatedMaximumBitrate(try ReceiverEstimatedMaximumBitrate(parsing: bytes))
            default: self = unknown
            }
        case nil: self = unknown
        }
    }
}

// `#expect` cannot take a span apart, because a span may not escape into it. These read from arrays instead.
import RTP
import Wire

extension RTPHeader {
    init(_ bytes: [UInt8]) throws(RTPParseError) { try self.init(parsing: bytes.span) }

    func csrc(at index: Int, in bytes: [UInt8]) -> SSRC? { csrc(at: index, in: bytes.span) }

    func extensionElement(id: UInt8, in bytes: [UInt8]) -> Range<Int>? {
        extensionElement(id: id, in: bytes.span)
    }

    static func ssrc(of bytes: [UInt8]) -> SSRC? { ssrc(of: bytes.span) }
}

extension ExtensionCursor {
    mutating func next(in bytes: [UInt8]) -> ExtensionElement? { next(in: bytes.span) }
}

extension DatagramKind {
    init(_ bytes: [UInt8]) { self.init(bytes.span) }
}

extension RTCP {
    static func isRTCP(_ bytes: [UInt8]) -> Bool { isRTCP(bytes.span) }
}

extension Retransmission {
    static func originalSequenceNumber(of packet: [UInt8]) throws -> SequenceNumber? {
        originalSequenceNumber(of: packet.span, header: try RTPHeader(packet))
    }
}

extension RTCPPacket {
    init(_ bytes: [UInt8]) throws(RTCPParseError) { try self.init(parsing: bytes.span) }
}

extension RTCPPacketIterator {
    mutating func next(in bytes: [UInt8]) throws(RTCPParseError) -> Range<Int>? { try next(in: bytes.span) }
}

extension VP8Descriptor {
    init(_ bytes: [UInt8]) throws(PayloadParseError) { try self.init(parsing: bytes.span) }
}

extension VP9Descriptor {
    init(_ bytes: [UInt8]) throws(PayloadParseError) { try self.init(parsing: bytes.span) }
}

extension H264Payload {
    init(_ bytes: [UInt8]) throws(PayloadParseError) { try self.init(parsing: bytes.span) }
}

extension AV1Payload {
    init(_ bytes: [UInt8]) throws(PayloadParseError) { try self.init(parsing: bytes.span) }
}

extension REDPayload {
    init(_ bytes: [UInt8]) throws(PayloadParseError) { try self.init(parsing: bytes.span) }

    func redundantBlock(at index: Int, in bytes: [UInt8]) -> Block? {
        redundantBlock(at: index, in: bytes.span)
    }
}

extension DependencyDescriptor {
    init(_ bytes: [UInt8], structure: DependencyStructure? = nil) throws(PayloadParseError) {
        try self.init(parsing: bytes.span, structure: structure)
    }
}

extension FrameInfo {
    init(codec: MediaCodec, payload: [UInt8]) throws(PayloadParseError) {
        try self.init(codec: codec, payload: payload.span)
    }
}

func isKeyframeStart(codec: MediaCodec, payload: [UInt8]) -> Bool {
    RTP.isKeyframeStart(codec: codec, payload: payload.span)
}

/// What `write` appends.
func written(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    write(&writer)
    return writer.bytes
}

extension RTCPHeader {
    init(_ bytes: [UInt8]) throws(RTCPParseError) { try self.init(parsing: bytes.span) }
}

extension SenderReport {
    init(_ bytes: [UInt8]) throws(RTCPParseError) { try self.init(parsing: bytes.span) }
}

extension ReceiverReport {
    init(_ bytes: [UInt8]) throws(RTCPParseError) { try self.init(parsing: bytes.span) }
}

extension SourceDescription {
    init(_ bytes: [UInt8]) throws(RTCPParseError) { try self.init(parsing: bytes.span) }
}

extension Goodbye {
    init(_ bytes: [UInt8]) throws(RTCPParseError) { try self.init(parsing: bytes.span) }
}

extension GenericNACK {
    init(_ bytes: [UInt8]) throws(RTCPParseError) { try self.init(parsing: bytes.span) }
}

extension PictureLossIndication {
    init(_ bytes: [UInt8]) throws(RTCPParseError) { try self.init(parsing: bytes.span) }
}

extension FullIntraRequest {
    init(_ bytes: [UInt8]) throws(RTCPParseError) { try self.init(parsing: bytes.span) }
}

extension ReceiverEstimatedMaximumBitrate {
    init(_ bytes: [UInt8]) throws(RTCPParseError) { try self.init(parsing: bytes.span) }
}

extension TransportFeedback {
    init(_ bytes: [UInt8]) throws(RTCPParseError) { try self.init(parsing: bytes.span) }
}

extension TransportFeedbackCursor {
    init(_ bytes: [UInt8]) throws(RTCPParseError) { try self.init(parsing: bytes.span) }

    mutating func next(in bytes: [UInt8]) -> Report? { next(in: bytes.span) }

    static func recognises(_ bytes: [UInt8]) -> Bool { recognises(bytes.span) }
}

extension ExtendedReport {
    init(_ bytes: [UInt8]) throws(RTCPParseError) { try self.init(parsing: bytes.span) }
}

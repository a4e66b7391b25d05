public import RTP
public import Wire

/// A codec that offer and answer agreed on for one section, by the offer's numbers.
public struct NegotiatedCodec: Sendable, Equatable {
    /// The codec.
    public var codec: MediaCodec
    /// Its number in the packets.
    public var payloadType: PayloadType
    /// The number of its retransmissions (RFC 4588), if there are any.
    public var rtxPayloadType: PayloadType?
    /// Its packets with older blocks of sound in front (RFC 2198), if there are any; Opus only.
    public var redundancy: Redundancy?
    /// The RTP clock in hertz.
    public var clockRate: UInt32
    /// The number of audio channels; 1 for video.
    public var channels: UInt8
    /// The parameters of the answer's `a=fmtp`, in a fixed order; empty if there are none.
    public var parameters: String
    /// The feedback that may be sent.
    public var feedback: Feedback

    /// Makes a codec from its parts.
    public init(
        codec: MediaCodec,
        payloadType: PayloadType,
        rtxPayloadType: PayloadType? = nil,
        redundancy: Redundancy? = nil,
        clockRate: UInt32,
        channels: UInt8 = 1,
        parameters: String = "",
        feedback: Feedback = []
    ) {
        self.codec = codec
        self.payloadType = payloadType
        self.rtxPayloadType = rtxPayloadType
        self.redundancy = redundancy
        self.clockRate = clockRate
        self.channels = channels
        self.parameters = parameters
        self.feedback = feedback
    }

    /// How a codec's packets come with older blocks in front (RFC 2198 §3).
    public struct Redundancy: Sendable, Equatable {
        /// The number of packets that are made so; the blocks within have the codec's own.
        public var payloadType: PayloadType
        /// Whether the client would rather send and receive these than plain packets.
        public var isPreferred: Bool

        /// Makes a description from its parts.
        public init(payloadType: PayloadType, isPreferred: Bool = false) {
            self.payloadType = payloadType
            self.isPreferred = isPreferred
        }
    }

    /// Whether packets of this number carry the codec, with redundancy or without.
    public func carries(_ type: PayloadType) -> Bool {
        payloadType == type || redundancy?.payloadType == type
    }

    /// All of its numbers in the order of an `m=` line: what is preferred first.
    var payloadTypes: [PayloadType] {
        let media = [payloadType, redundancy?.payloadType].compactMap { $0 }
        return (redundancy?.isPreferred == true ? media.reversed() : media) + [rtxPayloadType].compactMap { $0 }
    }

    /// Kinds of RTCP feedback, as `a=rtcp-fb` names them (RFC 4585 §4.2, RFC 5104 §7.1).
    public struct Feedback: OptionSet, Sendable, Hashable {
        /// One bit a kind.
        public let rawValue: UInt8
        /// Makes a set from its bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// `nack`: lost packets are asked for again.
        public static let nack = Feedback(rawValue: 1)
        /// `nack pli`: a keyframe may be asked for after picture loss.
        public static let pli = Feedback(rawValue: 2)
        /// `ccm fir`: a keyframe may be asked for.
        public static let fir = Feedback(rawValue: 4)
        /// `goog-remb`: the receiver's estimate of the bandwidth.
        public static let remb = Feedback(rawValue: 8)
        /// `transport-cc`: arrival times of all packets of the transport.
        public static let transportCC = Feedback(rawValue: 16)

        /// The names, in the order in which they are written.
        static let names: [(Feedback, String)] = [
            (.remb, "goog-remb"), (.transportCC, "transport-cc"), (.fir, "ccm fir"), (.nack, "nack"),
            (.pli, "nack pli"),
        ]
    }
}

extension NegotiatedCodec {
    /// Whether who negotiated this can decode what is sent as `sent`.
    ///
    /// The same codec, and for H.264 a profile that includes the sender's and a packetization mode that is
    /// not less (RFC 6184 §8.2.2). Levels are not compared: every browser decodes above the level it names,
    /// and a publisher would have to be asked for less before anybody is refused.
    public func decodes(_ sent: NegotiatedCodec) -> Bool {
        guard codec == sent.codec, clockRate == sent.clockRate, channels == sent.channels else {
            return false
        }
        guard codec == .h264 else { return true }
        guard let mine = H264Format(parameters: parameters),
            let theirs = H264Format(parameters: sent.parameters)
        else {
            return false
        }
        return mine.decodes(theirs)
    }
}

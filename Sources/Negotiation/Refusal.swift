public import Wire

/// Something in an offer that the answer refuses while the rest goes on.
public struct Refusal: Sendable, Equatable {
    /// The section's identification tag; empty if it has none.
    public var mid: String
    /// What of the section is refused.
    public var part: Part
    /// Why.
    public var reason: Reason

    /// Makes a refusal.
    public init(mid: String, part: Part, reason: Reason) {
        self.mid = mid
        self.part = part
        self.reason = reason
    }

    /// What of a section is refused.
    public enum Part: Sendable, Equatable {
        /// All of it: its port is zero in the answer.
        case section
        /// What the client would send.
        case uplink
        /// What the client would receive.
        case downlink
        /// One simulcast stream.
        case stream(rid: String)
        /// A header extension.
        case headerExtension(uri: String)
        /// A codec's number, or that of its retransmissions.
        case payloadType(PayloadType)
    }

    /// Why something is refused.
    public enum Reason: Sendable, Equatable {
        /// Data channels are not offered by this server.
        case dataChannel
        /// The syntax of drafts before RFC 8841.
        case oldDataChannel
        /// No `a=sctp-port`, or zero.
        case noSCTPPort
        /// There is a section for data channels already.
        case secondDataChannel
        /// The offers before had none.
        case lateDataChannel
        /// Neither sound nor pictures.
        case unknownMedia(String)
        /// Not a transport that WebRTC uses.
        case unknownTransport(String)
        /// No identification tag, or one that does not fit a header extension.
        case unusableMID
        /// Not in the BUNDLE group: this server has one transport for all sections.
        case notBundled
        /// RTP and RTCP on different ports.
        case noMultiplexing
        /// No codec that is understood.
        case noCodec
        /// The limit of receive slots of this kind.
        case tooManySlots(limit: Int)
        /// The limit of publishing sections of this kind.
        case tooManyUplinks(limit: Int)
        /// The limit of simulcast streams.
        case tooManyStreams(limit: Int)
        /// A stream whose name or payload types cannot be used.
        case unusableStream
        /// The number means another extension in this session, or the extension has another number.
        case conflictingID(Int)
        /// The number meant another codec on this section before (RFC 3264 §8.3.2).
        case conflictingPayloadType(PayloadType)
    }
}

extension Refusal.Reason: CustomStringConvertible {
    /// The reason in a sentence that says what to do.
    public var description: String {
        switch self {
        case .dataChannel: "Data channels are not available; send messages through the signalling connection."
        case .oldDataChannel:
            "The data channel section is written as in old drafts; offer m=application UDP/DTLS/SCTP webrtc-datachannel."
        case .noSCTPPort: "The data channel section needs a=sctp-port."
        case .secondDataChannel: "There is a data channel section already; all channels share it."
        case .lateDataChannel:
            "Data channels have to be in the first offer; call createDataChannel before it, or make a new connection."
        case .unknownMedia(let kind): "Media of type \"\(kind)\" is not forwarded; offer audio and video."
        case .unknownTransport(let name):
            "The transport \"\(name)\" is not supported; offer UDP/TLS/RTP/SAVPF."
        case .unusableMID: "The section needs an a=mid of 1 to 16 characters."
        case .notBundled: "The section is outside the BUNDLE group; put all sections into one."
        case .noMultiplexing: "The section lacks a=rtcp-mux; use rtcpMuxPolicy \"require\"."
        case .noCodec: "None of the codecs is supported; offer Opus, and VP8, VP9, H264 or AV1."
        case .tooManySlots(let limit):
            "All \(limit) receive slots of this kind are in use; reuse one of them."
        case .tooManyUplinks(let limit):
            limit == 0
                ? "Publishing this kind of media is not allowed here."
                : "All \(limit) publishing sections of this kind are in use; replace a track instead."
        case .tooManyStreams(let limit): "At most \(limit) simulcast streams are accepted."
        case .unusableStream: "The simulcast stream needs an a=rid line, a short name and an accepted codec."
        case .conflictingID(let id):
            "The header extension number \(id) means different things in this session."
        case .conflictingPayloadType(let type):
            "The payload type \(type) meant another codec on this section before; give the new one another number."
        }
    }
}

public import RTP
public import Wire

/// A section on which the client receives: half of a receive slot.
///
/// Slot, sources and name stay the same for as long as the section lives; who is heard or seen on it is
/// signalling.
public struct DownlinkSection: Sendable, Equatable {
    /// The section's identification tag.
    public var mid: String
    /// Sound or pictures.
    public var kind: MediaKind
    /// The slot's number; an audio and a video section of the same number are one slot, `slot-k` in the
    /// client.
    public var slot: Int
    /// The source the server sends with.
    public var ssrc: SSRC
    /// The source of retransmissions; `nil` if they were not negotiated.
    public var rtxSSRC: SSRC?
    /// The name that all of the server's sources share (RFC 7022).
    public var cname: String
    /// All codecs the client can decode, the preferred one first.
    public var codecs: [NegotiatedCodec]
    /// The header extensions that packets to it may carry.
    public var extensions: ExtensionMap

    /// Makes a section from its parts.
    public init(
        mid: String,
        kind: MediaKind,
        slot: Int,
        ssrc: SSRC,
        rtxSSRC: SSRC? = nil,
        cname: String,
        codecs: [NegotiatedCodec],
        extensions: ExtensionMap = ExtensionMap()
    ) {
        self.mid = mid
        self.kind = kind
        self.slot = slot
        self.ssrc = ssrc
        self.rtxSSRC = rtxSSRC
        self.cname = cname
        self.codecs = codecs
        self.extensions = extensions
    }

    /// The codec under which packets of `sent` go to this receiver; `nil` if it cannot decode them.
    public func codec(decoding sent: NegotiatedCodec) -> NegotiatedCodec? {
        // An equal format first: a receiver that lists both packetization modes gets the one that was sent.
        codecs.first { $0.decodes(sent) && sent.decodes($0) } ?? codecs.first { $0.decodes(sent) }
    }
}

public import RTP
public import Wire

/// A section on which the client sends: something it publishes.
public struct UplinkSection: Sendable, Equatable {
    /// The section's identification tag.
    public var mid: String
    /// Sound or pictures.
    public var kind: MediaKind
    /// All codecs the client may send, the preferred one first.
    public var codecs: [NegotiatedCodec]
    /// The header extensions its packets may carry.
    public var extensions: ExtensionMap
    /// The names of its simulcast streams, in the offer's order; empty for a single stream without a name.
    public var rids: [String]
    /// The sources announced by `a=ssrc`, retransmission sources left out; empty where only names are
    /// announced.
    public var ssrcs: [SSRC]
    /// The retransmission source of each source, where the offer names them.
    public var rtxSSRCs: [SSRC: SSRC]
    /// The client's stream identifier; `nil` if the track belongs to no stream.
    public var streamID: String?
    /// The client's track identifier.
    public var trackID: String?

    /// Makes a section from its parts.
    public init(
        mid: String,
        kind: MediaKind,
        codecs: [NegotiatedCodec],
        extensions: ExtensionMap = ExtensionMap(),
        rids: [String] = [],
        ssrcs: [SSRC] = [],
        rtxSSRCs: [SSRC: SSRC] = [:],
        streamID: String? = nil,
        trackID: String? = nil
    ) {
        self.mid = mid
        self.kind = kind
        self.codecs = codecs
        self.extensions = extensions
        self.rids = rids
        self.ssrcs = ssrcs
        self.rtxSSRCs = rtxSSRCs
        self.streamID = streamID
        self.trackID = trackID
    }
}

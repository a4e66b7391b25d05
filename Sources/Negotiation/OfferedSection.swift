import RTP
import SDP
import Wire

/// A section of an offer that the server can take part in: known media, one transport, a codec in common.
struct OfferedSection {
    /// Its place in the offer.
    var index: Int
    var description: MediaDescription
    var mid: String
    var kind: MediaKind
    /// The direction as the client sees it.
    var direction: MediaDirection
    var codecs: [NegotiatedCodec]
    /// Payload types that cannot be accepted because they meant something else before.
    var conflictingPayloadTypes: [PayloadType]
    /// Whether numbers above 15 can be used for header extensions.
    var allowsMixedExtensions: Bool

    /// Reads a section that is not stopped.
    /// - Throws: the reason to refuse it.
    init(
        _ index: Int,
        of offer: SessionDescription,
        bundle: [String],
        known: PayloadTypeMeanings,
        configuration: NegotiationConfiguration
    ) throws(Refusal.Reason) {
        description = offer.media[index]
        switch description.kind {
        case "audio": kind = .audio
        case "video": kind = .video
        default: throw .unknownMedia(description.kind)
        }
        guard description.isRTP else { throw .unknownTransport(description.transport) }
        // One-byte header extensions carry at most 16 bytes (RFC 8285 §4.2).
        guard let mid = description.mid, mid.isSDPToken, mid.utf8.count <= 16 else { throw .unusableMID }
        guard bundle.contains(mid) else { throw .notBundled }
        guard description.attributes.contains("rtcp-mux") else { throw .noMultiplexing }
        let understood = CodecSelection(section: description, configuration: configuration).codecs(kind)
        (codecs, conflictingPayloadTypes) = known.screen(understood)
        guard !codecs.isEmpty else { throw .noCodec }
        self.index = index
        self.mid = mid
        direction = offer.direction(of: description)
        allowsMixedExtensions = offer.allowsMixedExtensions(in: description)
    }
}

extension Refusal.Reason: Error {}

/// A section that the answer accepts, in each direction or in neither.
struct AcceptedSection {
    var offered: OfferedSection
    /// Whether the client publishes on it.
    var hasUplink: Bool
    /// What the server sends on; `nil` if it does not send.
    var slot: ReceiveSlot?
    var streams: StreamSelection?
    var extensions: ExtensionSelection
    /// The codecs, their feedback cut down to what the header extensions allow.
    var codecs: [NegotiatedCodec]

    init(
        _ offered: OfferedSection,
        hasUplink: Bool,
        slot: ReceiveSlot?,
        configuration: NegotiationConfiguration,
        ledger: inout ExtensionLedger
    ) {
        self.offered = offered
        self.hasUplink = hasUplink
        self.slot = slot
        extensions = ExtensionSelection(
            section: offered.description,
            kind: offered.kind,
            allowsTwoByte: offered.allowsMixedExtensions,
            configuration: configuration,
            ledger: &ledger
        )
        streams =
            hasUplink
            ? StreamSelection(
                section: offered.description,
                codecs: offered.codecs,
                configuration: configuration
            ) : nil
        // Arrival times are reported by transport-wide number; without the extension there is nothing to
        // report.
        let hasNumbers = extensions.answered.contains { $0.uri == RTPExtension.transportWideCC.uri }
        codecs = offered.codecs.map { codec in
            var codec = codec
            if !hasNumbers { codec.feedback.remove(.transportCC) }
            return codec
        }
    }

    /// The direction as the server sees it.
    var direction: MediaDirection { MediaDirection(sends: slot != nil, receives: hasUplink) }

    var usesRetransmission: Bool { codecs.contains { $0.rtxPayloadType != nil } }

    var uplink: UplinkSection? {
        guard let streams else { return nil }
        let attributes = offered.description.attributes
        let announced =
            attributes.first(MediaStreamID.self)
            ?? attributes.all(SourceAttribute.self).first { $0.name == "msid" }?.value.flatMap(
                MediaStreamID.init(attributeValue:)
            )
        let order = LayerNames.ascending(streams.rids.map(\.id))
        return UplinkSection(
            mid: offered.mid,
            kind: offered.kind,
            codecs: codecs,
            extensions: extensions.uplink,
            rids: order.map { streams.rids[$0].id },
            ssrcs: streams.ssrcs.count == order.count ? order.map { streams.ssrcs[$0] } : streams.ssrcs,
            rtxSSRCs: streams.rtxSSRCs,
            streamID: announced?.stream == "-" ? nil : announced?.stream,
            trackID: announced?.track
        )
    }

    func downlink(cname: String) -> DownlinkSection? {
        guard let slot else { return nil }
        return DownlinkSection(
            mid: offered.mid,
            kind: offered.kind,
            slot: slot.number,
            ssrc: slot.ssrc,
            rtxSSRC: usesRetransmission ? slot.rtxSSRC : nil,
            cname: cname,
            codecs: codecs,
            extensions: extensions.downlink
        )
    }

    /// What of the section is refused though it is accepted.
    var refusals: [Refusal] {
        let conflicts = extensions.conflicts.map {
            Refusal(mid: offered.mid, part: .headerExtension(uri: $0.uri), reason: .conflictingID(Int($0.id)))
        }
        let dropped = streams?.refused.map {
            Refusal(mid: offered.mid, part: .stream(rid: $0.rid), reason: $0.reason)
        }
        let changed = offered.conflictingPayloadTypes.map {
            Refusal(mid: offered.mid, part: .payloadType($0), reason: .conflictingPayloadType($0))
        }
        return conflicts + changed + (dropped ?? [])
    }
}

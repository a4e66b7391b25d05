internal import Ciphers
internal import ICE
internal import RTP
internal import SDP
internal import Wire

/// Writes an offer as Chrome does, down to payload types and extension numbers (RFC 9429 §5.2).
struct OfferWriter {
    let credentials: ICECredentials
    let fingerprint: CertificateFingerprint
    let cname: String

    /// A codec as the offer numbers it.
    private struct Format {
        var codec: MediaCodec
        var type: UInt8
        var rtx: UInt8?
        var parameters: String?
    }

    private static let opus = Format(codec: .opus, type: 111, parameters: "minptime=10;useinbandfec=1")
    private static let vp8 = Format(codec: .vp8, type: 96, rtx: 97)
    private static let h264 = Format(
        codec: .h264, type: 102, rtx: 103,
        parameters: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f")

    private static let videoFeedback = ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"]

    func write(
        tracks: [ClientOffer.Track], slots: [(mid: String, kind: MediaKind)], dataMID: String?, sessionID: UInt64
    ) -> String {
        var offer = SessionDescription(origin: .init(sessionID: sessionID, version: 2))
        let mids = tracks.map(\.mid) + slots.map(\.mid) + [dataMID].compactMap(\.self)
        offer.attributes.append(SectionGroup(semantics: "BUNDLE", mids: mids))
        offer.attributes.append("extmap-allow-mixed")
        offer.attributes.append("msid-semantic", " WMS \(cname)")
        for track in tracks { offer.media.append(section(sending: track)) }
        for slot in slots {
            var section = section(slot.kind, mid: slot.mid, formats: Self.formats(slot.kind, first: .vp8))
            section.attributes.append("recvonly")
            appendFormats(Self.formats(slot.kind, first: .vp8), to: &section)
            offer.media.append(section)
        }
        if let dataMID { offer.media.append(section(forData: dataMID)) }
        return offer.description
    }

    /// RFC 8841 §5, with the largest message that Chrome announces.
    private func section(forData mid: String) -> MediaDescription {
        var section = MediaDescription(
            kind: "application", port: 9, transport: "UDP/DTLS/SCTP", formats: ["webrtc-datachannel"],
            lines: [.init(type: "c", value: "IN IP4 0.0.0.0")])
        appendTransport(to: &section, mid: mid)
        section.attributes.append("sctp-port", "5000")
        section.attributes.append("max-message-size", "262144")
        return section
    }

    private func appendTransport(to section: inout MediaDescription, mid: String) {
        section.attributes.append("ice-ufrag", credentials.usernameFragment)
        section.attributes.append("ice-pwd", credentials.password)
        section.attributes.append("ice-options", "trickle")
        section.attributes.append("fingerprint", fingerprint.sdpValue)
        section.attributes.append(DTLSSetup.actpass)
        section.attributes.append("mid", mid)
    }

    private static func formats(_ kind: MediaKind, first: MediaCodec) -> [Format] {
        if kind == .audio { return [opus] }
        return first == .h264 ? [h264, vp8] : [vp8, h264]
    }

    private func section(sending track: ClientOffer.Track) -> MediaDescription {
        let formats = Self.formats(track.kind, first: track.codec)
        var section = section(track.kind, mid: track.mid, formats: formats)
        section.attributes.append("sendonly")
        section.attributes.append(MediaStreamID(stream: cname, track: "\(cname)-\(track.source)"))
        appendFormats(formats, to: &section)
        let rids = track.encodings.compactMap(\.rid)
        guard rids.isEmpty else {
            for rid in rids { section.attributes.append(RestrictionIdentifier(id: rid, direction: .send)) }
            section.attributes.append(SimulcastDescription(send: rids.map { [.init(rid: $0)] }))
            return section
        }
        for encoding in track.encodings {
            if let rtx = encoding.rtxSSRC {
                section.attributes.append(SourceGroup(semantics: "FID", ssrcs: [encoding.ssrc, rtx]))
            }
            for ssrc in [encoding.ssrc, encoding.rtxSSRC].compactMap({ $0 }) {
                section.attributes.append(SourceAttribute(ssrc: ssrc, name: "cname", value: cname))
            }
        }
        return section
    }

    /// What every section has: transport, name and header extensions.
    private func section(_ kind: MediaKind, mid: String, formats: [Format]) -> MediaDescription {
        let types = formats.flatMap { [$0.type, $0.rtx].compactMap { $0 } }
        var section = MediaDescription(
            kind: kind == .audio ? "audio" : "video", port: 9, transport: "UDP/TLS/RTP/SAVPF",
            formats: types.map(String.init), lines: [.init(type: "c", value: "IN IP4 0.0.0.0")])
        section.attributes.append("rtcp", "9 IN IP4 0.0.0.0")
        appendTransport(to: &section, mid: mid)
        var extensions: [(UInt16, RTPExtension)] = [(2, .absSendTime), (3, .transportWideCC), (4, .mid)]
        if kind == .audio {
            extensions.insert((1, .audioLevel), at: 0)
        } else {
            extensions += [(10, .rtpStreamID), (11, .repairedRTPStreamID)]
        }
        for (id, kind) in extensions { section.attributes.append(HeaderExtensionMapping(id: id, uri: kind.uri)) }
        return section
    }

    private func appendFormats(_ formats: [Format], to section: inout MediaDescription) {
        section.attributes.append("rtcp-mux")
        section.attributes.append("rtcp-rsize")
        for format in formats {
            let type = PayloadType(format.type)
            section.attributes.append(
                RTPMap(
                    payloadType: type, encoding: format.codec.encodingName, clockRate: format.codec.clockRate,
                    channels: format.codec == .opus ? 2 : 1))
            for kind in format.codec.kind == .video ? Self.videoFeedback : ["transport-cc"] {
                section.attributes.append(RTCPFeedback(payloadType: type, kind: kind))
            }
            if let parameters = format.parameters {
                section.attributes.append(FormatParameters(payloadType: type, text: parameters))
            }
            guard let rtx = format.rtx.map(PayloadType.init) else { continue }
            section.attributes.append(RTPMap(payloadType: rtx, encoding: "rtx", clockRate: format.codec.clockRate))
            section.attributes.append(FormatParameters(payloadType: rtx, text: "apt=\(type)"))
        }
    }
}

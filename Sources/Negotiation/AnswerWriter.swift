import Ciphers
import ICE
import RTP
import SDP
import Wire

/// Writes an answer section by section (RFC 9429 §5.3).
struct AnswerWriter {
    let offer: SessionDescription
    let origin: SessionDescription.Origin
    let local: LocalTransportDescription
    let transport: EstablishedTransport
    /// The offer's BUNDLE group.
    let bundle: [String]
    /// The section that describes the transport.
    let transportMID: String?
    let cname: String
    /// The largest message on a data channel.
    let maxMessageSize: Int?

    /// The answer that accepts some sections and refuses all others.
    func answer(accepting accepted: [AcceptedSection], data: DataSection? = nil) -> SessionDescription {
        var answer = SessionDescription(origin: origin)
        let mids = Set(accepted.map(\.offered.mid) + [data?.mid].compactMap { $0 })
        let group = bundle.filter(mids.contains)
        if !group.isEmpty { answer.attributes.append(SectionGroup(semantics: "BUNDLE", mids: group)) }
        answer.attributes.append("ice-lite")
        let options = ["ice2", "trickle"] + (transport.usesRenomination ? ["renomination"] : [])
        answer.attributes.append("ice-options", options.joined(separator: " "))
        if offer.attributes.contains("extmap-allow-mixed") { answer.attributes.append("extmap-allow-mixed") }
        let byIndex = Dictionary(
            accepted.map { ($0.offered.index, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for (index, section) in offer.media.enumerated() {
            if let data, section.mid == data.mid {
                answer.media.append(write(data, section))
            } else {
                answer.media.append(byIndex[index].map(write) ?? refuse(section))
            }
        }
        return answer
    }

    /// Port zero, and as much of the offer's line as the grammar wants: one format (RFC 3264 §6).
    private func refuse(_ section: MediaDescription) -> MediaDescription {
        var answer = MediaDescription(
            kind: section.kind,
            port: 0,
            transport: section.transport,
            formats: Array(section.formats.prefix(1)),
            lines: [.init(type: "c", value: "IN IP4 0.0.0.0")]
        )
        if let mid = section.mid { answer.attributes.append("mid", mid) }
        answer.attributes.append("inactive")
        return answer
    }

    private func write(_ data: DataSection, _ section: MediaDescription) -> MediaDescription {
        var answer = MediaDescription(
            kind: section.kind, port: defaultAddress?.port ?? 9, transport: section.transport, formats: section.formats,
            lines: [.init(type: "c", value: connection)])
        if data.mid == transportMID { writeCandidates(&answer.attributes) }
        writeTransport(&answer.attributes)
        answer.attributes.append("mid", data.mid)
        answer.attributes.append("sctp-port", String(DataSection.serverPort))
        if let maxMessageSize { answer.attributes.append("max-message-size", String(maxMessageSize)) }
        return answer
    }

    private func write(_ section: AcceptedSection) -> MediaDescription {
        let offered = section.offered
        var answer = MediaDescription(
            kind: offered.description.kind,
            port: defaultAddress?.port ?? 9,
            transport: offered.description.transport,
            formats: section.codecs.flatMap(\.payloadTypes).map(\.description),
            lines: [.init(type: "c", value: connection)]
        )
        if offered.mid == transportMID { writeCandidates(&answer.attributes) }
        writeTransport(&answer.attributes)
        answer.attributes.append("mid", offered.mid)
        for mapping in section.extensions.answered { answer.attributes.append(mapping) }
        if offered.description.attributes.contains("extmap-allow-mixed") {
            answer.attributes.append("extmap-allow-mixed")
        }
        answer.attributes.append(section.direction.rawValue)
        writeMedia(section, &answer.attributes)
        return answer
    }

    /// The default candidate (RFC 8839 §4.2.1): IPv4 where there is one, as RFC 6157 §4.1 has it for old
    /// receivers.
    private var defaultAddress: SocketAddress? {
        let addresses = local.candidates.compactMap(\.address)
        return addresses.first { $0.ip.family == .v4 } ?? addresses.first
    }

    private var connection: String {
        guard let ip = defaultAddress?.ip else { return "IN IP4 0.0.0.0" }
        return "IN \(ip.family == .v4 ? "IP4" : "IP6") \(ip)"
    }

    /// In the first section of the group alone: the others share its transport (RFC 9143 §7.3.1).
    private func writeCandidates(_ attributes: inout AttributeList) {
        for candidate in local.candidates { attributes.append("candidate", candidate.value) }
        attributes.append("end-of-candidates")
    }

    /// ICE and DTLS in every section.
    ///
    /// Deviation: RFC 9143 §7.1.3 wants them in the first section only, and Firefox crashes if the others
    /// lack them (seen in 153). Browsers write them everywhere themselves.
    private func writeTransport(_ attributes: inout AttributeList) {
        attributes.append("ice-ufrag", transport.localICE.usernameFragment)
        attributes.append("ice-pwd", transport.localICE.password)
        attributes.append("fingerprint", local.fingerprint.sdpValue)
        attributes.append(transport.role == .server ? DTLSSetup.passive : DTLSSetup.active)
    }

    private func writeMedia(_ section: AcceptedSection, _ attributes: inout AttributeList) {
        if let slot = section.slot {
            let stream = "slot-\(slot.number)"
            attributes.append(
                MediaStreamID(stream: stream, track: "\(stream)-\(section.offered.description.kind)")
            )
        }
        attributes.append("rtcp-mux")
        if section.offered.description.attributes.contains("rtcp-rsize") { attributes.append("rtcp-rsize") }
        for codec in section.codecs { write(codec, &attributes) }
        if let streams = section.streams {
            for rid in streams.rids { attributes.append(rid) }
            if streams.isSimulcast, !streams.rids.isEmpty {
                attributes.append(SimulcastDescription(receive: streams.rids.map { [.init(rid: $0.id)] }))
            }
        }
        if let slot = section.slot { writeSources(slot, hasRTX: section.usesRetransmission, &attributes) }
    }

    private func write(_ codec: NegotiatedCodec, _ attributes: inout AttributeList) {
        let type = codec.payloadType
        attributes.append(
            RTPMap(
                payloadType: type,
                encoding: codec.codec.encodingName,
                clockRate: codec.clockRate,
                channels: codec.channels
            )
        )
        for (flag, name) in NegotiatedCodec.Feedback.names where codec.feedback.contains(flag) {
            attributes.append(RTCPFeedback(payloadType: type, kind: name))
        }
        if !codec.parameters.isEmpty {
            attributes.append(FormatParameters(payloadType: type, text: codec.parameters))
        }
        if let red = codec.redundancy?.payloadType {
            attributes.append(
                RTPMap(
                    payloadType: red, encoding: MediaCodec.red.encodingName, clockRate: codec.clockRate,
                    channels: codec.channels))
            attributes.append(FormatParameters(payloadType: red, text: "\(type)/\(type)"))
        }
        guard let rtx = codec.rtxPayloadType else { return }
        attributes.append(RTPMap(payloadType: rtx, encoding: "rtx", clockRate: codec.clockRate))
        attributes.append(FormatParameters(payloadType: rtx, text: "apt=\(type)"))
    }

    /// Announces the server's sources, which stand only where it sends.
    ///
    /// Firefox drops retransmissions whose source is not announced.
    private func writeSources(_ slot: ReceiveSlot, hasRTX: Bool, _ attributes: inout AttributeList) {
        if hasRTX { attributes.append(SourceGroup(semantics: "FID", ssrcs: [slot.ssrc, slot.rtxSSRC])) }
        for ssrc in hasRTX ? [slot.ssrc, slot.rtxSSRC] : [slot.ssrc] {
            attributes.append(SourceAttribute(ssrc: ssrc, name: "cname", value: cname))
        }
    }
}

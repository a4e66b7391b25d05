import RTP
import SDP
import Wire

/// The codecs of an offered section that the server understands.
///
/// The answer uses the offer's payload types (RFC 3264 §6.1) and lists codecs in the server's order of
/// preference; within a codec the offer's order stays, except that H.264 with packetization mode 1 goes
/// first.
struct CodecSelection {
    let configuration: NegotiationConfiguration
    private let formats: [PayloadType: FormatParameters]
    private let feedback: [RTCPFeedback]
    private let maps: [RTPMap]

    init(section: MediaDescription, configuration: NegotiationConfiguration) {
        self.configuration = configuration
        feedback = section.attributes.all(RTCPFeedback.self)
        formats = Dictionary(
            section.attributes.all(FormatParameters.self).map { ($0.payloadType, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let byType = Dictionary(
            section.attributes.all(RTPMap.self).map { ($0.payloadType, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        var seen: Set<PayloadType> = []
        // 64 to 95 are taken for RTCP where both share a port (RFC 5761 §4).
        maps = section.payloadTypes.compactMap { type in
            (64...95).contains(type.rawValue) || !seen.insert(type).inserted ? nil : byType[type]
        }
    }

    /// The accepted codecs of a kind, the preferred one first.
    func codecs(_ kind: MediaKind) -> [NegotiatedCodec] {
        let retransmissions = self.retransmissions()
        let redundancies = self.redundancies()
        var ranked: [(rank: Int, codec: NegotiatedCodec)] = []
        for map in maps {
            guard let codec = MediaCodec(encodingName: map.encoding), codec.kind == kind, codec != .red,
                let preference = configuration.codecPreference.firstIndex(of: codec),
                map.clockRate == codec.clockRate, map.channels == (codec == .opus ? 2 : 1),
                let parameters = answeredParameters(codec, of: map.payloadType)
            else { continue }
            let isSecondary = codec == .h264 && H264Format(parameters: parameters)?.packetizationMode == 0
            let accepted = NegotiatedCodec(
                codec: codec,
                payloadType: map.payloadType,
                rtxPayloadType: retransmissions[map.payloadType],
                redundancy: codec == .opus ? redundancies[map.payloadType] : nil,
                clockRate: map.clockRate,
                channels: map.channels,
                parameters: parameters,
                feedback: feedback(of: map.payloadType)
            )
            ranked.append((preference * 2 + (isSecondary ? 1 : 0), accepted))
        }
        // Stable: equal ranks keep the offer's order.
        return ranked.enumerated()
            .sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
            .map(\.element.codec)
    }

    /// The retransmission payload type of each payload type (RFC 4588 §8.1).
    private func retransmissions() -> [PayloadType: PayloadType] {
        var result: [PayloadType: PayloadType] = [:]
        for map in maps where map.encoding.asciiLowercased == "rtx" {
            guard let apt = formats[map.payloadType]?["apt"], let number = UInt8(decimal: apt), number <= 127
            else {
                continue
            }
            let original = PayloadType(number)
            if result[original] == nil { result[original] = map.payloadType }
        }
        return result
    }

    /// How each payload type comes with redundancy (RFC 2198 §5). All blocks of a packet have to be of one kind, which
    /// `a=fmtp:63 111/111` says and browsers write: another codec in there could be neither stripped nor forwarded.
    private func redundancies() -> [PayloadType: NegotiatedCodec.Redundancy] {
        var result: [PayloadType: NegotiatedCodec.Redundancy] = [:]
        for (place, map) in maps.enumerated() {
            guard MediaCodec(encodingName: map.encoding) == .red, map.clockRate == MediaCodec.red.clockRate,
                map.channels == 2, let text = formats[map.payloadType]?.text
            else { continue }
            let blocks = Set(text.split(separator: "/", omittingEmptySubsequences: false))
            guard blocks.count == 1, let block = blocks.first.flatMap({ UInt8(decimal: String($0)) }), block <= 127
            else { continue }
            let original = PayloadType(block)
            guard result[original] == nil, let plain = maps.firstIndex(where: { $0.payloadType == original }) else {
                continue
            }
            result[original] = .init(payloadType: map.payloadType, isPreferred: place < plain)
        }
        return result
    }

    private func feedback(of type: PayloadType) -> NegotiatedCodec.Feedback {
        var result: NegotiatedCodec.Feedback = []
        for line in feedback where line.payloadType == type || line.payloadType == nil {
            for (flag, name) in NegotiatedCodec.Feedback.names where name == line.kind { result.insert(flag) }
        }
        return result
    }

    /// The answer's parameters; `nil` if the offered ones cannot be accepted.
    private func answeredParameters(_ codec: MediaCodec, of type: PayloadType) -> String? {
        let offered = formats[type]
        switch codec {
        case .opus:
            // What the client is asked to do when it sends, in its own words (RFC 7587 §7.1).
            return echo(offered, ["minptime", "stereo", "useinbandfec", "usedtx"])
        case .vp8, .red:
            return ""
        case .vp9:
            guard offered?["profile-id"] ?? "0" == "0" else { return nil }
            return echo(offered, ["profile-id"])
        case .av1:
            guard offered?["profile"] ?? "0" == "0" else { return nil }
            return echo(offered, ["level-idx", "profile", "tier"])
        case .h264:
            return H264Format(parameters: offered?.text ?? "")?.parameters
        }
    }

    /// The named parameters that the offer has, with numbers as values.
    private func echo(_ offered: FormatParameters?, _ names: [String]) -> String {
        names.compactMap { name in
            guard let value = offered?[name], UInt32(decimal: value) != nil else { return nil }
            return "\(name)=\(value)"
        }.joined(separator: ";")
    }
}

public import Ciphers
public import ICE
public import RTP
internal import SDP
public import Wire

/// What the server's answer says, read with the offer beside it.
public struct ClientAnswer: Sendable {
    /// Why an answer is of no use.
    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// The text does not parse.
        case badSDP(String)
        /// There is no section that was accepted.
        case everythingRefused
        /// What the transport needs is missing: the word names it.
        case missing(String)
        /// The answer has other sections than the offer.
        case otherSections
        /// The server wants to be the DTLS client, which this client does not offer to serve.
        case wrongSetup

        /// The sentence for people.
        public var description: String {
            switch self {
            case .badSDP(let reason): "the answer is not valid SDP: \(reason)"
            case .everythingRefused: "the answer refuses every m-line"
            case .missing(let what): "the answer has no \(what)"
            case .otherSections: "the answer's m-lines are not the offer's"
            case .wrongSetup: "the answer wants the client to be the DTLS server"
            }
        }
    }

    /// A codec as the answer numbers it.
    public struct Format: Sendable, Equatable {
        /// The codec.
        public var codec: MediaCodec
        /// Its payload type.
        public var type: PayloadType
        /// The payload type of its retransmissions.
        public var rtxType: PayloadType?
    }

    /// An m-line the client may send on.
    public struct Uplink: Sendable {
        /// What the offer said of it.
        public var track: ClientOffer.Track
        /// What its packets carry.
        public var format: Format
        /// The numbers of the header extensions its packets may carry.
        public var extensions: ExtensionMap
    }

    /// An m-line the client receives on.
    public struct Slot: Sendable {
        /// The m-line's name.
        public var mid: String
        /// Sound or pictures.
        public var kind: MediaKind
        /// The source of what comes.
        public var ssrc: SSRC
        /// The source of retransmissions.
        public var rtxSSRC: SSRC?
        /// The codecs that may come.
        public var formats: [Format]
        /// The numbers of the header extensions its packets may carry.
        public var extensions: ExtensionMap
    }

    /// What data channels need of the answer (RFC 8841).
    public struct DataChannels: Sendable, Equatable {
        /// The server's SCTP port.
        public var port: UInt16
        /// The largest message it takes, bytes.
        public var maxMessageSize: Int

        /// Makes it from its parts.
        public init(port: UInt16, maxMessageSize: Int) {
            self.port = port
            self.maxMessageSize = maxMessageSize
        }
    }

    /// The server's credentials.
    public let credentials: ICECredentials
    /// Its certificate's fingerprints.
    public let fingerprints: [CertificateFingerprint]
    /// Where it can be reached.
    public let candidates: [ICECandidate]
    /// What may be sent.
    public let uplinks: [Uplink]
    /// What is received on, in the order of the m-lines.
    public let slots: [Slot]
    /// The data channels; `nil` when they were not offered, or refused.
    public let dataChannels: DataChannels?
    /// The m-lines of the offer that were refused.
    public let refused: [String]

    /// Reads the answer to `offer`.
    public init(parsing text: String, to offer: ClientOffer) throws(Failure) {
        let answer: SessionDescription
        do throws(SDPError) {
            answer = try SessionDescription(parsing: text)
        } catch { throw .badSDP("\(error)") }
        let mids = offer.tracks.map(\.mid) + offer.slotMIDs + [offer.dataMID].compactMap(\.self)
        guard answer.media.count == mids.count else { throw .otherSections }
        let accepted = answer.media.filter { !$0.isRejected }
        guard let transport = accepted.first else { throw .everythingRefused }
        let shared = answer.attributes
        guard let fragment = transport.attributes.iceUsernameFragment ?? shared.iceUsernameFragment,
            let password = transport.attributes.icePassword ?? shared.icePassword
        else { throw .missing("ICE credentials") }
        credentials = ICECredentials(usernameFragment: fragment, password: password)
        let prints = transport.attributes.fingerprints + shared.fingerprints
        fingerprints = prints.compactMap { CertificateFingerprint(sdpValue: $0) }
        guard !fingerprints.isEmpty else { throw .missing("fingerprint") }
        if transport.attributes.first(DTLSSetup.self) == .active { throw .wrongSetup }
        candidates = answer.media.flatMap(\.attributes.candidates).compactMap { try? ICECandidate(parsing: $0) }
        guard !candidates.isEmpty else { throw .missing("candidate") }
        uplinks = zip(offer.tracks, answer.media).compactMap(Self.uplink)
        slots = accepted.compactMap { offer.slotMIDs.contains($0.mid ?? "") ? Self.slot($0) : nil }
        dataChannels = accepted.first { $0.mid == offer.dataMID && $0.mid != nil }.flatMap(Self.dataChannels)
        let dataMID = dataChannels == nil ? nil : offer.dataMID
        let usable = Set(uplinks.map(\.track.mid) + slots.map(\.mid) + [dataMID].compactMap(\.self))
        refused = mids.filter { !usable.contains($0) }
    }

    private static func uplink(_ track: ClientOffer.Track, _ section: MediaDescription) -> Uplink? {
        guard !section.isRejected, section.mid == track.mid,
            let format = formats(of: section).first(where: { $0.codec == track.codec })
        else { return nil }
        var track = track
        let rids = section.attributes.all(RestrictionIdentifier.self).map(\.id)
        if track.encodings.count > 1 { track.encodings.removeAll { !rids.contains($0.rid ?? "") } }
        guard !track.encodings.isEmpty else { return nil }
        return Uplink(track: track, format: format, extensions: extensions(of: section) { $0?.receives ?? true })
    }

    private static func slot(_ section: MediaDescription) -> Slot? {
        guard let mid = section.mid, section.attributes.contains("sendonly") else { return nil }
        let groups = section.attributes.all(SourceGroup.self)
        let pair = groups.first { $0.semantics == "FID" && $0.ssrcs.count == 2 }?.ssrcs
        guard let ssrc = pair?[0] ?? section.attributes.all(SourceAttribute.self).first?.ssrc else { return nil }
        return Slot(
            mid: mid, kind: section.kind == "audio" ? .audio : .video, ssrc: ssrc, rtxSSRC: pair?[1],
            formats: formats(of: section), extensions: extensions(of: section) { $0?.sends ?? true })
    }

    private static func dataChannels(_ section: MediaDescription) -> DataChannels? {
        guard section.kind == "application", let port = section.attributes.sctpPort, port != 0 else { return nil }
        // RFC 8841 §6.1: 65,536 where it is missing, any size where it is zero.
        let size = section.attributes["max-message-size"].flatMap { Int($0) } ?? 65_536
        return DataChannels(port: port, maxMessageSize: size > 0 ? size : .max)
    }

    private static func formats(of section: MediaDescription) -> [Format] {
        let maps = section.attributes.all(RTPMap.self)
        let parameters = section.attributes.all(FormatParameters.self)
        return maps.compactMap { map in
            guard let codec = MediaCodec(encodingName: map.encoding) else { return nil }
            let repair = parameters.first { parameter in
                parameter["apt"] == map.payloadType.description
                    && maps.contains { $0.payloadType == parameter.payloadType && $0.encoding.lowercased() == "rtx" }
            }
            return Format(codec: codec, type: map.payloadType, rtxType: repair?.payloadType)
        }
    }

    /// The extensions that may be used in one direction, as the server sees it.
    private static func extensions(
        of section: MediaDescription, where isUsable: (MediaDirection?) -> Bool
    ) -> ExtensionMap {
        var map = ExtensionMap()
        for mapping in section.attributes.all(HeaderExtensionMapping.self) where isUsable(mapping.direction) {
            guard let kind = RTPExtension(uri: mapping.uri), let id = UInt8(exactly: mapping.id) else { continue }
            map.set(kind, to: id)
        }
        return map
    }
}

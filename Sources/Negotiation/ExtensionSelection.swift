import RTP
import SDP

/// Header extensions of a session: one number has one meaning on the whole transport (RFC 8285 §6, RFC 9143
/// §9).
struct ExtensionLedger: Equatable, Sendable {
    /// What has been agreed on, over all negotiations.
    private(set) var map = ExtensionMap()
    /// What each number means in the offer at hand, extensions that the server does not know included.
    private var meanings: [UInt16: String] = [:]

    /// Forgets what an earlier offer gave to extensions that were not agreed on.
    mutating func beginOffer() {
        meanings = [:]
        for kind in RTPExtension.allCases {
            if let id = map.id(for: kind) { meanings[UInt16(id)] = kind.uri }
        }
    }

    /// Takes a number for an extension; false if number or extension are taken otherwise.
    mutating func claim(_ mapping: HeaderExtensionMapping) -> Bool {
        guard meanings[mapping.id] ?? mapping.uri == mapping.uri else { return false }
        if let taken = meanings.first(where: { $0.value == mapping.uri }), taken.key != mapping.id {
            return false
        }
        meanings[mapping.id] = mapping.uri
        return true
    }

    /// Notes that the answer agrees to an extension.
    mutating func agree(_ kind: RTPExtension, id: UInt8) { map.set(kind, to: id) }
}

/// The header extensions that the answer agrees to in one section.
///
/// The answer depends on what is offered and not on the section's direction: Chromium offers for a new
/// section what was agreed on in the first one of the same kind, and for an old one what was agreed on
/// before. Stream names refused on a receive slot, or anything on an inactive section, could never be used
/// again; publishing simulcast would fail.
struct ExtensionSelection {
    /// What packets from the client may carry.
    private(set) var uplink = ExtensionMap()
    /// What packets to the client may carry.
    private(set) var downlink = ExtensionMap()
    /// The `a=extmap` lines of the answer.
    private(set) var answered: [HeaderExtensionMapping] = []
    /// The extensions whose number conflicts.
    private(set) var conflicts: [HeaderExtensionMapping] = []

    /// Chooses from what a section offers; numbers above 15 can only be said where one- and two-byte elements
    /// may mix.
    init(
        section: MediaDescription,
        kind: MediaKind,
        allowsTwoByte: Bool,
        configuration: NegotiationConfiguration,
        ledger: inout ExtensionLedger
    ) {
        for mapping in section.attributes.all(HeaderExtensionMapping.self) {
            // 15 ends one-byte elements (RFC 8285 §4.2); above it only two-byte elements can say the number.
            guard (1...14).contains(mapping.id) || allowsTwoByte && (16...255).contains(mapping.id) else {
                continue
            }
            guard ledger.claim(mapping) else {
                conflicts.append(mapping)
                continue
            }
            guard let known = RTPExtension(uri: mapping.uri) else { continue }
            let offered = mapping.direction ?? .sendrecv
            let isReceived = offered.sends && Self.isReceived(known, kind, configuration)
            let isSent = offered.receives && Self.isSent(known, kind, configuration)
            guard isReceived || isSent else { continue }
            let id = UInt8(truncatingIfNeeded: mapping.id)
            if isReceived { uplink.set(known, to: id) }
            if isSent { downlink.set(known, to: id) }
            ledger.agree(known, id: id)
            answered.append(
                HeaderExtensionMapping(
                    id: mapping.id,
                    direction: Self.answered(known) ?? mapping.direction?.reversed,
                    uri: mapping.uri
                )
            )
        }
    }

    /// The direction of the answer for extensions that go one way only, whatever is offered.
    private static func answered(_ known: RTPExtension) -> MediaDirection? {
        switch known {
        case .mid: .recvonly
        case .playoutDelay: .sendonly
        default: nil
        }
    }

    /// Whether the server makes use of an extension in what clients send.
    private static func isReceived(
        _ known: RTPExtension,
        _ kind: MediaKind,
        _ configuration: NegotiationConfiguration
    ) -> Bool {
        switch known {
        case .mid: true
        case .rtpStreamID, .repairedRTPStreamID: kind == .video
        case .playoutDelay: false
        default: isSent(known, kind, configuration)
        }
    }

    /// Whether the server writes an extension into what it sends.
    private static func isSent(
        _ known: RTPExtension,
        _ kind: MediaKind,
        _ configuration: NegotiationConfiguration
    ) -> Bool {
        switch known {
        case .transportWideCC, .absSendTime: true
        // The answer signals the SSRCs of every slot, so a MID would tell nothing new. Firefox moreover takes the SSRC
        // of a receiver with MIDs for one that may change, and each retransmission for such a change: no repair
        // succeeds then, and the picture stands.
        case .mid: false
        case .audioLevel: kind == .audio
        case .dependencyDescriptor: kind == .video
        // Written while a publisher's packets have to be repaired, and not otherwise.
        case .playoutDelay: kind == .video
        case .videoOrientation: kind == .video && configuration.acceptsVideoOrientation
        // A stream name is the publisher's affair. The others change nothing that a receiver shows, and each
        // costs bytes in every packet that carries it.
        case .rtpStreamID, .repairedRTPStreamID, .videoContentType, .videoTiming, .colorSpace,
            .transmissionOffset, .videoLayersAllocation, .absCaptureTime:
            false
        }
    }
}

import ICE
import RTP
import SDP

/// Answers the offers of one peer connection, the first one and all that follow (RFC 3264, RFC 9429).
///
/// The client always offers, the server always answers. A section on which the client sends becomes an
/// uplink; one on which it can receive becomes a downlink, half of a receive slot that keeps its number,
/// sources and name while the section lives. Both halves of a section are independent: a client that adds a
/// track to a slot publishes on it and goes on receiving. What is not understood or over a limit is refused
/// by itself; the rest goes on.
///
///     offered     answered        port zero where neither direction can be granted,
///     sendonly    recvonly        inactive where the section was in use before
///     recvonly    sendonly
///     sendrecv    sendrecv
///     inactive    inactive
public struct SessionNegotiator: Sendable {
    /// What the server agrees to, from the next offer on: lower limits withdraw permissions.
    public var configuration: NegotiationConfiguration
    /// The name that all of the server's sources in this session share (RFC 7022).
    public let cname: String

    private var sessionID: UInt64?
    private var version: UInt64 = 0
    private var sections: [SectionState] = []
    private var slots = ReceiveSlots()
    private var ledger = ExtensionLedger()
    private var transport: EstablishedTransport?
    /// The section that described the transport last; it stays known when an offer stops everything.
    private var transportMID: String?
    /// Whether the transport carries data channels, or did: then its DTLS association is there still.
    private var hasDataTransport = false

    /// Makes a negotiator that has seen no offer.
    public init(configuration: NegotiationConfiguration = NegotiationConfiguration(), cname: String) {
        self.configuration = configuration
        self.cname = cname
    }

    /// Answers an offer.
    ///
    /// - Parameters:
    ///   - offer: the client's session description
    ///   - local: the server's end of the transport, with credentials for a new ICE session
    ///   - generator: where the session's identifier and its sources come from
    /// - Returns: the answer, and what it means for the media plane
    /// - Throws: `NegotiationError` if nothing can be answered; the session is then as it was before.
    public mutating func answer(
        _ offer: String,
        transport local: LocalTransportDescription,
        using generator: inout some RandomNumberGenerator
    ) throws(NegotiationError) -> (answer: String, session: NegotiatedSession) {
        var next = self
        let result = try next.negotiate(Self.parse(offer), local, &generator)
        self = next
        return result
    }

    private static func parse(_ text: String) throws(NegotiationError) -> SessionDescription {
        do throws(SDPError) {
            return try SessionDescription(parsing: text)
        } catch {
            throw .malformed(error)
        }
    }

    private mutating func negotiate(
        _ offer: SessionDescription,
        _ local: LocalTransportDescription,
        _ generator: inout some RandomNumberGenerator
    ) throws(NegotiationError) -> (answer: String, session: NegotiatedSession) {
        try check(offer)
        releaseEndedSections(offer)
        let bundle = try readBundle(offer)
        let transport = try agreeOnTransport(offer, bundle, local.ice)

        var refused: [Refusal] = []
        let accepted = accept(screen(offer, bundle, &refused), &refused, &generator)
        let data = acceptData(offer, bundle, &refused)
        remember(offer, accepted, data)

        version += 1
        let id = sessionID ?? generator.next() >> 2
        sessionID = id
        let mid = bundle.first { mid in mid == data?.mid || accepted.contains { $0.offered.mid == mid } }
        let replacesTransport = mid != nil && transportMID != nil && mid != transportMID
        transportMID = mid ?? transportMID
        let writer = AnswerWriter(
            offer: offer,
            origin: .init(sessionID: id, version: version),
            local: local,
            transport: transport,
            bundle: bundle,
            transportMID: mid,
            cname: cname,
            maxMessageSize: configuration.maximumMessageSize
        )
        let session = NegotiatedSession(
            localICE: transport.localICE,
            remoteICE: transport.remoteICE,
            iceRestarted: transport.iceRestarted,
            replacesTransport: replacesTransport,
            usesRenomination: transport.usesRenomination,
            fingerprints: transport.fingerprints,
            dtlsRole: transport.role,
            extensions: ledger.map,
            uplinks: accepted.compactMap(\.uplink),
            downlinks: accepted.compactMap { $0.downlink(cname: cname) },
            dataChannel: data,
            transportMID: mid,
            refused: refused
        )
        return (writer.answer(accepting: accepted, data: data).description, session)
    }
}

// MARK: - The session as a whole

extension SessionNegotiator {
    private func check(_ offer: SessionDescription) throws(NegotiationError) {
        guard !offer.media.isEmpty else { throw .noSections }
        guard offer.media.count <= configuration.maximumSections else {
            throw .tooManySections(count: offer.media.count, limit: configuration.maximumSections)
        }
        try sections.checkContinuity(with: offer)
    }

    /// Takes back the slots of sections that the client has stopped or has put something else in the place
    /// of.
    private mutating func releaseEndedSections(_ offer: SessionDescription) {
        for index in sections.indices {
            let section = offer.media[index]
            if section.isRejected || section.mid != sections[index].mid {
                if let slot = sections[index].slot { slots.giveBack(slot) }
                sections[index] = SectionState(
                    mid: section.mid,
                    kind: section.kind,
                    isLive: false,
                    hasUplink: false
                )
            }
        }
    }

    /// The identification tags of the BUNDLE group whose sections are not stopped, in the group's order.
    private func readBundle(_ offer: SessionDescription) throws(NegotiationError) -> [String] {
        let live = Set(offer.media.lazy.filter { !$0.isRejected }.compactMap(\.mid))
        guard let group = offer.bundle else {
            guard live.isEmpty else { throw .noBundle }
            return []
        }
        return group.mids.filter(live.contains)
    }

    private mutating func agreeOnTransport(
        _ offer: SessionDescription,
        _ bundle: [String],
        _ local: ICECredentials
    ) throws(NegotiationError) -> EstablishedTransport {
        let bundled = bundle.compactMap { mid in offer.media.first { $0.mid == mid } }
        var result: EstablishedTransport
        if var known = transport {
            // An offer that stops everything says nothing of the transport.
            if bundled.isEmpty {
                known.iceRestarted = false
            } else {
                try known.update(OfferedTransport(offer: offer, bundled: bundled), local: local)
            }
            result = known
        } else {
            guard !bundled.isEmpty else { throw .noBundle }
            result = try EstablishedTransport(
                first: OfferedTransport(offer: offer, bundled: bundled),
                local: local
            )
        }
        transport = result
        return result
    }

    private mutating func remember(_ offer: SessionDescription, _ accepted: [AcceptedSection], _ data: DataSection?) {
        let byIndex = Dictionary(
            accepted.map { ($0.offered.index, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for (index, section) in offer.media.enumerated() {
            let former = index < sections.count ? sections[index].slot : nil
            var state = SectionState(mid: section.mid, kind: section.kind, isLive: false, hasUplink: false)
            if let answered = byIndex[index] {
                state.isLive = true
                state.hasUplink = answered.hasUplink
                // A slot that does not receive for now is kept for when it does again.
                state.slot = answered.slot ?? former
                if index < sections.count { state.payloadTypes = sections[index].payloadTypes }
                state.payloadTypes.note(answered.codecs)
            } else if let data, section.mid == data.mid {
                state.isLive = true
            } else if let former {
                slots.giveBack(former)
            }
            if index < sections.count { sections[index] = state } else { sections.append(state) }
        }
    }
}

// MARK: - Section by section

extension SessionNegotiator {
    /// The one section for data channels. Its DTLS association is let go of a while after the handshake where there are none,
    /// so they have to be in the offer that brings the transport about.
    private mutating func acceptData(
        _ offer: SessionDescription, _ bundle: [String], _ refused: inout [Refusal]
    ) -> DataSection? {
        var result: DataSection?
        for section in offer.media where section.kind == "application" && !section.isRejected {
            do throws(Refusal.Reason) {
                guard configuration.maximumMessageSize != nil else { throw .dataChannel }
                let data = try DataSection(section, bundle: bundle)
                guard result == nil else { throw .secondDataChannel }
                guard hasDataTransport || transportMID == nil else { throw .lateDataChannel }
                result = data
            } catch {
                refused.append(Refusal(mid: section.mid ?? "", part: .section, reason: error))
            }
        }
        if result != nil { hasDataTransport = true }
        return result
    }

    private func screen(
        _ offer: SessionDescription,
        _ bundle: [String],
        _ refused: inout [Refusal]
    ) -> [OfferedSection] {
        var result: [OfferedSection] = []
        for (index, section) in offer.media.enumerated()
        where !section.isRejected && section.kind != "application" {
            do throws(Refusal.Reason) {
                result.append(
                    try OfferedSection(
                        index, of: offer, bundle: bundle,
                        known: index < sections.count ? sections[index].payloadTypes : PayloadTypeMeanings(),
                        configuration: configuration)
                )
            } catch {
                refused.append(Refusal(mid: section.mid ?? "", part: .section, reason: error))
            }
        }
        return result
    }

    private mutating func accept(
        _ offered: [OfferedSection],
        _ refused: inout [Refusal],
        _ generator: inout some RandomNumberGenerator
    ) -> [AcceptedSection] {
        ledger.beginOffer()
        let publishing = grantUplinks(offered)
        var result: [AcceptedSection] = []
        for section in offered {
            let isEstablished = section.index < sections.count && sections[section.index].isLive
            let hasUplink = publishing.contains(section.index)
            let slot = section.direction.receives ? grantSlot(section, &generator) : nil
            var halves: [Refusal] = []
            if section.direction.sends, !hasUplink {
                let limit = configuration.maximumUplinks(section.kind)
                halves.append(Refusal(mid: section.mid, part: .uplink, reason: .tooManyUplinks(limit: limit)))
            }
            if section.direction.receives, slot == nil {
                let limit = configuration.maximumSlots(section.kind)
                halves.append(Refusal(mid: section.mid, part: .downlink, reason: .tooManySlots(limit: limit)))
            }
            // Nothing left of a new section: port zero. One in use turns inactive instead, which can be
            // undone.
            guard hasUplink || slot != nil || halves.isEmpty || isEstablished else {
                refused += halves.prefix(1).map { Refusal(mid: $0.mid, part: .section, reason: $0.reason) }
                continue
            }
            let section = AcceptedSection(
                section,
                hasUplink: hasUplink,
                slot: slot,
                configuration: configuration,
                ledger: &ledger
            )
            refused += halves + section.refusals
            result.append(section)
        }
        return result
    }

    /// The sections that may publish: those that do already, then new ones, while the limits allow.
    private func grantUplinks(_ offered: [OfferedSection]) -> Set<Int> {
        var granted: Set<Int> = []
        for kind in MediaKind.allCases {
            let sending = offered.filter { $0.kind == kind && $0.direction.sends }.map(\.index)
            let isPublishing = { (index: Int) in index < self.sections.count && self.sections[index].hasUplink
            }
            let ordered = sending.filter(isPublishing) + sending.filter { !isPublishing($0) }
            granted.formUnion(ordered.prefix(configuration.maximumUplinks(kind)))
        }
        return granted
    }

    private mutating func grantSlot(
        _ section: OfferedSection,
        _ generator: inout some RandomNumberGenerator
    ) -> ReceiveSlot? {
        if section.index < sections.count, let slot = sections[section.index].slot { return slot }
        guard slots.count(section.kind) < configuration.maximumSlots(section.kind) else { return nil }
        return slots.take(section.kind, using: &generator)
    }
}

import SDP
import Wire

/// The streams of an uplink that the answer agrees to: simulcast by name, and the sources the offer
/// announces.
struct StreamSelection {
    /// The `a=rid` lines of the answer, in the offer's order.
    private(set) var rids: [RestrictionIdentifier] = []
    /// Whether the offer asks for simulcast, so that the answer has an `a=simulcast` line.
    private(set) var isSimulcast = false
    /// The streams that are refused.
    private(set) var refused: [(rid: String, reason: Refusal.Reason)] = []
    private(set) var ssrcs: [SSRC] = []
    private(set) var rtxSSRCs: [SSRC: SSRC] = [:]

    init(section: MediaDescription, codecs: [NegotiatedCodec], configuration: NegotiationConfiguration) {
        selectStreams(section, codecs, limit: configuration.maximumRIDs)
        selectSources(section, limit: configuration.maximumSources)
    }

    /// Names are those of `a=simulcast`, of each choice the first that is usable (RFC 8853 §5.2); without
    /// that attribute, those of the `a=rid` lines.
    private mutating func selectStreams(_ section: MediaDescription, _ codecs: [NegotiatedCodec], limit: Int) {
        let offered = section.attributes.all(RestrictionIdentifier.self).filter { $0.direction == .send }
        let simulcast = section.attributes.first(SimulcastDescription.self)
        let choices = simulcast.map { $0.send.map { $0.map(\.rid) } } ?? offered.map { [$0.id] }
        isSimulcast = simulcast?.send.isEmpty == false
        var taken: Set<String> = []
        for choice in choices {
            guard let first = choice.first else { continue }
            guard rids.count < limit else {
                refused.append((first, .tooManyStreams(limit: limit)))
                continue
            }
            let usable = choice.lazy.compactMap { Self.answer(to: $0, offered, codecs) }.first {
                !taken.contains($0.id)
            }
            guard let usable else {
                refused.append((first, .unusableStream))
                continue
            }
            taken.insert(usable.id)
            rids.append(usable)
        }
    }

    /// The answer's line for a stream: the offer's line turned round, payload types narrowed to accepted
    /// ones.
    private static func answer(
        to name: String,
        _ offered: [RestrictionIdentifier],
        _ codecs: [NegotiatedCodec]
    ) -> RestrictionIdentifier? {
        // One-byte header extensions carry at most 16 bytes (RFC 8285 §4.2).
        guard name.utf8.count <= 16, let line = offered.first(where: { $0.id == name }) else { return nil }
        guard let types = line.payloadTypes else { return RestrictionIdentifier(id: name, direction: .recv) }
        let accepted = types.filter { type in codecs.contains { $0.payloadType == type } }
        guard !accepted.isEmpty else { return nil }
        let list = accepted.map(\.description).joined(separator: ",")
        return RestrictionIdentifier(id: name, direction: .recv, restrictions: "pt=\(list)")
    }

    private mutating func selectSources(_ section: MediaDescription, limit: Int) {
        var repairs: [SSRC: SSRC] = [:]
        for group in section.attributes.all(SourceGroup.self)
        where group.semantics == "FID" && group.ssrcs.count == 2 {
            repairs[group.ssrcs[0]] = group.ssrcs[1]
        }
        let secondary = Set(repairs.values)
        var seen: Set<SSRC> = []
        for source in section.attributes.all(SourceAttribute.self) {
            guard ssrcs.count < limit, !secondary.contains(source.ssrc), seen.insert(source.ssrc).inserted
            else {
                continue
            }
            ssrcs.append(source.ssrc)
            if let repair = repairs[source.ssrc] { rtxSSRCs[source.ssrc] = repair }
        }
    }
}

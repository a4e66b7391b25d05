import SDP

/// What the server remembers of a section between negotiations.
struct SectionState: Equatable, Sendable {
    /// The identification tag of the section that was answered last in this place.
    var mid: String?
    var kind: String
    /// Whether the last answer accepted it.
    var isLive: Bool
    /// Whether the client publishes on it.
    var hasUplink: Bool
    /// Its half of a receive slot, once it has received.
    var slot: ReceiveSlot?
    /// What its payload types have meant.
    var payloadTypes = PayloadTypeMeanings()
}

extension [SectionState] {
    /// Checks that an offer carries on from the one before: no section has gone, and what is in use is what
    /// it was.
    ///
    /// A section whose port was zero may be taken by a new one (RFC 9429 §5.2.2).
    func checkContinuity(with offer: SessionDescription) throws(NegotiationError) {
        guard offer.media.count >= count else {
            throw .sectionsVanished(expected: count, found: offer.media.count)
        }
        for (index, state) in enumerated() where state.isLive {
            let section = offer.media[index]
            guard section.mid == state.mid, section.kind == state.kind else {
                throw .sectionReplaced(index: index, mid: state.mid ?? "")
            }
        }
        var seen: Set<String> = []
        for mid in offer.media.lazy.compactMap(\.mid) where !seen.insert(mid).inserted {
            throw .duplicateMID(mid)
        }
    }
}

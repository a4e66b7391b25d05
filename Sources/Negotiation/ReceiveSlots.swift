import RTP
import Wire

/// One section's half of a receive slot, fixed for as long as the section lives.
struct ReceiveSlot: Equatable, Sendable {
    var kind: MediaKind
    /// The number it shares with the half of the other kind.
    var number: Int
    var ssrc: SSRC
    /// Reserved from the start, used once retransmission is negotiated.
    var rtxSSRC: SSRC
}

/// Gives out the halves of receive slots.
///
/// Numbers are used again once their section has stopped, so that the pair is whole again. Sources are not:
/// an SRTP receiver keeps the rollover counter of each source, and a key must not meet the same counter twice
/// (RFC 3711 §9.1).
struct ReceiveSlots: Equatable, Sendable {
    private var taken: [MediaKind: Set<Int>] = [:]
    private var sources: Set<SSRC> = []

    /// How many halves of a kind are given out.
    func count(_ kind: MediaKind) -> Int { taken[kind]?.count ?? 0 }

    /// Gives out the lowest free number of a kind.
    mutating func take(_ kind: MediaKind, using generator: inout some RandomNumberGenerator) -> ReceiveSlot {
        let used = taken[kind] ?? []
        let number = (0...used.count).first { !used.contains($0) } ?? used.count
        taken[kind, default: []].insert(number)
        let ssrc = makeSource(&generator)
        return ReceiveSlot(kind: kind, number: number, ssrc: ssrc, rtxSSRC: makeSource(&generator))
    }

    /// Takes back the half of a section that has stopped.
    mutating func giveBack(_ slot: ReceiveSlot) { taken[slot.kind]?.remove(slot.number) }

    /// A source that this session has not used; zero is avoided because some tools take it for "none".
    private mutating func makeSource(_ generator: inout some RandomNumberGenerator) -> SSRC {
        var source = SSRC(generator.next())
        while source.rawValue == 0 || !sources.insert(source).inserted {
            // Counting on ends even with a generator that repeats itself.
            source = SSRC(source.rawValue &+ 1)
        }
        return source
    }
}

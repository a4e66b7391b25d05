/// Which SSRCs of one peer the receiver keeps a context for, so that their number has a bound: the peer chooses
/// them.
///
/// A stream that has ended keeps its context, because a forgotten one would let recorded packets in again
/// (RFC 3711 §3.3.2). It goes only when its place is needed, the one that ended first before the others.
struct IncomingStreamTable {
    /// What to do with a packet of an SSRC.
    enum Admission: Equatable {
        /// It has a context.
        case known
        /// It may have one, if the packet is genuine.
        case new
        /// There is no place.
        case full
    }

    private let limit: Int
    private var current: Set<UInt32> = []
    private var ended: [UInt32] = []
    /// Media comes in runs of one SSRC; this saves most look-ups.
    private var last: UInt32?

    init(limit: Int) { self.limit = max(limit, 1) }

    /// The contexts there are.
    var count: Int { current.count + ended.count }

    /// Whether a packet of `ssrc` may be looked at; takes no place, since the packet may be forged.
    mutating func admission(of ssrc: UInt32) -> Admission {
        if ssrc == last { return .known }
        guard current.contains(ssrc) else { return current.count < limit ? .new : .full }
        last = ssrc
        return .known
    }

    /// Notes that a genuine packet of `ssrc` came.
    ///
    /// - Returns: The SSRC whose context has to go for it.
    mutating func insert(_ ssrc: UInt32) -> UInt32? {
        guard current.insert(ssrc).inserted else { return nil }
        if let place = ended.firstIndex(of: ssrc) { ended.remove(at: place) }
        return count > limit && !ended.isEmpty ? ended.removeFirst() : nil
    }

    /// Notes that `ssrc` has ended; a later packet of it begins it again.
    mutating func end(_ ssrc: UInt32) {
        guard current.remove(ssrc) != nil else { return }
        if last == ssrc { last = nil }
        ended.append(ssrc)
    }
}

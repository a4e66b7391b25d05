public import Wire

/// What an agent has seen: what a record of a session that could not connect is made of.
public struct ICEStatistics: Sendable {
    /// Binding requests, good or bad.
    public internal(set) var requests: UInt64 = 0
    /// Requests that were answered with success.
    public internal(set) var accepted: UInt64 = 0
    /// Nominations that an accepted request carried.
    public internal(set) var nominations: UInt64 = 0
    /// How often a path was selected.
    public internal(set) var selections: UInt64 = 0
    /// How often media, and not a nomination, selected a path.
    public internal(set) var selectionsByMedia: UInt64 = 0
    /// Authenticated packets on a path that was not valid.
    public internal(set) var packetsOnUnknownPath: UInt64 = 0
    /// When the last request was accepted.
    public internal(set) var lastAccepted: Timestamp?
    /// Where requests came from, accepted or not; the last eight different ones, latest last.
    public private(set) var sources: [SocketAddress] = []

    private var drops = [UInt64](repeating: 0, count: ICEDropReason.allCases.count)
    private var rejections = [UInt64](repeating: 0, count: ICERejection.allCases.count)

    private static let mostSources = 8

    /// How many messages were dropped for a reason.
    public subscript(reason: ICEDropReason) -> UInt64 { drops[Int(reason.rawValue)] }
    /// How many requests were answered with an error for a reason.
    public subscript(rejection: ICERejection) -> UInt64 { rejections[Int(rejection.rawValue)] }

    mutating func note(_ reason: ICEDropReason) { drops[Int(reason.rawValue)] &+= 1 }
    mutating func note(_ rejection: ICERejection) { rejections[Int(rejection.rawValue)] &+= 1 }

    mutating func noteRequest(from source: SocketAddress) {
        requests &+= 1
        guard sources.last != source else { return }
        sources.removeAll { $0 == source }
        if sources.count == Self.mostSources { sources.removeFirst() }
        sources.append(source)
    }
}

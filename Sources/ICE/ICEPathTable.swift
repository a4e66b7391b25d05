import Wire

/// A path on which the peer has proved that it knows our password.
struct ICEPath: Sendable {
    let path: NetworkPath
    /// The pair priority by the latest check (RFC 8445 §6.1.2.3).
    var priority: UInt64
    /// The last authenticated packet of any kind.
    var lastHeard: Timestamp
    /// The last authenticated packet that was not STUN.
    var lastMedia: Timestamp?
    /// The generation of credentials that nominated the path, if any did.
    var nominatedIn: UInt32?
}

/// The validated paths of one peer: few, bounded, searched from front to back.
struct ICEPathTable: Sendable {
    private(set) var entries: [ICEPath] = []
    private let capacity: Int

    /// Makes an empty table for at least two paths: one selected and one to move to.
    init(capacity: Int) { self.capacity = max(2, capacity) }

    func index(of path: NetworkPath) -> Int? { entries.firstIndex { $0.path == path } }

    subscript(index: Int) -> ICEPath {
        get { entries[index] }
        _modify { yield &entries[index] }
    }

    /// Adds a path that is not in the table; if it was full, the path that had to go: the one unheard for the
    /// longest time that is not `kept`.
    mutating func insert(_ path: ICEPath, keeping kept: NetworkPath?) -> NetworkPath? {
        var evicted: NetworkPath?
        if entries.count >= capacity {
            let candidates = entries.indices.filter { entries[$0].path != kept }
            if let oldest = candidates.min(by: { entries[$0].lastHeard < entries[$1].lastHeard }) {
                evicted = entries.remove(at: oldest).path
            }
        }
        entries.append(path)
        return evicted
    }

    /// Forgets what was nominated.
    mutating func forgetNominations() {
        for index in entries.indices { entries[index].nominatedIn = nil }
    }

    mutating func remove(_ path: NetworkPath) { entries.removeAll { $0.path == path } }

    /// Removes the paths, `kept` excepted, that were last heard at `limit` or before.
    mutating func removeUnheard(since limit: Timestamp, keeping kept: NetworkPath?) -> [NetworkPath] {
        let removed = entries.filter { $0.path != kept && $0.lastHeard <= limit }.map(\.path)
        if !removed.isEmpty { entries.removeAll { removed.contains($0.path) } }
        return removed
    }

    /// When the path, `kept` excepted, that has been unheard for the longest time was heard.
    func earliestHeard(except kept: NetworkPath?) -> Timestamp? {
        entries.lazy.filter { $0.path != kept }.map(\.lastHeard).min()
    }
}

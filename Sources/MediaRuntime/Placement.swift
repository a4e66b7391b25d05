internal import Engine

/// Which worker each peer lives on. Small rooms stay together on one worker; a room that has grown beyond what keeps the
/// workers even is spread over all of them.
struct Placement {
    private var workerOfPeer: [PeerID: Int] = [:]
    private var roomOfPeer: [PeerID: RoomKey] = [:]
    private var publicationsOfPeer: [PeerID: [PublicationID]] = [:]
    private var workerOfPublication: [PublicationID: Int] = [:]
    private var rooms: [RoomKey: Room] = [:]
    private var load: [Int]
    private let limit: Int
    /// Peers by which a room's worker may be ahead of the least loaded one.
    private let tolerance: Int

    private struct Room {
        /// Where the first peer went, and the next ones go while that keeps the workers even.
        let worker: Int
        var peers = 0
    }

    init(workers: Int, limit: Int, tolerance: Int = 8) {
        self.tolerance = tolerance
        load = [Int](repeating: 0, count: workers)
        self.limit = limit
    }

    /// Chooses a worker for a peer; `nil` when all are full or to be avoided.
    mutating func place(_ peer: PeerID, in room: RoomKey, avoiding avoided: [Bool] = []) -> Int? {
        let isOpen = { (worker: Int) in worker >= avoided.count || !avoided[worker] }
        guard workerOfPeer[peer] == nil, let least = leastLoaded(where: isOpen) else { return nil }
        var worker = least
        if let home = rooms[room]?.worker, isOpen(home), load[home] < min(limit, load[least] + tolerance) {
            worker = home
        }
        guard load[worker] < limit else { return nil }
        workerOfPeer[peer] = worker
        roomOfPeer[peer] = room
        rooms[room, default: Room(worker: worker)].peers += 1
        load[worker] += 1
        return worker
    }

    func worker(of peer: PeerID) -> Int? { workerOfPeer[peer] }

    /// Where a peer is, and in which room.
    func place(of peer: PeerID) -> (worker: Int, room: RoomKey)? {
        guard let worker = workerOfPeer[peer], let room = roomOfPeer[peer] else { return nil }
        return (worker, room)
    }

    /// Where the publisher of a publication lives.
    func worker(of publication: PublicationID) -> Int? { workerOfPublication[publication] }

    /// Notes what a peer publishes from now on.
    mutating func note(_ publications: some Collection<PublicationID>, of peer: PeerID) {
        guard let worker = workerOfPeer[peer] else { return }
        for former in publicationsOfPeer[peer] ?? [] { workerOfPublication[former] = nil }
        publicationsOfPeer[peer] = Array(publications)
        for publication in publications { workerOfPublication[publication] = worker }
    }

    mutating func remove(_ peer: PeerID) {
        guard let worker = workerOfPeer.removeValue(forKey: peer) else { return }
        for publication in publicationsOfPeer.removeValue(forKey: peer) ?? [] { workerOfPublication[publication] = nil }
        load[worker] -= 1
        guard let room = roomOfPeer.removeValue(forKey: peer) else { return }
        rooms[room]?.peers -= 1
        if rooms[room]?.peers == 0 { rooms[room] = nil }
    }

    private func leastLoaded(where isOpen: (Int) -> Bool) -> Int? {
        load.indices.lazy.filter(isOpen).min { load[$0] < load[$1] }
    }
}

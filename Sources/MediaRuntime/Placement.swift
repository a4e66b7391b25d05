internal import Engine

/// Which worker each peer lives on. A room stays together on one worker; rooms are spread by load.
struct Placement {
    private var workerOfPeer: [PeerID: Int] = [:]
    private var roomOfPeer: [PeerID: RoomKey] = [:]
    private var workerOfRoom: [RoomKey: (worker: Int, peers: Int)] = [:]
    private var load: [Int]
    private let limit: Int

    init(workers: Int, limit: Int) {
        load = [Int](repeating: 0, count: workers)
        self.limit = limit
    }

    /// Chooses a worker for a peer; `nil` when the one it would have to go to is full.
    mutating func place(_ peer: PeerID, in room: RoomKey) -> Int? {
        let home = workerOfRoom[room]?.worker ?? leastLoaded
        guard load[home] < limit, workerOfPeer[peer] == nil else { return nil }
        workerOfPeer[peer] = home
        roomOfPeer[peer] = room
        workerOfRoom[room, default: (home, 0)].peers += 1
        load[home] += 1
        return home
    }

    func worker(of peer: PeerID) -> Int? { workerOfPeer[peer] }

    mutating func remove(_ peer: PeerID) {
        guard let worker = workerOfPeer.removeValue(forKey: peer) else { return }
        load[worker] -= 1
        guard let room = roomOfPeer.removeValue(forKey: peer) else { return }
        workerOfRoom[room]?.peers -= 1
        if workerOfRoom[room]?.peers == 0 { workerOfRoom[room] = nil }
    }

    private var leastLoaded: Int { load.indices.min { load[$0] < load[$1] } ?? 0 }
}

import Ciphers
import Engine
import ICE
import Negotiation
import Rooms
import Synchronization
import Testing
import Wire

/// A media plane without media: it keeps what it was told, and complains about every command that makes no
/// sense.
final class FakeMediaPlane: MediaPlane {
    struct Peer: Sendable {
        var room: RoomKey
        var configuration: PeerConfiguration?
        /// What is on each slot.
        var slots: [String: PublicationID] = [:]
        var applied = 0
        /// What it was told to do with each slot.
        var wishes: [String: SlotWish] = [:]
    }

    struct Assignment: Equatable, Sendable {
        var receiver: PeerID
        var mid: String
        var publication: PublicationID?
    }

    struct State: Sendable {
        var peers: [PeerID: Peer] = [:]
        var everPlaced: Set<PeerID> = []
        var removed: [PeerID] = []
        var commands = 0
        /// What was put on slots, or taken off them, in order.
        var assignments: [Assignment] = []
        /// Commands that no correct caller gives.
        var complaints: [String] = []
        var refusal: MediaPlaneError?
        /// Publications that nobody can decode.
        var undecodable: Set<PublicationID> = []
        var forgottenPublications: Set<PublicationID> = []
        /// What came on the m-lines of each peer.
        var received: [PeerID: [String: LayerStatistics]] = [:]
    }

    let events: AsyncStream<MediaEvent>
    private let continuation: AsyncStream<MediaEvent>.Continuation
    private let state = Mutex(State())
    /// Held open: every command waits here while it is closed.
    let gate = TestGate()
    private let slowness = Atomic<Bool>(false)

    /// Whether commands take a while, each another one.
    var isSlow: Bool {
        get { slowness.load(ordering: .relaxed) }
        set { slowness.store(newValue, ordering: .relaxed) }
    }

    private func takeTime() async {
        await gate.pass()
        if isSlow { for _ in 0..<Int.random(in: 0..<20) { await Task.yield() } }
    }

    init() { (events, continuation) = AsyncStream.makeStream() }

    var snapshot: State { state.withLock { $0 } }

    func change(_ body: (inout sending State) -> Void) { state.withLock { body(&$0) } }

    func emit(_ kind: MediaEvent.Kind, for peer: PeerID) {
        continuation.yield(MediaEvent(peer: peer, kind: kind))
    }

    func addPeer(_ peer: PeerID, in room: RoomKey) async throws(MediaPlaneError) -> PeerPlacement {
        await takeTime()
        let refusal = state.withLock { state -> MediaPlaneError? in
            state.commands += 1
            if let refusal = state.refusal { return refusal }
            if !state.everPlaced.insert(peer).inserted {
                state.complaints.append("\(peer) was placed before")
            }
            state.peers[peer] = Peer(room: room)
            return nil
        }
        if let refusal { throw refusal }
        var generator = SystemRandomNumberGenerator()
        let host = IPAddress("192.0.2.1") ?? IPAddress(v4: 0)
        return PeerPlacement(
            workerIndex: 0, credentials: .random(workerIndex: 0, using: &generator),
            candidates: [
                ICECandidate(
                    foundation: "1", priority: 2_130_706_431, host: .address(host), port: 40_000, kind: .host)
            ],
            fingerprint: CertificateFingerprint(
                algorithm: "sha-256", bytes: [UInt8](repeating: 0xAB, count: 32)))
    }

    func apply(_ configuration: PeerConfiguration, to peer: PeerID) async {
        await takeTime()
        state.withLock { state in
            state.commands += 1
            guard state.peers[peer] != nil else { return }
            let uplinks = Set(configuration.session.uplinks.map(\.mid))
            for mid in configuration.publications.keys where !uplinks.contains(mid) {
                state.complaints.append("publication on \(mid), which is no uplink of \(peer)")
            }
            let mids = Set(configuration.session.downlinks.map(\.mid))
            if var known = state.peers[peer] {
                known.slots = known.slots.filter { mids.contains($0.key) }
                known.configuration = configuration
                known.applied += 1
                state.peers[peer] = known
            }
            state.dropDeadPublications()
        }
    }

    func assign(_ publication: PublicationID?, toSlot mid: String, of receiver: PeerID) async
        -> SlotAssignmentResult
    {
        await takeTime()
        return state.withLock { state in
            state.commands += 1
            state.assignments.append(.init(receiver: receiver, mid: mid, publication: publication))
            guard let peer = state.peers[receiver], let configuration = peer.configuration else {
                return .gone
            }
            guard configuration.session.downlinks.contains(where: { $0.mid == mid }) else {
                state.complaints.append("\(receiver) has no slot \(mid)")
                return .gone
            }
            guard let publication else {
                state.peers[receiver]?.slots[mid] = nil
                state.peers[receiver]?.wishes[mid] = nil
                return .assigned
            }
            if peer.slots.contains(where: { $0.value == publication && $0.key != mid }) {
                state.complaints.append("\(publication) is on two slots of \(receiver)")
            }
            if state.undecodable.contains(publication) { return .codecNotSupported }
            if state.forgottenPublications.contains(publication) { return .gone }
            guard let sender = state.peers.first(where: { $0.value.publishes(publication) }) else {
                return .gone
            }
            if sender.key == receiver { state.complaints.append("\(receiver) receives itself") }
            if sender.value.room != peer.room { state.complaints.append("\(publication) crosses rooms") }
            if peer.slots[mid] != publication { state.peers[receiver]?.wishes[mid] = nil }
            state.peers[receiver]?.slots[mid] = publication
            return .assigned
        }
    }

    func setWishes(_ wishes: [String: SlotWish], of receiver: PeerID) async {
        await takeTime()
        state.withLock { state in
            state.commands += 1
            guard let peer = state.peers[receiver] else { return }
            for (mid, wish) in wishes {
                guard peer.configuration?.session.downlinks.contains(where: { $0.mid == mid }) ?? false else {
                    state.complaints.append("a wish for \(mid), which is no slot of \(receiver)")
                    continue
                }
                if peer.slots[mid] != nil { state.peers[receiver]?.wishes[mid] = wish }
            }
        }
    }

    func removePeer(_ peer: PeerID) async {
        await takeTime()
        state.withLock { state in
            state.commands += 1
            guard state.peers.removeValue(forKey: peer) != nil else { return }
            state.removed.append(peer)
            state.dropDeadPublications()
        }
    }

    func statistics(of peer: PeerID) async -> PeerStatistics? {
        state.withLock { state in
            guard let known = state.peers[peer] else { return nil }
            var statistics = PeerStatistics()
            statistics.ice = .connected
            statistics.dtls = .connected
            statistics.packetsIn = 7
            statistics.drops = ["no-subscriber": 3]
            statistics.uplinks = (known.configuration?.publications ?? [:]).sorted { $0.key < $1.key }.map {
                var uplink = UplinkStatistics()
                uplink.mid = $0.key
                uplink.publication = $0.value
                uplink.codec = "VP8"
                uplink.layers = [state.received[peer]?[$0.key] ?? LayerStatistics()]
                // Each stream has its own.
                uplink.layers[0].ssrc = UInt32(truncatingIfNeeded: $0.value.rawValue)
                return uplink
            }
            statistics.downlinks = known.slots.sorted { $0.key < $1.key }.map {
                var downlink = DownlinkStatistics()
                downlink.mid = $0.key
                downlink.publication = $0.value
                return downlink
            }
            return statistics
        }
    }

    func workerStatistics() async -> [WorkerStatistics] {
        var worker = WorkerStatistics()
        worker.peers = snapshot.peers.count
        worker.port = 40_000
        return [worker]
    }
}

extension FakeMediaPlane.Peer {
    func publishes(_ publication: PublicationID) -> Bool {
        configuration?.publications.values.contains(publication) ?? false
    }
}

extension FakeMediaPlane.State {
    /// A publication that ends leaves its slots by itself.
    mutating func dropDeadPublications() {
        let live = Set(peers.values.flatMap { $0.configuration?.publications.values.map { $0 } ?? [] })
        for (id, peer) in peers { peers[id]?.slots = peer.slots.filter { live.contains($0.value) } }
    }
}

/// A door: open unless a test closes it.
final class TestGate: Sendable {
    private struct State {
        var isClosed = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    func close() { state.withLock { $0.isClosed = true } }

    func open() {
        let waiting = state.withLock { state in
            state.isClosed = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns when somebody stands before it.
    func somebodyWaits() async { while state.withLock({ $0.waiting.isEmpty }) { await Task.yield() } }

    func pass() async {
        await withCheckedContinuation { continuation in
            let passes = state.withLock { state in
                if state.isClosed { state.waiting.append(continuation) }
                return !state.isClosed
            }
            if passes { continuation.resume() }
        }
    }
}

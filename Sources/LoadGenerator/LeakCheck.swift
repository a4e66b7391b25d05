internal import LinuxSystem
internal import Wire

/// Whether a server is as empty after a run as it was before.
struct LeakCheck: Sendable {
    /// What a server holds.
    struct Holdings: Equatable, Sendable {
        var rooms: Int
        var participants: Int
        var peers: Int

        init(_ status: StatusClient.Status) {
            rooms = status.server.rooms
            participants = status.server.participants
            peers = status.server.workers.reduce(0) { $0 + $1.peers }
        }

        func isWithin(_ other: Holdings) -> Bool {
            rooms <= other.rooms && participants <= other.participants && peers <= other.peers
        }
    }

    let before: Holdings?

    /// Waits until the server holds no more than before; says what it still holds when that does not happen in time.
    func run(_ client: StatusClient, patience: Interval) async -> String? {
        guard let before else { return "The status API could not be asked before the run, so nobody knows of leaks." }
        let end = SystemClock.now() + patience
        while true {
            let now = await client.status().map(Holdings.init)
            if let now, now.isWithin(before) { return nil }
            guard SystemClock.now() < end else {
                guard let now else { return "The status API no longer answers, so nobody knows of leaks." }
                return
                    "The server still holds \(now.rooms) rooms, \(now.participants) participants and \(now.peers) media "
                    + "peers; before the run it held \(before.rooms), \(before.participants) and \(before.peers)."
            }
            await LoadRun.sleep(until: min(end, SystemClock.now() + .milliseconds(250)))
        }
    }
}

import Engine
import RTP
import Testing
import Wire

@Suite("A worker that has more than it can carry")
struct LoadLevelTests {
    @Test("leaves out the upper layers, then all video, never sound; and all of it comes back", arguments: UInt64(0)..<12)
    func levels(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join(ClientOptions(camera: .simulcast))
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        room.run(for: .seconds(3))
        #expect(forwarded(of: alice, in: room) == ["f"], "seed \(seed)")

        set(.lowestLayer, in: room)
        room.run(for: .seconds(3))
        #expect(forwarded(of: alice, in: room) == ["q"], "seed \(seed)")

        set(.soundOnly, in: room)
        room.run(for: .milliseconds(200))
        let (frames, heard) = (bob.slot("v0").frames.count, bob.slot("a0").frames.count)
        room.run(for: .seconds(2))
        #expect(bob.slot("v0").frames.count == frames, "seed \(seed)")
        #expect(bob.slot("a0").frames.count > heard + 95, "seed \(seed)")
        #expect(room.statistics(of: bob).drops["paused"] ?? 0 > 0)

        set(.lowestLayer, in: room)
        room.run(for: .seconds(1))
        #expect(bob.slot("v0").frames.count > frames + 5, "seed \(seed)")
        set(.normal, in: room)
        room.run(for: .seconds(3))
        #expect(forwarded(of: alice, in: room) == ["f"], "seed \(seed)")
        #expect(bob.slot("v0").counters.undecodable == 0, "seed \(seed)")
        room.finish()
    }

    private func set(_ level: LoadLevel, in room: SimulatedRoom) {
        for engine in room.engines { engine.setLoadLevel(level, at: room.now) }
        room.flush()
    }

    private func forwarded(of client: SimulatedClient, in room: SimulatedRoom) -> [String?] {
        room.statistics(of: client).uplinks.first { $0.mid == "1" }?.layers.filter(\.isForwarded).map(\.rid) ?? []
    }
}

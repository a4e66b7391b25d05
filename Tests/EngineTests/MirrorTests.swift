import Engine
import RTP
import Testing
import Wire

@Suite("A room over several workers")
struct MirrorTests {
    @Test("who is on another worker sees and hears the same", arguments: UInt64(0)..<20)
    func bothSides(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 3)
        let alice = try room.join(ClientOptions(camera: .simulcast))
        let others = try (0..<5).map { _ in try room.join(.listener()) }
        for other in others { room.connect(alice, to: other) }
        room.run(for: .seconds(3))
        for other in others {
            #expect(other.slot("v0").frames.count > 45, "seed \(seed), \(other.peer)")
            #expect(other.slot("a0").frames.count > 140, "seed \(seed), \(other.peer)")
            #expect(other.slot("v0").counters.undecodable == 0)
        }
        // Both workers with mirrors count as receivers of the highest layer.
        let video = try #require(room.statistics(of: alice).uplinks.first { $0.mid == "1" })
        #expect(video.layers.filter(\.isForwarded).map(\.rid) == ["f"])
        room.finish()
    }

    @Test("a keyframe that a receiver elsewhere asks for comes", arguments: UInt64(0)..<10)
    func keyframe(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 2)
        let alice = try room.join(ClientOptions(camera: .plain))
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        room.run(for: .seconds(2))
        let before = alice.streams.filter { $0.kind == .video }.reduce(0) { $0 + $1.keyframes }
        bob.sendPictureLossIndication(for: bob.slot("v0"))
        room.run(for: .seconds(1))
        #expect(alice.streams.filter { $0.kind == .video }.reduce(0) { $0 + $1.keyframes } > before)
        room.finish()
    }

    @Test("a publication that ends leaves no mirror, and a slot that empties stops the queue")
    func ends() throws {
        let room = try SimulatedRoom(seed: 4, workers: 2)
        let alice = try room.join(ClientOptions(camera: .simulcast))
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        room.run(for: .seconds(1))
        #expect(room.engines[1].holdings.publications == 2)
        room.assign(nil, toSlot: "v0", of: bob)
        room.run(for: .seconds(1))
        let frames = bob.slot("v0").frames.count
        #expect(room.statistics(of: alice).drops["no_subscriber"] ?? 0 > 10)
        room.connect(alice, to: bob)
        room.run(for: .seconds(1))
        #expect(bob.slot("v0").frames.count > frames + 10)
        room.unpublish("1", of: alice)
        room.run(for: .milliseconds(100))
        #expect(room.engines[1].holdings.publications == 1)
        room.finish()
    }

    @Test("a queue that overflows drops with a reason, and pictures come back", arguments: UInt64(0)..<10)
    func overflow(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 2, relayCapacity: 16_384)
        let alice = try room.join(ClientOptions(camera: .simulcast))
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        room.run(for: .seconds(1))
        // The other worker is busy for a while.
        room.pausesRelays = true
        room.run(for: .seconds(1))
        room.pausesRelays = false
        #expect(room.statistics(of: alice).drops["mirror_queue_full"] ?? 0 > 0, "seed \(seed)")
        let frames = bob.slot("v0").frames.count
        room.run(for: .seconds(2))
        #expect(bob.slot("v0").frames.count > frames + 25, "seed \(seed)")
        room.finish()
    }

    @Test("lips stay in step with words on a mirror", arguments: UInt64(0)..<10)
    func clock(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 2)
        let alice = try room.join(ClientOptions(camera: .plain))
        let bob = try room.join(.listener())
        let carol = try room.join(.listener())
        room.connect(alice, to: bob)
        room.connect(alice, to: carol)
        room.run(for: .seconds(4))
        // Carol shares the publisher's worker, Bob does not: both hear of the same clock.
        for client in [bob, carol] {
            #expect(client.lastReports.count == 2, "seed \(seed), \(client.peer): a report for sound and one for pictures")
        }
        room.finish()
    }
}

import Negotiation
import RTP
import Testing
import Wire

@Suite("Redundant audio")
struct RedundancyTests {
    @Test("who knows redundancy gets it, who does not gets the newest block, under the same numbers", arguments: UInt64(0)..<20)
    func bothKinds(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions()
        options.redundancy = .sent(blocks: 1 + Int(seed % 3))
        // Reordered more than lost: what overtook something must not be taken for a change of format.
        if seed % 4 == 3 { options.uplink = .lossy }
        let alice = try room.join(options)
        var knows = ClientOptions.listener()
        knows.redundancy = .received
        let bob = try room.join(knows)
        let carol = try room.join(.listener())
        let dave = try room.join(knows)
        for viewer in [bob, carol, dave] { room.connect(alice, to: viewer) }
        room.run(for: .seconds(3))
        let (with, without) = (bob.slot("a0"), carol.slot("a0"))
        #expect(with.frames.map(\.content.frame) == without.frames.map(\.content.frame), "seed \(seed)")
        #expect(with.counters.abandoned == without.counters.abandoned, "seed \(seed)")
        #expect(with.frames.count > (seed % 4 == 3 ? 100 : 145), "seed \(seed): \(with.frames.count)")
        for viewer in [bob, dave] {
            let counters = viewer.slot("a0").counters
            #expect(counters.redundant == counters.packets && counters.redundantBlocks > 120, "seed \(seed)")
        }
        #expect(without.counters.redundant == 0 && without.counters.packets > 120)
        // One stream from beginning to end.
        #expect(room.statistics(of: alice).uplinks.first { $0.mid == "0" }?.codec == "red")
        #expect(room.statistics(of: alice).drops["malformed"] == nil)
        room.finish()
    }

    @Test("a publisher may send single packets without redundancy: the stream runs on", arguments: UInt64(0)..<10)
    func mixed(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions()
        options.redundancy = .sent(blocks: 1)
        let alice = try room.join(options)
        var knows = ClientOptions.listener()
        knows.redundancy = .received
        let bob = try room.join(knows)
        let carol = try room.join(.listener())
        for viewer in [bob, carol] { room.connect(alice, to: viewer) }
        let microphone = try #require(alice.streams.first { $0.kind == .audio })
        for turn in 0..<20 {
            microphone.shape.redundantBlocks = turn % 2
            room.run(for: .milliseconds(100))
        }
        for viewer in [bob, carol] {
            let slot = viewer.slot("a0")
            #expect(slot.frames.count > 90 && slot.counters.abandoned == 0, "seed \(seed)")
            let numbers = slot.frames.map(\.content.frame)
            #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 + 1 }, "seed \(seed)")
        }
        #expect((30...70).contains(bob.slot("a0").counters.redundant), "seed \(seed)")
        #expect(room.statistics(of: alice).uplinks.first { $0.mid == "0" }?.layers.count == 1)
        room.finish()
    }

    @Test("a slot that goes from one with redundancy to one without, and back, is one stream", arguments: UInt64(0)..<10)
    func switching(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions()
        options.redundancy = .sent(blocks: 2)
        let people = [try room.join(options), try room.join()]
        var knows = ClientOptions.listener()
        knows.redundancy = .received
        let viewers = [try room.join(knows), try room.join(.listener())]
        for turn in 0..<6 {
            for viewer in viewers { room.connect(people[turn % 2], to: viewer) }
            room.run(for: .milliseconds(400))
        }
        for viewer in viewers {
            #expect(viewer.slot("a0").counters.abandoned == 0, "seed \(seed)")
            #expect(viewer.slot("a0").frames.count > 100, "seed \(seed)")
        }
        room.finish()
    }

    @Test("blocks that cannot be what was agreed on are dropped with their reason, and harm nobody")
    func malformed() throws {
        let room = try SimulatedRoom(seed: 5)
        var options = ClientOptions()
        options.redundancy = .sent(blocks: 1)
        let alice = try room.join(options)
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        room.run(for: .milliseconds(500))
        let microphone = try #require(alice.streams.first { $0.kind == .audio })
        let type = microphone.codec.payloadType.rawValue
        let payloads: [[UInt8]] = [
            // Ends within a header; within a block; without a primary block; of another codec, in front and behind.
            [0x80 | type, 1], [0x80 | type, 0, 0, 9, type, 1, 2], [0x80 | type, 0, 0, 2, type, 1, 2],
            [0x80 | 13, 0, 0, 1, type, 1, 2], [0x80 | type, 0, 0, 1, 13, 1, 2],
            [UInt8](repeating: 0xFF, count: 1_200),
        ]
        for payload in payloads {
            alice.send(
                SimulatedStream.Packet(
                    marker: false, timestamp: microphone.timestamp(at: room.now), payload: payload,
                    payloadType: microphone.codec.redundancy?.payloadType), on: microphone)
        }
        room.run(for: .milliseconds(500))
        #expect(room.statistics(of: alice).drops["malformed"] == UInt64(payloads.count))
        #expect(bob.slot("a0").frames.count > 40)
        room.finish()
    }

    @Test("no payload of redundant audio brings the server down", arguments: UInt64(0)..<4)
    func fuzz(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed)
        var options = ClientOptions(camera: .none)
        options.redundancy = .sent(blocks: 1)
        let alice = try room.join(options)
        var knows = ClientOptions.listener()
        knows.redundancy = .received
        let viewers = [try room.join(knows), try room.join(.listener())]
        for viewer in viewers { room.connect(alice, to: viewer) }
        room.run(for: .milliseconds(300))
        // What the viewers make of it is not the matter here.
        for viewer in viewers { viewer.isGone = true }
        let microphone = try #require(alice.streams.first { $0.kind == .audio })
        let type = microphone.codec.payloadType.rawValue
        var generator = SeededGenerator(seed: seed)
        var taken = 0
        for _ in 0..<3_000 {
            var payload = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            // Some come further than the first header.
            for place in stride(from: 0, to: payload.count, by: 4) where Bool.random(using: &generator) {
                payload[place] = (Bool.random(using: &generator) ? 0x80 : 0) | type
                if place + 2 < payload.count { payload[place + 2] &= 0xFC }
            }
            let before = room.statistics(of: alice).drops["malformed"] ?? 0
            alice.send(
                SimulatedStream.Packet(
                    marker: false, timestamp: microphone.timestamp(at: room.now), payload: payload,
                    payloadType: microphone.codec.redundancy?.payloadType), on: microphone)
            room.run(for: .milliseconds(1))
            if room.statistics(of: alice).drops["malformed"] ?? 0 == before { taken += 1 }
        }
        #expect(taken > 100 && room.statistics(of: alice).drops["malformed"] ?? 0 > 100)
        for client in room.clients { room.leave(client) }
        room.run(for: .milliseconds(500))
        #expect(room.engine.holdings == .none)
    }
}

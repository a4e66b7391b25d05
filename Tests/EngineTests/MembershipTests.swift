import RTP
import Testing
import Wire

@testable import Engine

@Suite("People come and go")
struct MembershipTests {
    @Test("sixteen joins and leaves, on the same slots, leave nothing behind", arguments: UInt64(0)..<10)
    func sixteen(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var generator = SeededGenerator(seed: seed)
        var options = ClientOptions()
        options.audioSlots = 2
        options.videoSlots = 2
        if seed % 2 == 1 {
            options.uplink = .lossy
            options.downlink = .lossy
        }
        let stayer = try room.join(options)
        var guests: [SimulatedClient] = []
        for visit in 0..<16 {
            options.camera = visit % 3 == 0 ? .simulcast : .plain
            options.signalsSSRCs = visit % 2 == 0
            let guest = try room.join(options)
            guests.append(guest)
            room.connect(stayer, to: guest, pair: 1)
            room.connect(guest, to: stayer, pair: visit % 2)
            if let neighbour = guests.dropLast().last, !neighbour.hasLeft {
                room.connect(neighbour, to: guest)
            }
            room.run(for: .milliseconds(Int64.random(in: 150...500, using: &generator)))
            if guests.count > 3 { room.leave(guests.removeFirst()) }
        }
        room.run(for: .milliseconds(600))
        // The one who stayed has seen and heard most of them: a visit may be shorter than a keyframe takes.
        let seen = Set(
            stayer.slots.filter { $0.section.kind == .video }.flatMap { $0.frames.map(\.content.source) }
        )
        let heard = Set(
            stayer.slots.filter { $0.section.kind == .audio }.flatMap { $0.frames.map(\.content.source) }
        )
        #expect(seen.count >= 12, "seed \(seed): \(seen.count)")
        #expect(heard.count >= 15, "seed \(seed): \(heard.count)")
        #expect(room.engines.reduce(0) { $0 + $1.peerCount } == 4)
        room.finish()
    }

    @Test("nothing of a peer outlives it")
    func released() throws {
        let room = try SimulatedRoom(seed: 5)
        let alice = try room.join()
        let bob = try room.join()
        room.connect(alice, to: bob)
        room.connect(bob, to: alice)
        room.run(for: .milliseconds(700))
        weak let peer = room.engine.peers[alice.peer]
        weak let publication = room.engine.publications[room.publication(.video, of: alice)]
        weak let stream = publication?.layers.first
        weak let slot = peer?.slots.first
        #expect(peer != nil && publication != nil && stream != nil && slot != nil)
        room.leave(alice)
        #expect(peer == nil)
        #expect(publication == nil)
        #expect(stream == nil)
        #expect(slot == nil)
        #expect(room.statistics(of: bob).downlinks.isEmpty)
        room.run(for: .milliseconds(300))
        room.finish()
    }

    @Test("after the last has left, the engine wants to be woken for nothing")
    func quiet() throws {
        let room = try SimulatedRoom(seed: 6)
        let alice = try room.join()
        let bob = try room.join()
        room.connect(alice, to: bob)
        room.run(for: .milliseconds(500))
        room.finish()
        room.run(for: .seconds(5))
        #expect(room.engine.nextTimeout == nil)
        #expect(room.engine.egress.count == 0)
    }
}

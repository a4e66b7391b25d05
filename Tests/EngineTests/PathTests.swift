import Engine
import ICE
import RTP
import Testing
import Wire

@Suite("Paths")
struct PathTests {
    /// The longest time between two frames of a slot after `time`.
    private func longestGap(_ slot: ReceivedSlot, after time: Timestamp) -> Interval {
        let arrivals = slot.frames.map(\.arrival).filter { $0 >= time }
        return zip(arrivals, arrivals.dropFirst()).map { $1 - $0 }.max() ?? .seconds(1_000)
    }

    @Test("other keys change nothing that is seen or heard", arguments: UInt64(0)..<16)
    func rekeyed(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions(camera: seed % 3 == 0 ? .simulcast : .plain)
        options.profile = seed % 4 < 2 ? .aeadAES128GCM : .aes128CMHMACSHA1_80
        let alice = try room.join(options)
        let bob = try room.join(options)
        room.connect(alice, to: bob)
        room.connect(bob, to: alice)
        for _ in 0..<4 {
            room.run(for: .milliseconds(900))
            try room.rekey(bob)
            let frames = bob.slot("v0").frames.count
            let heard = alice.slot("a0").frames.count
            room.run(for: .milliseconds(900))
            #expect(bob.slot("v0").frames.count > frames + 9, "seed \(seed)")
            #expect(alice.slot("a0").frames.count > heard + 30, "seed \(seed)")
        }
        room.finish()
    }

    @Test("a peer that moves takes its media with it", arguments: UInt64(0)..<10)
    func move(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed)
        let alice = try room.join()
        let bob = try room.join()
        room.connect(alice, to: bob)
        room.connect(bob, to: alice)
        room.run(for: .milliseconds(800))
        let moved = room.now
        alice.move(to: SimulatedRoom.address(host: 99, port: 5_000))
        room.run(for: .milliseconds(1_200))
        #expect(
            longestGap(bob.slot("v0"), after: moved - .milliseconds(100)) < .milliseconds(200),
            "seed \(seed)"
        )
        // What was on its way to the old address is lost, and asked for again.
        #expect(
            longestGap(alice.slot("a0"), after: moved - .milliseconds(100)) < .milliseconds(250),
            "seed \(seed)"
        )
        #expect(room.statistics(of: alice).selectedAddress == alice.address)
        room.finish()
    }

    @Test("media alone moves a path that a check has proved, and the room hears of it at once")
    func movedByMedia() throws {
        let room = try SimulatedRoom(seed: 8)
        let alice = try room.join()
        let bob = try room.join()
        room.connect(alice, to: bob)
        room.connect(bob, to: alice)
        room.run(for: .milliseconds(800))
        alice.nominates = false
        alice.move(to: SimulatedRoom.address(host: 99, port: 5_000))
        for _ in 0..<200 where room.statistics(of: alice).selectedAddress != alice.address {
            room.run(for: .milliseconds(10))
        }
        #expect(room.statistics(of: alice).selectedAddress == alice.address)
        let isTold = room.events.contains { event in
            if case .transport(_, _, let selected) = event.kind { selected == alice.address } else { false }
        }
        #expect(isTold)
        // A second of pictures went to the old address: that takes a keyframe.
        room.run(for: .milliseconds(1_700))
        #expect(room.now - (alice.slot("v0").frames.last?.arrival ?? .zero) < .milliseconds(150))
        room.finish()
    }

    @Test("an address that another peer takes over is that peer's", arguments: UInt64(0)..<10)
    func rebinding(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed)
        let alice = try room.join()
        let carol = try room.join()
        room.connect(alice, to: carol)
        room.connect(carol, to: alice)
        room.run(for: .milliseconds(700))
        let old = alice.address
        alice.move(to: SimulatedRoom.address(host: 99, port: 5_000))
        room.run(for: .milliseconds(100))
        let bob = try room.join()
        bob.move(to: old)
        room.run(for: .milliseconds(200))
        room.connect(bob, to: carol)
        room.connect(alice, to: bob)
        let settled = room.now
        room.run(for: .milliseconds(600))
        // A check in Alice's name with a wrong password comes from there: it proves nothing and takes
        // nothing.
        alice.sendForgedCheck(from: old)
        room.run(for: .milliseconds(900))
        for (viewer, publisher) in [(carol, bob), (bob, alice), (alice, carol)] {
            let video = viewer.slot("v0")
            #expect(
                video.frames.last?.content.source == UInt32(room.publication(.video, of: publisher).rawValue),
                "seed \(seed)"
            )
            #expect(room.now - (video.frames.last?.arrival ?? .zero) < .milliseconds(150), "seed \(seed)")
        }
        #expect(
            longestGap(carol.slot("a0"), after: settled + .milliseconds(100)) < .milliseconds(60),
            "seed \(seed)"
        )
        #expect(room.statistics(of: bob).selectedAddress == old)
        #expect(room.statistics(of: alice).drops["authentication_failed"] == 1)
        room.finish()
    }

    @Test("an ICE restart changes the credentials and nothing else", arguments: UInt64(0)..<10)
    func restart(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed)
        let alice = try room.join()
        let bob = try room.join()
        room.connect(alice, to: bob)
        room.connect(bob, to: alice)
        room.run(for: .milliseconds(800))
        for _ in 0..<2 {
            room.restartICE(of: alice)
            #expect(room.engine.holdings.fragments == 3)
            room.run(for: .milliseconds(1_000))
            // The former credentials are answered until a check with the new ones has chosen a path.
            #expect(room.engine.holdings.fragments == 2, "seed \(seed)")
        }
        for client in [alice, bob] {
            #expect(longestGap(client.slot("v0"), after: .zero) < .milliseconds(150), "seed \(seed)")
            #expect(longestGap(client.slot("a0"), after: .zero) < .milliseconds(60), "seed \(seed)")
            let counters = client.slot("v0").counters
            #expect(counters.abandoned + counters.undecodable + counters.discarded == 0)
        }
        room.finish()
    }

    @Test("a peer that is silent for too long is given up, and begins anew after an ICE restart")
    func silence() throws {
        let room = try SimulatedRoom(seed: 4)
        let alice = try room.join()
        let bob = try room.join()
        room.connect(alice, to: bob)
        room.connect(bob, to: alice)
        room.run(for: .seconds(1))
        alice.uplink.conditions.loss = 1
        room.run(for: .seconds(15))
        let isDisconnected = room.events.contains { event in
            if case .transport(.disconnected, _, _) = event.kind { event.peer == alice.peer } else { false }
        }
        #expect(isDisconnected)
        room.run(for: .seconds(17))
        let isFailed = room.events.contains { event in
            if case .failed = event.kind { event.peer == alice.peer } else { false }
        }
        #expect(isFailed)
        #expect(room.statistics(of: alice).selectedAddress == nil)
        let packets = alice.slot("v0").counters.packets
        room.run(for: .milliseconds(500))
        #expect(alice.slot("v0").counters.packets == packets)
        for slot in alice.slots + bob.slots { slot.interruptions.append(room.now) }
        alice.uplink.conditions.loss = 0
        room.restartICE(of: alice)
        room.run(for: .milliseconds(1_500))
        for client in [alice, bob] {
            for slot in client.slots {
                #expect(room.now - (slot.frames.last?.arrival ?? .zero) < .milliseconds(200))
            }
        }
        // Nothing ran on unsent: the numbers continue where they stood.
        #expect(alice.slot("v0").counters.abandoned <= 2)
        #expect(alice.slot("a0").counters.abandoned == 0)
        room.finish()
    }
}

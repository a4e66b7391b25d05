import RTP
import Testing
import Wire

@Suite("Keyframes")
struct KeyframeTests {
    @Test("who joins late sees a picture within a round trip and 100 ms", arguments: UInt64(0)..<20)
    func lateJoiner(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join()
        let bob = try room.join()
        room.connect(alice, to: bob)
        room.run(for: .milliseconds(1_500))
        let carol = try room.join(.listener())
        room.run(for: .milliseconds(200))
        let assigned = room.now
        room.connect(alice, to: carol)
        room.run(for: .milliseconds(800))
        let first = try #require(carol.slot("v0").frames.first)
        #expect(first.content.isKeyframe)
        // A frame is captured every 50 ms, which is in the 100.
        let limit = alice.roundTrip + carol.downlink.conditions.delay + .milliseconds(100)
        #expect(
            first.arrival - assigned <= limit,
            "seed \(seed): \((first.arrival - assigned).milliseconds) ms"
        )
        room.finish()
    }

    @Test("however many join, a publisher is asked at most once in 400 ms", arguments: UInt64(0)..<5)
    func coalescing(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join()
        room.run(for: .milliseconds(300))
        for _ in 0..<10 {
            let guest = try room.join(.listener())
            room.run(for: .milliseconds(90))
            room.connect(alice, to: guest)
            room.run(for: .milliseconds(30))
        }
        room.run(for: .seconds(1))
        let requests = try #require(alice.streams.last).keyframeRequests
        #expect(requests.count >= 2 && requests.count <= 4, "seed \(seed): \(requests.count)")
        for (earlier, later) in zip(requests, requests.dropFirst()) {
            #expect(later - earlier >= .milliseconds(400), "seed \(seed)")
        }
        for guest in room.clients.dropFirst() { #expect(guest.slot("v0").frames.count > 5) }
        room.finish()
    }

    @Test("a receiver's own requests reach the publisher, coalesced")
    func pictureLoss() throws {
        let room = try SimulatedRoom(seed: 3)
        let alice = try room.join()
        let guests = try (0..<4).map { _ in try room.join(.listener()) }
        for guest in guests { room.connect(alice, to: guest) }
        room.run(for: .seconds(2))
        let stream = try #require(alice.streams.last)
        let before = stream.keyframeRequests.count
        for guest in guests { guest.sendPictureLossIndication(for: guest.slot("v0")) }
        room.run(for: .milliseconds(400))
        #expect(stream.keyframeRequests.count == before + 1)
        #expect(room.statistics(of: guests[0]).downlinks.first { $0.mid == "v0" }?.keyframeRequests == 1)
        room.finish()
    }

    @Test("a request that is lost is repeated until the keyframe comes", arguments: UInt64(0)..<10)
    func lostRequest(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join()
        let bob = try room.join(.listener())
        room.run(for: .milliseconds(600))
        alice.downlink.conditions.loss = 1
        room.connect(alice, to: bob)
        room.run(for: .milliseconds(900))
        #expect(bob.slot("v0").frames.isEmpty)
        alice.downlink.conditions.loss = 0
        room.run(for: .milliseconds(1_100))
        #expect(bob.slot("v0").frames.count > 5, "seed \(seed)")
        room.finish()
    }

    @Test("a keyframe whose first packet comes late is not asked for again", arguments: UInt64(0)..<30)
    func lateFirstPacket(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join()
        let bob = try room.join(.listener())
        room.run(for: .milliseconds(600))
        alice.uplink.conditions.reordering = 0.3
        alice.uplink.conditions.loss = seed % 2 == 0 ? 0.15 : 0
        room.connect(alice, to: bob)
        room.run(for: .milliseconds(900))
        let video = bob.slot("v0")
        #expect(video.frames.count > 5, "seed \(seed): \(video.counters)")
        // A keyframe of which a packet is lost again and again may take longer than a decoder's patience.
        #expect(
            video.counters.pictureLossIndications <= (seed % 2 == 0 ? 1 : 0),
            "seed \(seed): \(video.counters)"
        )
        room.finish()
    }

    @Test("a receiver whose transport is slow to come begins with a keyframe, too", arguments: UInt64(0)..<10)
    func slowTransport(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join()
        room.run(for: .milliseconds(700))
        var options = ClientOptions.listener()
        options.uplink.loss = 1
        let bob = try room.join(options)
        room.connect(alice, to: bob)
        room.run(for: .milliseconds(Int64(300 + seed * 37)))
        #expect(room.statistics(of: bob).drops["transport_not_ready", default: 0] > 10)
        bob.uplink.conditions.loss = 0
        let ready = room.now
        room.run(for: .milliseconds(900))
        let video = bob.slot("v0")
        let first = try #require(video.frames.first, "seed \(seed): \(video.counters)")
        #expect(first.arrival - ready < .milliseconds(750))
        #expect(
            video.counters.discarded + video.counters.undecodable + video.counters.abandoned == 0,
            "seed \(seed)"
        )
        room.finish()
    }
}

import Engine
import RTP
import Testing
import Wire

@Suite("Codecs")
struct CodecTests {
    @Test("a receiver without the codec is told so, and its slot stays empty")
    func notSupported() throws {
        let room = try SimulatedRoom(seed: 1)
        var options = ClientOptions()
        options.videoCodecs = [.vp9]
        let alice = try room.join(options)
        let bob = try room.join(.listener())
        let carol = try room.join()
        room.connect(carol, to: bob)
        room.run(for: .milliseconds(700))
        #expect(room.assign(room.publication(.video, of: alice), toSlot: "v0", of: bob) == .codecNotSupported)
        let packets = bob.slot("v0").counters.packets
        room.run(for: .milliseconds(100))
        let after = bob.slot("v0").counters.packets
        room.run(for: .milliseconds(500))
        #expect(bob.slot("v0").counters.packets == after && after >= packets)
        #expect(room.statistics(of: bob).downlinks.allSatisfy { $0.mid != "v0" })
        room.finish()
    }

    @Test(
        "a publisher that changes its codec goes on for who has it, and stops for who has not",
        arguments: UInt64(0)..<20
    )
    func change(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions()
        options.videoCodecs = [.vp8, .vp9]
        if seed % 2 == 1 {
            // Late enough for a packet of the former codec to come after the first of the new one.
            options.uplink = NetworkConditions(
                jitter: .milliseconds(4),
                duplication: 0.02,
                reordering: 0.2,
                reorderingDelay: .milliseconds(60)
            )
        }
        let alice = try room.join(options)
        var both = ClientOptions.listener()
        both.videoCodecs = [.vp9, .vp8]
        let bob = try room.join(both)
        let carol = try room.join(.listener())
        for viewer in [bob, carol] { room.connect(alice, to: viewer) }
        room.run(for: .milliseconds(1_000))
        let camera = try #require(alice.streams.last)
        for codec in [MediaCodec.vp9, .vp8] {
            camera.codec = try #require(alice.codecs.first { $0.codec == codec })
            camera.wantsKeyframe = true
            let changed = room.now
            room.run(for: .milliseconds(1_200))
            let frames = bob.slot("v0").frames
            #expect(frames.last?.codec == codec, "seed \(seed)")
            // The keyframe that showed the change is the one that is shown: nobody waits for another.
            let first = try #require(frames.first { $0.codec == codec && $0.arrival > changed })
            if seed % 2 == 0 { #expect(first.arrival - changed < .milliseconds(130), "seed \(seed)") }
            let late = carol.slot("v0").frames.last { $0.arrival > changed + .milliseconds(300) }
            #expect(late == nil, "seed \(seed)")
        }
        // Of which the control plane hears: that the codec is another one, and whose slot is empty since.
        let publication = room.publication(.video, of: alice)
        let news = room.events.filter { event in
            switch event.kind {
            case .undecodable, .codecChanged: true
            default: false
            }
        }
        let changed = MediaEvent.Kind.codecChanged(publication)
        #expect(news.filter { $0.peer == alice.peer }.map(\.kind) == [changed, changed])
        let undecodable = MediaEvent.Kind.undecodable(mid: "v0", publication: publication)
        #expect(news.filter { $0.peer == carol.peer }.map(\.kind) == [undecodable])
        #expect(news.count == 3)
        // It is VP8 again, and may be put there again.
        #expect(room.assign(publication, toSlot: "v0", of: carol) == .assigned)
        let mark = room.now
        room.run(for: .milliseconds(1_000))
        #expect(carol.slot("v0").frames.contains { $0.arrival > mark && $0.codec == .vp8 }, "seed \(seed)")
        // The first, one for the two who joined, two for each change, one for who comes again; none because a late packet
        // seemed to be another change.
        #expect(camera.keyframes <= 7, "seed \(seed): \(camera.keyframes)")
        let drops = room.statistics(of: alice).drops
        if seed % 2 == 0 { #expect(drops["codec_not_negotiated"] == nil, "seed \(seed): \(drops)") }
        room.finish()
    }
}

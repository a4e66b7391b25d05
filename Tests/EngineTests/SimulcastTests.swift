import RTP
import Testing
import Wire

@Suite("Simulcast")
struct SimulcastTests {
    @Test(
        "the highest layer is shown, a dead one is left, and a new one taken up, each at a keyframe",
        arguments: UInt64(0)..<30
    )
    func layersComeAndGo(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions()
        options.camera = .simulcast
        if seed % 3 == 2 { options.uplink = .lossy }
        let alice = try room.join(options)
        let viewers = try (0..<2).map { _ in try room.join(.listener()) }
        for viewer in viewers { room.connect(alice, to: viewer) }
        room.run(for: .milliseconds(2_000))
        for viewer in viewers { #expect(viewer.slot("v0").frames.last?.content.layer == 2, "seed \(seed)") }

        let full = try #require(alice.streams.first { $0.rid == "f" })
        full.isActive = false
        let stopped = room.now
        room.run(for: .milliseconds(2_500))
        for viewer in viewers {
            let frames = viewer.slot("v0").frames
            #expect(frames.last?.content.layer == 1, "seed \(seed)")
            let first = try #require(frames.first { $0.arrival > stopped + .milliseconds(100) })
            #expect(
                first.arrival - stopped < .milliseconds(1_400),
                "seed \(seed): \((first.arrival - stopped).milliseconds)"
            )
        }

        full.isActive = true
        full.wantsKeyframe = true
        room.run(for: .milliseconds(1_500))
        for viewer in viewers {
            let video = viewer.slot("v0")
            #expect(video.frames.last?.content.layer == 2, "seed \(seed)")
            if seed % 3 != 2 { #expect(video.counters.undecodable == 0, "seed \(seed): \(video.counters)") }
        }
        let layers = try #require(room.statistics(of: alice).uplinks.first { $0.mid == "1" }).layers
        #expect(layers.map(\.rid) == ["q", "h", "f"])
        #expect(layers.map(\.isForwarded) == [false, false, true])
        room.finish()
    }

    @Test(
        "only the lowest layer, as in a browser's first seconds, is shown at once",
        arguments: UInt64(0)..<10
    )
    func lowestFirst(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions()
        options.camera = .simulcast
        let alice = try room.join(options)
        for stream in alice.streams where stream.rid == "h" || stream.rid == "f" { stream.isActive = false }
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        room.run(for: .milliseconds(600))
        let video = bob.slot("v0")
        #expect(video.frames.last?.content.layer == 0, "seed \(seed)")
        #expect(
            try #require(video.frames.first).arrival - Timestamp(nanoseconds: 1_000_000_000)
                < .milliseconds(250)
        )
        for layer in ["h", "f"] {
            alice.streams.first { $0.rid == layer }?.isActive = true
            room.run(for: .milliseconds(900))
            #expect(video.frames.last?.content.layer == (layer == "h" ? 1 : 2), "seed \(seed)")
        }
        #expect(
            video.counters.undecodable + video.counters.discarded + video.counters.abandoned <= 2,
            "seed \(seed): \(video.counters)"
        )
        room.finish()
    }

    @Test(
        "a layer that begins anew under another SSRC is not repaired with the former one's packets",
        arguments: UInt64(0)..<30
    )
    func newSSRC(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions()
        options.camera = seed % 2 == 0 ? .simulcast : .plain
        options.signalsSSRCs = false
        let alice = try room.join(options)
        let bob = try room.join(.listener())
        bob.downlink.conditions = .lossy
        room.connect(alice, to: bob)
        room.run(for: .milliseconds(1_200))
        let stream = try #require(alice.streams.last)
        // The worst case: the new stream uses the numbers of the old one's last packets.
        room.replace(
            stream,
            of: alice,
            firstNumber: ExtendedSequenceNumber((stream.number.rawValue - 20) % 32_768)
        )
        room.run(for: .milliseconds(1_500))
        let last = try #require(bob.slot("v0").frames.last)
        #expect(
            last.content.frame >= FramePayload.framesOfOneStream,
            "seed \(seed): \(bob.slot("v0").counters)"
        )
        room.finish()
    }
}

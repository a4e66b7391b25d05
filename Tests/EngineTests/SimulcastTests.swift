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
        "a layer of which hardly a frame arrives whole is left for a smaller one, and shown again when it does",
        arguments: UInt64(0)..<20
    )
    func incompleteLayer(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join(ClientOptions(camera: .simulcast, topFramePackets: 4...8))
        let viewers = try (0..<2).map { _ in try room.join(.listener()) }
        for viewer in viewers { room.connect(alice, to: viewer) }
        room.run(for: .milliseconds(3_000))
        let full = try #require(alice.streams.first { $0.rid == "f" })
        let ssrcs = [full.ssrc, full.rtxSSRC].compactMap { $0?.rawValue }
        // Four of five packets, whatever they are sent for.
        var count = 0
        room.losesUpwards = { bytes, client in
            guard client == alice.peer, bytes.count >= 12, ssrcs.contains(bytes.span.uint32(at: 8))
            else { return false }
            count += 1
            return count % 5 != 0
        }
        let began = room.now
        room.run(for: .seconds(5))
        for viewer in viewers {
            let frames = viewer.slot("v0").frames
            #expect(frames.last?.content.layer == 1, "seed \(seed)")
            let times = [began] + frames.map(\.arrival).filter { $0 > began } + [room.now]
            let longest = zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? .zero
            #expect(longest < .milliseconds(1_000), "seed \(seed): \(longest.milliseconds) ms")
            #expect(
                room.statistics(of: viewer).downlinks.first { $0.mid == "v0" }?.decision
                    == "360p because the publisher's 720p does not arrive whole", "seed \(seed)")
        }
        // Nobody is sent it, so nothing of it is asked for again.
        let nacked = full.nacked
        room.run(for: .seconds(1))
        #expect(full.nacked == nacked, "seed \(seed)")

        room.losesUpwards = nil
        room.run(for: .seconds(5))
        for viewer in viewers {
            #expect(viewer.slot("v0").frames.last?.content.layer == 2, "seed \(seed)")
        }
        room.finish()
    }

    @Test(
        "on a path that has become too narrow, nothing is asked for of what takes the room",
        arguments: UInt64(0)..<20
    )
    func narrowPath(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions(camera: .simulcast, layerPayloads: [300, 500, 1_100], topFramePackets: 4...8)
        options.uplink.rate = 3_000_000
        options.targetBitrate = 3_000_000
        let alice = try room.join(options)
        let viewer = try room.join(.listener())
        room.connect(alice, to: viewer)
        room.run(for: .milliseconds(3_000))
        let larger = alice.streams.filter { $0.rid == "h" || $0.rid == "f" }
        let nacked = larger.map(\.nacked)
        let narrowed = room.now
        alice.uplink.conditions.rate = 400_000
        // Browsers find out so soon.
        room.run(for: .milliseconds(600))
        alice.pacer?.target = 350_000
        for stream in larger { stream.isActive = false }
        room.run(for: .seconds(4))
        // From the first gaps on, the path would be full of repairs for seconds.
        for (stream, before) in zip(larger, nacked) {
            #expect(stream.nacked - before <= 30, "seed \(seed)")
            // Where the queue has just room enough, the layer comes whole for a moment, and one is asked for.
            #expect(stream.keyframeRequests.count { $0 >= narrowed } <= 1, "seed \(seed)")
        }
        let frames = viewer.slot("v0").frames
        #expect(frames.last?.content.layer == 0, "seed \(seed)")
        let times = [narrowed] + frames.map(\.arrival).filter { $0 > narrowed } + [room.now]
        let longest = zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? .zero
        #expect(longest < .milliseconds(1_500), "seed \(seed): \(longest.milliseconds) ms")
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

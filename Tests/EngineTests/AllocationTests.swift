import Engine
import RTP
import Testing
import Wire

@Suite("A receiver's link")
struct AllocationTests {
    /// A camera whose layers differ as real ones do: about 30, 150 and 800 kbit/s.
    private static let camera = ClientOptions(microphone: true, camera: .simulcast, layerPayloads: [64, 400, 1_100])

    /// A room with the camera, and who watches it over a path of `rate` and reports arrivals, as browsers do.
    private func watched(seed: UInt64, rate: Double) throws -> (SimulatedRoom, SimulatedClient) {
        let room = try SimulatedRoom(seed: seed)
        let alice = try room.join(Self.camera)
        var options = ClientOptions.listener()
        options.reportsArrivals = true
        options.downlink.rate = rate
        let bob = try room.join(options)
        room.connect(alice, to: bob)
        return (room, bob)
    }

    private func limit(_ client: SimulatedClient, to bitrate: UInt64) {
        let report = ReceiverEstimatedMaximumBitrate(sender: client.controlSSRC, bitrate: bitrate, sources: [])
        client.sendControl { report.write(into: &$0) }
    }

    private func withholdings(of client: SimulatedClient, in room: SimulatedRoom) -> [WithholdingReason?] {
        room.events.compactMap { event in
            guard event.peer == client.peer, case .withholding(_, _, let reason) = event.kind else { return nil }
            return .some(reason)
        }
    }

    private func decision(of client: SimulatedClient, in room: SimulatedRoom) -> String {
        room.statistics(of: client).downlinks.first { $0.mid == "v0" }?.decision ?? ""
    }

    @Test("is found by probes at the start, so that the best layer flows soon", arguments: UInt64(0)..<10)
    func start(seed: UInt64) throws {
        let (room, bob) = try watched(seed: seed, rate: 5_000_000)
        room.run(for: .seconds(4))
        #expect(bob.slot("v0").frames.last?.content.layer == 2, "seed \(seed): \(decision(of: bob, in: room))")
        #expect(bob.slot("v0").counters.undecodable == 0 && bob.slot("v0").counters.broken == 0)
        room.finish()
    }

    @Test("becomes narrow: the layer that fits within two seconds, and the best again within ten", arguments: UInt64(0)..<10)
    func steps(seed: UInt64) throws {
        let (room, bob) = try watched(seed: seed, rate: 3_000_000)
        room.run(for: .seconds(8))
        #expect(bob.slot("v0").frames.last?.content.layer == 2, "seed \(seed): \(decision(of: bob, in: room))")
        bob.downlink.conditions.rate = 350_000
        room.run(for: .seconds(2))
        #expect((bob.slot("v0").frames.last?.content.layer).map { $0 <= 1 } ?? false, "seed \(seed): \(decision(of: bob, in: room))")
        room.run(for: .seconds(8))
        bob.downlink.conditions.rate = 3_000_000
        room.run(for: .seconds(10))
        #expect(bob.slot("v0").frames.last?.content.layer == 2, "seed \(seed): \(decision(of: bob, in: room))")
        room.finish()
    }

    @Test("becomes far too narrow: what does not fit ends with its frame, though what shall follow does not come", arguments: UInt64(0)..<5)
    func lettingGo(seed: UInt64) throws {
        let (room, bob) = try watched(seed: seed, rate: 3_000_000)
        let alice = try #require(room.clients.first)
        room.run(for: .seconds(8))
        #expect(bob.slot("v0").frames.last?.content.layer == 2, "seed \(seed): \(decision(of: bob, in: room))")
        // Alice hears no request for a keyframe.
        alice.downlink.conditions.loss = 1
        bob.downlink.conditions.rate = 300_000
        room.run(for: .milliseconds(1_500))
        let before = bob.slot("v0").counters
        room.run(for: .seconds(1))
        let after = bob.slot("v0").counters
        let news = after.packets - before.packets - (after.retransmissions - before.retransmissions)
        #expect(news == 0, "seed \(seed): the path is left to sound and repairs")
        alice.downlink.conditions.loss = 0
        room.run(for: .seconds(5))
        #expect((bob.slot("v0").frames.last?.content.layer).map { $0 <= 1 } ?? false, "seed \(seed): \(decision(of: bob, in: room))")
        #expect(bob.slot("v0").counters.undecodable == 0, "seed \(seed)")
        room.finish()
    }

    @Test("decides the layer, down at once, up after a while; the other receivers are not touched", arguments: UInt64(0)..<20)
    func layers(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join(Self.camera)
        let (bob, carol) = (try room.join(.listener()), try room.join(.listener()))
        for viewer in [bob, carol] { room.connect(alice, to: viewer) }
        room.run(for: .seconds(3))
        #expect(bob.slot("v0").frames.last?.content.layer == 2, "seed \(seed)")
        #expect(decision(of: bob, in: room) == "720p, the best that is sent")

        limit(bob, to: 400_000)
        room.run(for: .seconds(1))
        #expect(bob.slot("v0").frames.last?.content.layer == 1, "seed \(seed)")
        #expect(decision(of: bob, in: room) == "360p because the estimate is 400 kbit/s", "seed \(seed)")
        #expect(carol.slot("v0").frames.last?.content.layer == 2, "seed \(seed)")

        limit(bob, to: 100_000)
        room.run(for: .seconds(1))
        #expect(bob.slot("v0").frames.last?.content.layer == 0, "seed \(seed)")
        let statistics = room.statistics(of: bob)
        #expect(statistics.allocatedBitrate <= 100_000)
        #expect(statistics.linkEstimate == 100_000)
        #expect((statistics.wantedBitrate ?? 0) > 100_000)

        // It climbs by itself, without anything left undecoded on the way.
        limit(bob, to: 3_000_000)
        room.run(for: .milliseconds(800))
        #expect(bob.slot("v0").frames.last?.content.layer == 0, "seed \(seed)")
        room.run(for: .seconds(3))
        #expect(bob.slot("v0").frames.last?.content.layer == 2, "seed \(seed)")
        #expect(bob.slot("v0").counters.undecodable == 0, "seed \(seed)")
        #expect(bob.slot("v0").counters.broken == 0, "seed \(seed)")
        #expect(withholdings(of: bob, in: room).isEmpty)
        room.finish()
    }

    @Test("is not limited for ever by what the receiver said once")
    func staleLimit() throws {
        let (room, bob) = try watched(seed: 1, rate: 5_000_000)
        room.run(for: .seconds(4))
        limit(bob, to: 100_000)
        room.run(for: .seconds(8))
        #expect(bob.slot("v0").frames.last?.content.layer == 0)
        limit(bob, to: 100_000)
        room.run(for: .seconds(9))
        #expect(bob.slot("v0").frames.last?.content.layer == 0, "renewed, it holds on")
        room.run(for: .seconds(6))
        #expect(bob.slot("v0").frames.last?.content.layer == 2)
        room.finish()
    }

    @Test("that has room for sound only pauses video, says so, and video comes back", arguments: UInt64(0)..<20)
    func soundOnly(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join(Self.camera)
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        room.run(for: .seconds(2))
        limit(bob, to: 20_000)
        room.run(for: .milliseconds(300))
        let (frames, heard) = (bob.slot("v0").frames.count, bob.slot("a0").frames.count)
        #expect(withholdings(of: bob, in: room) == [.bandwidth], "seed \(seed)")
        #expect(decision(of: bob, in: room) == "paused because the estimate is 20 kbit/s", "seed \(seed)")
        room.run(for: .seconds(3))
        #expect(bob.slot("v0").frames.count == frames, "seed \(seed)")
        #expect(bob.slot("a0").frames.count > heard + 145, "seed \(seed)")
        // What flowed ended with a whole frame.
        #expect(bob.slot("v0").counters.broken == 0, "seed \(seed): \(bob.slot("v0").counters)")

        limit(bob, to: 150_000)
        room.run(for: .seconds(4))
        #expect(withholdings(of: bob, in: room) == [.bandwidth, nil], "seed \(seed)")
        #expect(bob.slot("v0").frames.count > frames + 40, "seed \(seed)")
        #expect(bob.slot("v0").counters.undecodable == 0, "seed \(seed)")
        room.finish()
    }

    @Test("is spent on what is seen, by its size; what is hidden or paused takes nothing", arguments: UInt64(0)..<12)
    func wishes(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join(Self.camera)
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        room.run(for: .seconds(2))
        func wish(_ wish: SlotWish, for mid: String = "v0") {
            room.engine(of: bob).setWishes([mid: wish], of: bob.peer, at: room.now)
            room.flush()
        }
        wish(SlotWish(maximumHeight: 400))
        room.run(for: .seconds(1))
        #expect(bob.slot("v0").frames.last?.content.layer == 1, "seed \(seed)")
        #expect(decision(of: bob, in: room) == "360p because the picture is shown at 400 pixels at most")
        wish(SlotWish(maximumHeight: 50))
        room.run(for: .seconds(1))
        #expect(bob.slot("v0").frames.last?.content.layer == 0, "seed \(seed)")

        wish(SlotWish(isVisible: false))
        room.run(for: .milliseconds(300))
        let (frames, heard) = (bob.slot("v0").frames.count, bob.slot("a0").frames.count)
        room.run(for: .seconds(1))
        #expect(bob.slot("v0").frames.count == frames, "seed \(seed)")
        #expect(bob.slot("a0").frames.count > heard + 45, "seed \(seed)")
        wish(SlotWish(isPaused: true), for: "a0")
        room.run(for: .milliseconds(200))
        let silent = bob.slot("a0").frames.count
        room.run(for: .seconds(1))
        #expect(bob.slot("a0").frames.count == silent, "seed \(seed)")

        // What was asked for does not wait, and nothing of this was the server's doing.
        limit(bob, to: 3_000_000)
        wish(SlotWish(standing: .onStage))
        wish(SlotWish(), for: "a0")
        room.run(for: .milliseconds(500))
        #expect(bob.slot("v0").frames.last?.content.layer == 2, "seed \(seed)")
        #expect(bob.slot("a0").frames.count > silent + 20, "seed \(seed)")
        #expect(withholdings(of: bob, in: room).isEmpty)
        #expect(bob.slot("v0").counters.undecodable == 0, "seed \(seed)")
        room.finish()
    }

    @Test("gives the stage more than the others, and a screen more than the stage", arguments: UInt64(0)..<10)
    func standings(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let senders = try (0..<3).map { _ in try room.join(Self.camera) }
        let bob = try room.join(.listener(videoSlots: 3))
        for (pair, sender) in senders.enumerated() {
            #expect(room.assign(room.publication(.video, of: sender), toSlot: "v\(pair)", of: bob) == .assigned)
        }
        room.run(for: .seconds(2))
        let wishes = ["v0": SlotWish(), "v1": SlotWish(standing: .onStage), "v2": SlotWish(content: .screen)]
        room.engine(of: bob).setWishes(wishes, of: bob.peer, at: room.now)
        limit(bob, to: 660_000)
        room.run(for: .seconds(3))
        let layers = (0..<3).map { bob.slot("v\($0)").frames.last?.content.layer }
        #expect(layers[2] == 2, "seed \(seed): \(layers)")
        #expect((layers[0] ?? 2) < 2 && layers[0] ?? 2 <= layers[1] ?? 0, "seed \(seed): \(layers)")
        room.finish()
    }

    @Test("tells publishers which layers nobody would show: up at once, down after five seconds", arguments: UInt64(0)..<12)
    func neededLayers(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join(Self.camera)
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        func needed() -> [[String]] {
            room.events.compactMap { event in
                guard event.peer == alice.peer, case .layersNeeded(_, .encodings(let rids)) = event.kind else {
                    return nil
                }
                return rids
            }
        }
        room.run(for: .seconds(2))
        #expect(needed() == [])
        room.engine(of: bob).setWishes(["v0": SlotWish(maximumHeight: 200)], of: bob.peer, at: room.now)
        room.flush()
        room.run(for: .milliseconds(4_800))
        #expect(needed() == [], "seed \(seed)")
        room.run(for: .milliseconds(400))
        #expect(needed() == [["q"]], "seed \(seed)")
        // The publisher lets them rest, and they are asked for again.
        for stream in alice.streams where stream.rid == "h" || stream.rid == "f" { stream.isActive = false }
        room.run(for: .seconds(1))
        room.engine(of: bob).setWishes(["v0": SlotWish()], of: bob.peer, at: room.now)
        room.flush()
        room.run(for: .milliseconds(20))
        #expect(needed() == [["q"], ["q", "h", "f"]], "seed \(seed)")
        for stream in alice.streams where stream.rid != "q" { (stream.isActive, stream.wantsKeyframe) = (true, true) }
        room.run(for: .seconds(1))
        #expect(bob.slot("v0").frames.last?.content.layer == 2, "seed \(seed)")
        // Nobody is left: not even the smallest is of any use.
        room.assign(nil, toSlot: "v0", of: bob)
        room.run(for: .seconds(6))
        #expect(needed().last == [], "seed \(seed)")
        for stream in alice.streams where stream.rid != nil { stream.isActive = false }
        room.run(for: .seconds(2))
        // Who comes wakes it at once; who comes to a small tile, and says so as browsers do once it has been laid out, wakes
        // no others.
        var before = needed().count
        room.connect(alice, to: bob)
        room.run(for: .milliseconds(20))
        #expect(needed().dropFirst(before) == [["q"]], "seed \(seed): \(needed())")
        for stream in alice.streams where stream.rid == "q" { (stream.isActive, stream.wantsKeyframe) = (true, true) }
        room.run(for: .milliseconds(280))
        let arrival = bob.slot("v0").frames.last?.arrival
        #expect(arrival.map { room.now - $0 < .milliseconds(150) } ?? false, "seed \(seed)")
        before = needed().count
        room.engine(of: bob).setWishes(["v0": SlotWish(maximumHeight: 200)], of: bob.peer, at: room.now)
        room.flush()
        room.run(for: .seconds(3))
        #expect(needed().count == before, "seed \(seed): \(needed())")
        // Who says nothing may show any size.
        room.assign(nil, toSlot: "v0", of: bob)
        room.run(for: .seconds(1))
        room.connect(alice, to: bob)
        room.run(for: .seconds(3))
        #expect(needed().last == ["q", "h", "f"], "seed \(seed): \(needed())")
        // Who hides it is nobody who sees it.
        room.engine(of: bob).setWishes(["v0": SlotWish(isVisible: false)], of: bob.peer, at: room.now)
        room.flush()
        room.run(for: .seconds(6))
        #expect(needed().last == [], "seed \(seed): \(needed())")
        room.finish()
    }

    @Test("lets a publisher of one size rest while nobody sees it", arguments: UInt64(0)..<6)
    func oneSize(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join(ClientOptions(camera: .plain))
        let bob = try room.join(.listener())
        func needed() -> [NeededLayers] {
            room.events.compactMap { event in
                guard event.peer == alice.peer, case .layersNeeded(_, let layers) = event.kind else { return nil }
                return layers
            }
        }
        room.run(for: .seconds(6))
        #expect(needed() == [.spatial(count: 0)], "seed \(seed)")
        for stream in alice.streams where stream.kind == .video { stream.isActive = false }
        room.run(for: .seconds(30))
        room.connect(alice, to: bob)
        room.run(for: .milliseconds(20))
        #expect(needed() == [.spatial(count: 0), .spatial(count: 1)], "seed \(seed)")
        for stream in alice.streams where stream.kind == .video { (stream.isActive, stream.wantsKeyframe) = (true, true) }
        room.run(for: .seconds(1))
        #expect(bob.slot("v0").frames.count > 10, "seed \(seed)")
        #expect(needed().count == 2, "seed \(seed)")
        room.finish()
    }

    /// Its rate is that of the second past: it seemed to cost nothing at first, was sent, and was taken back.
    @Test("knows what a layer that rested takes before it is sent", arguments: UInt64(0)..<8)
    func restedLayer(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join(
            ClientOptions(camera: .simulcast, layerPayloads: [128, 800, 1_100], topFramePackets: 4...8))
        var options = ClientOptions.listener()
        options.microphone = true
        options.reportsArrivals = true
        options.downlink.rate = 600_000
        let bob = try room.join(options)
        room.connect(alice, to: bob)
        room.run(for: .seconds(10))
        #expect(bob.slot("v0").frames.last?.content.layer == 1, "seed \(seed)")
        for stream in alice.streams where stream.rid == "f" { stream.isActive = false }
        room.engine(of: bob).setWishes(["v0": SlotWish(maximumHeight: 400)], of: bob.peer, at: room.now)
        room.flush()
        room.run(for: .seconds(10))
        let mark = room.now
        for stream in alice.streams where stream.rid == "f" { (stream.isActive, stream.wantsKeyframe) = (true, true) }
        room.engine(of: bob).setWishes(["v0": SlotWish()], of: bob.peer, at: room.now)
        room.flush()
        room.run(for: .seconds(5))
        let layers = Set(bob.slot("v0").frames.filter { $0.arrival > mark }.map(\.content.layer))
        #expect(layers == [1], "seed \(seed): \(layers)")
        room.finish()
    }
}

@Suite("Temporal layers")
struct TemporalLayerTests {
    @Test("are left out and taken up again, and the stream looks as if nobody had touched it", arguments: UInt64(0)..<30)
    func leftOut(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions(camera: .plain, layerPayloads: [600], temporalLayers: 3)
        if seed % 3 == 2 { options.uplink = .lossy }
        let alice = try room.join(options)
        var viewer = ClientOptions.listener()
        if seed % 5 == 4 { viewer.downlink = .lossy }
        let bob = try room.join(viewer)
        room.connect(alice, to: bob)
        room.run(for: .seconds(2))
        let video = bob.slot("v0")
        func layers(since time: Timestamp) -> Set<UInt8> { Set(video.frames.filter { $0.arrival > time }.map(\.temporalID)) }
        #expect(layers(since: .zero) == [0, 1, 2], "seed \(seed)")

        // About 150 kbit/s in all; half of the frames are in T2.
        let keyframes = alice.streams.last?.keyframes
        limit(bob, to: 110_000)
        room.run(for: .milliseconds(400))
        var mark = room.now
        var decisions: Set<String> = []
        for _ in 0..<4 {
            room.run(for: .milliseconds(500))
            decisions.insert(room.statistics(of: bob).downlinks.first { $0.mid == "v0" }?.decision ?? "")
        }
        #expect(layers(since: mark).isSubset(of: [0, 1]) && layers(since: mark).contains(0), "seed \(seed)")
        let isClean = seed % 3 != 2 && seed % 5 != 4
        if isClean {
            // Encoders vary: for a moment there may seem to be room.
            #expect(decisions.contains("180p with fewer frames because the estimate is 110 kbit/s"), "seed \(seed): \(decisions)")
            #expect(decisions.allSatisfy { $0.hasPrefix("180p with fewer frames ") }, "seed \(seed): \(decisions)")
        }

        limit(bob, to: 1_000_000)
        room.run(for: .seconds(3))
        mark = room.now
        room.run(for: .seconds(1))
        #expect(layers(since: mark) == [0, 1, 2], "seed \(seed)")
        if isClean {
            #expect(video.counters.undecodable == 0 && video.counters.abandoned == 0, "seed \(seed): \(video.counters)")
            #expect(alice.streams.last?.keyframes == keyframes, "seed \(seed): no keyframe is needed for that")
        }
        room.finish()
    }

    @Test("of simulcast give a step between two sizes", arguments: UInt64(0)..<12)
    func simulcast(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let options = ClientOptions(camera: .simulcast, layerPayloads: [64, 400, 1_100], temporalLayers: 3)
        let alice = try room.join(options)
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        room.run(for: .seconds(2))
        // Too little for all of the largest (450 kbit/s), enough for the half of it.
        limit(bob, to: 400_000)
        room.run(for: .seconds(2))
        let mark = room.now
        room.run(for: .seconds(1))
        let frames = bob.slot("v0").frames.filter { $0.arrival > mark }
        #expect(Set(frames.map(\.content.layer)) == [2] && Set(frames.map(\.temporalID)) == [0, 1], "seed \(seed)")
        #expect(bob.slot("v0").counters.undecodable == 0, "seed \(seed)")
        room.finish()
    }

    private func limit(_ client: SimulatedClient, to bitrate: UInt64) {
        let report = ReceiverEstimatedMaximumBitrate(sender: client.controlSSRC, bitrate: bitrate, sources: [])
        client.sendControl { report.write(into: &$0) }
    }
}

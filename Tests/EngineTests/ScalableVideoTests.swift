import Engine
import RTP
import Testing
import Wire

@Suite("Layers within one stream")
struct ScalableVideoTests {
    @Test("are chosen by the dependency descriptor, and each picture looks whole", arguments: UInt64(0)..<20)
    func layers(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions(layerPayloads: [700])
        options.videoCodecs = [.av1]
        let alice = try room.join(options)
        var viewer = ClientOptions.listener()
        viewer.videoCodecs = [.av1]
        let bob = try room.join(viewer)
        room.connect(alice, to: bob)
        let video = bob.slot("v0")
        func since(_ time: Timestamp) -> [ReceivedSlot.Frame] { video.frames.filter { $0.arrival > time } }
        func areWhole(_ frames: [ReceivedSlot.Frame]) -> Bool { frames.allSatisfy { $0.marker } }

        room.run(for: .seconds(2))
        var mark = room.now
        room.run(for: .seconds(1))
        // Of a stream with key dependencies the upper layer stands alone after the keyframe.
        #expect(Set(since(mark).compactMap(\.spatialID)) == [1], "seed \(seed)")
        #expect(since(mark).count >= 18 && areWhole(since(mark)), "seed \(seed)")

        // Two frames of the same size in each picture, about 170 kbit/s each.
        let keyframes = alice.streams.last?.keyframes ?? 0
        limit(bob, to: 150_000)
        room.run(for: .seconds(2))
        mark = room.now
        room.run(for: .seconds(1))
        #expect(Set(since(mark).compactMap(\.temporalLayer)).isSubset(of: [0]), "seed \(seed)")
        #expect(areWhole(since(mark)), "seed \(seed)")

        let wish = ["v0": SlotWish(maximumHeight: 200)]
        limit(bob, to: 3_000_000)
        room.engine(of: bob).setWishes(wish, of: bob.peer, at: room.now)
        room.flush()
        room.run(for: .seconds(2))
        mark = room.now
        room.run(for: .seconds(1))
        #expect(Set(since(mark).compactMap(\.spatialID)) == [0], "seed \(seed)")
        #expect(Set(since(mark).compactMap(\.temporalLayer)) == [0, 1], "seed \(seed)")
        // The lower layer's frames are the last of their pictures now.
        #expect(areWhole(since(mark)), "seed \(seed)")
        #expect((alice.streams.last?.keyframes ?? 0) > keyframes, "seed \(seed)")
        #expect(video.activeTargets == 0b0011, "seed \(seed): \(video.activeTargets ?? 0)")
        let decision = room.statistics(of: bob).downlinks.first { $0.mid == "v0" }?.decision
        #expect(decision == "180p because the picture is shown at 200 pixels at most", "seed \(seed)")
        #expect(video.counters.undecodable == 0 && video.counters.broken == 0, "seed \(seed): \(video.counters)")
        room.finish()
    }

    private func limit(_ client: SimulatedClient, to bitrate: UInt64) {
        let report = ReceiverEstimatedMaximumBitrate(sender: client.controlSSRC, bitrate: bitrate, sources: [])
        client.sendControl { report.write(into: &$0) }
    }
}

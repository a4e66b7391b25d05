import Engine
import RTP
import Testing
import Wire

@Suite("Layers within one stream")
struct ScalableVideoTests {
    /// What a stream is made of and described by.
    struct Stream: Sendable, CustomTestStringConvertible {
        var codec: MediaCodec
        var mode: LayeredEncoder.Mode
        /// Whether it has dependency descriptors; VP9 has its own otherwise.
        var hasDescriptor = true

        var testDescription: String {
            "\(codec.encodingName) \(mode.rawValue)" + (hasDescriptor ? "" : " by its payload")
        }
        var isKeyDependent: Bool { mode == .l2t2Key || mode == .l3t3Key }
        var encoder: LayeredEncoder { LayeredEncoder(mode) }
        var topSpatialID: UInt8 { UInt8(encoder.spatialLayers - 1) }
        var topTemporalID: UInt8 { UInt8(encoder.temporalLayers - 1) }
        /// The layers of the frames that a receiver of so much is sent, after the keyframe.
        func spatialIDs(upTo spatial: UInt8) -> Set<UInt8> { isKeyDependent ? [spatial] : Set(0...spatial) }

        static let all =
            LayeredEncoder.Mode.allCases.map { Stream(codec: .av1, mode: $0) }
            + LayeredEncoder.Mode.allCases.map { Stream(codec: .vp9, mode: $0) }
            + LayeredEncoder.Mode.allCases.map { Stream(codec: .vp9, mode: $0, hasDescriptor: false) }
            // Nothing here is an H.264 payload: it might as well be encrypted from end to end.
            + [Stream(codec: .h264, mode: .l1t3), Stream(codec: .h264, mode: .l3t3)]
    }

    /// A publisher of a stream and one who watches it.
    private struct Call {
        let room: SimulatedRoom
        let alice: SimulatedClient
        let bob: SimulatedClient
        let stream: Stream
        var video: ReceivedSlot { bob.slot("v0") }
        var camera: SimulatedStream? { alice.streams.last }

        init(_ stream: Stream, seed: UInt64, workers: Int, _ change: (inout ClientOptions) -> Void = { _ in }) throws {
            self.stream = stream
            room = try SimulatedRoom(seed: seed, workers: workers)
            var options = ClientOptions(layerPayloads: [700, 700, 700])
            options.videoCodecs = [stream.codec]
            options.scalabilityMode = stream.mode
            options.hasDependencyDescriptor = stream.hasDescriptor
            change(&options)
            alice = try room.join(options)
            var viewer = ClientOptions.listener()
            viewer.videoCodecs = [stream.codec]
            viewer.hasDependencyDescriptor = stream.hasDescriptor
            viewer.downlink = options.downlink
            viewer.reportsArrivals = options.downlink.rate != nil
            viewer.microphone = viewer.reportsArrivals
            bob = try room.join(viewer)
            room.connect(alice, to: bob)
        }

        func limit(to bitrate: UInt64) {
            let report = ReceiverEstimatedMaximumBitrate(sender: bob.controlSSRC, bitrate: bitrate, sources: [])
            bob.sendControl { report.write(into: &$0) }
        }

        func wish(height: Int?) {
            room.engine(of: bob).setWishes(["v0": SlotWish(maximumHeight: height)], of: bob.peer, at: room.now)
            room.flush()
        }

        /// Lets things settle, and gives the frames of a second after that.
        func frames(after settling: Interval = .seconds(2)) -> [ReceivedSlot.Frame] {
            room.run(for: settling)
            let mark = room.now
            room.run(for: .seconds(1))
            return video.frames.filter { $0.arrival > mark }
        }

        /// Whether each picture's last frame has the marker, and no other.
        func areMarked(_ frames: [ReceivedSlot.Frame]) -> Bool {
            zip(frames, frames.dropFirst()).allSatisfy { $0.marker == ($0.timestamp != $1.timestamp) }
        }

        var decision: String? { room.statistics(of: bob).downlinks.first { $0.mid == "v0" }?.decision }
    }

    @Test("are chosen by size and by link, and each picture looks whole", arguments: Stream.all, [UInt64(0), 1, 2, 3])
    func layers(stream: Stream, seed: UInt64) throws {
        let call = try Call(stream, seed: seed, workers: 1 + Int(seed % 2))
        let (top, fastest) = (stream.topSpatialID, stream.topTemporalID)
        var frames = call.frames()
        #expect(Set(frames.compactMap(\.spatialID)) == stream.spatialIDs(upTo: top))
        #expect(Set(frames.compactMap(\.temporalLayer)) == Set(0...fastest))
        #expect(Set(frames.map(\.timestamp)).count >= 18 && call.areMarked(frames))

        let choices = try #require(call.room.statistics(of: call.alice).uplinks.last?.layers.first).choices
        #expect(choices.count == Int(top + 1) * Int(fastest + 1))
        #expect(choices.map(\.height) == choices.map { 180 << Int($0.spatialLayer) })
        #expect(zip(choices, choices.dropFirst()).allSatisfy { $0.bitrate < $1.bitrate || $1.temporalLayer == 0 })

        // Smaller, one layer after the other, and all the way back.
        for spatialID in (0...top).reversed() + [top] {
            let height = 180 << Int(spatialID)
            call.wish(height: height + 20)
            frames = call.frames()
            #expect(Set(frames.compactMap(\.spatialID)) == stream.spatialIDs(upTo: spatialID))
            #expect(Set(frames.compactMap(\.temporalLayer)) == Set(0...fastest))
            #expect(Set(frames.map(\.timestamp)).count >= 18 && call.areMarked(frames))
            if spatialID < top {
                let reason = "\(height)p because the picture is shown at \(height + 20) pixels at most"
                #expect(call.decision == reason)
            }
        }

        // Fewer frames where the smallest picture does not fit, and all of them again.
        call.wish(height: 200)
        _ = call.frames(after: .seconds(1))
        call.limit(to: 150_000)
        frames = call.frames()
        #expect(Set(frames.compactMap(\.temporalLayer)).isSubset(of: 0..<fastest))
        #expect(call.areMarked(frames) && !frames.isEmpty)
        call.limit(to: 3_000_000)
        frames = call.frames(after: .seconds(4))
        #expect(Set(frames.compactMap(\.temporalLayer)) == Set(0...fastest))

        #expect(call.video.counters.undecodable == 0 && call.video.counters.broken == 0)
        call.room.finish()
    }

    @Test("of a smaller picture need a keyframe only where they were not sent all along", arguments: Stream.all)
    func keyframes(stream: Stream) throws {
        let call = try Call(stream, seed: 7, workers: 1)
        call.room.run(for: .seconds(3))
        let before = try #require(call.camera).keyframes
        call.wish(height: 200)
        call.room.run(for: .seconds(2))
        let after = try #require(call.camera).keyframes
        #expect(after - before == (stream.isKeyDependent ? 1 : 0))
        call.room.finish()
    }

    @Test("of a lossy path stay decodable while they change", arguments: Stream.all, UInt64(0)..<4)
    func loss(stream: Stream, seed: UInt64) throws {
        let call = try Call(stream, seed: seed, workers: 1 + Int(seed % 2)) { options in
            options.uplink = NetworkConditions(
                jitter: .milliseconds(4), duplication: 0.01, reordering: 0.05, reorderingDelay: .milliseconds(20))
            options.uplink.loss = 0.02
            options.downlink = options.uplink
        }
        for (spatialID, bitrate) in [(2, 5_000_000), (0, 5_000_000), (1, 150_000), (2, 3_000_000), (1, 5_000_000)] {
            call.wish(height: 200 << spatialID)
            call.limit(to: UInt64(bitrate))
            call.room.run(for: .seconds(2))
        }
        // Nobody complained of numbers and references; and pictures came, of 170 that there are room for.
        #expect(Set(call.video.frames.map(\.timestamp)).count > 110, "\(call.video.counters)")
        call.room.finish()
    }

    @Test("of one publisher follow those of another on the same slot", arguments: Stream.all)
    func change(stream: Stream) throws {
        let call = try Call(stream, seed: 11, workers: 1)
        var other = ClientOptions(layerPayloads: [700, 700, 700])
        other.videoCodecs = [stream.codec]
        other.scalabilityMode = .l1t3
        other.hasDependencyDescriptor = stream.hasDescriptor
        let carol = try call.room.join(other)
        for publisher in [carol, call.alice, carol] {
            call.room.run(for: .milliseconds(900))
            #expect(
                call.room.assign(call.room.publication(.video, of: publisher), toSlot: "v0", of: call.bob) == .assigned)
            call.room.run(for: .milliseconds(900))
            let source = UInt32(call.room.publication(.video, of: publisher).rawValue)
            #expect(call.video.frames.last?.content.source == source)
        }
        call.room.finish()
    }

    @Test("stand beside simulcast: each size of its own stream, its frames by temporal layer", arguments: UInt64(0)..<4)
    func simulcast(seed: UInt64) throws {
        let stream = Stream(codec: seed < 2 ? .av1 : .vp9, mode: .l1t3, hasDescriptor: seed != 3)
        let call = try Call(stream, seed: seed, workers: 1 + Int(seed % 2)) { options in
            options.camera = .simulcast
            options.layerPayloads = [200, 400, 700]
        }
        for (height, layer) in [(nil, 2), (200, 0), (400, 1), (nil, 2)] as [(Int?, UInt8)] {
            call.wish(height: height)
            let frames = call.frames()
            #expect(Set(frames.map(\.content.layer)) == [layer])
            #expect(Set(frames.compactMap(\.temporalLayer)) == [0, 1, 2])
            #expect(frames.allSatisfy { $0.marker })
        }
        #expect(call.video.counters.undecodable == 0 && call.video.counters.broken == 0)
        call.room.finish()
    }

    @Test("of AV1 are too much for who knows no dependency descriptor: it gets one frame a picture, and a reason")
    func withoutDescriptor() throws {
        let call = try Call(Stream(codec: .av1, mode: .l3t3Key), seed: 5, workers: 1) { _ in }
        var viewer = ClientOptions.listener()
        viewer.videoCodecs = [.av1]
        viewer.hasDependencyDescriptor = false
        let carol = try call.room.join(viewer)
        call.room.connect(call.alice, to: carol)
        call.room.run(for: .seconds(3))
        let mark = call.room.now
        call.room.run(for: .seconds(1))
        let frames = carol.slot("v0").frames.filter { $0.arrival > mark }
        #expect(frames.count >= 18 && frames.count == Set(frames.map(\.timestamp)).count)
        #expect(frames.allSatisfy { $0.marker })
        let decision = call.room.statistics(of: carol).downlinks.first { $0.mid == "v0" }?.decision
        #expect(decision == "180p because the receiver knows no dependency descriptors")
        call.room.finish()
    }

    @Test(
        "that nobody would show are told to the publisher, who may leave them out until somebody would",
        arguments: Stream.all.filter { $0.mode == .l3t3Key || $0.mode == .l3t3 && $0.codec == .vp9 }, [UInt64(0), 1])
    func neededLayers(stream: Stream, seed: UInt64) throws {
        let call = try Call(stream, seed: seed, workers: 1 + Int(seed))
        let camera = try #require(call.camera)
        func needed() -> [NeededLayers] {
            call.room.events.compactMap { event in
                guard event.peer == call.alice.peer, case .layersNeeded(_, let layers) = event.kind else { return nil }
                return layers
            }
        }
        func send(_ mode: LayeredEncoder.Mode, height: Int = 180) {
            camera.shape.encoder = LayeredEncoder(mode, height: height)
            camera.wantsKeyframe = true
        }
        call.room.run(for: .seconds(3))
        #expect(needed() == [])
        call.wish(height: 400)
        call.room.run(for: .milliseconds(4_800))
        #expect(needed() == [])
        call.room.run(for: .milliseconds(400))
        #expect(needed() == [.spatial(count: 2)])
        call.wish(height: 200)
        call.room.run(for: .seconds(6))
        #expect(needed().dropFirst() == [.spatial(count: 1)])

        // The publisher leaves them out; what it could send is still known.
        send(.l1t3)
        call.room.run(for: .seconds(7))
        #expect(needed().count == 2)
        #expect(Set(call.frames().compactMap(\.spatialID)) == [0])
        call.wish(height: 400)
        call.room.run(for: .milliseconds(100))
        #expect(needed().dropFirst(2) == [.spatial(count: 2)])
        call.wish(height: 200)
        call.room.run(for: .seconds(6))
        #expect(needed().dropFirst(3) == [.spatial(count: 1)])
        // Also by a receiver that comes only now, on whose worker nobody has ever seen them.
        call.room.assign(nil, toSlot: "v0", of: call.bob)
        call.room.run(for: .seconds(1))
        #expect(
            call.room.assign(call.room.publication(.video, of: call.alice), toSlot: "v0", of: call.bob) == .assigned)
        // Who says soon that it shows a small picture wakes nobody.
        call.room.run(for: .milliseconds(900))
        #expect(needed().dropFirst(4) == [])
        call.room.run(for: .milliseconds(1_200))
        #expect(needed().dropFirst(4) == [.spatial(count: 3)])
        send(stream.mode)
        let frames = call.frames()
        #expect(Set(frames.compactMap(\.spatialID)) == stream.spatialIDs(upTo: 2))
        #expect(Set(frames.map(\.timestamp)).count >= 18)

        // Those that are left out are as much smaller as the one that is sent.
        send(.l1t3, height: 90)
        call.room.run(for: .seconds(1))
        call.wish(height: 200)
        call.room.run(for: .seconds(7))
        #expect(needed().dropFirst(5) == [.spatial(count: 2)])
        #expect(call.video.counters.undecodable == 0 && call.video.counters.broken == 0)
        call.room.finish()
    }

    @Test(
        "that no longer fit are left within two seconds, and come back when they do",
        arguments: Stream.all.filter { $0.codec != .h264 && ($0.mode == .l3t3Key || $0.mode == .l3t3) }, UInt64(0)..<4)
    func narrowing(stream: Stream, seed: UInt64) throws {
        let call = try Call(stream, seed: seed, workers: 1) { $0.downlink.rate = 3_000_000 }
        let camera = try #require(call.camera)
        camera.shape.framePackets = 4...8
        camera.shape.spatialPayloads = [64, 300, 1_100]
        call.room.run(for: .seconds(10))
        let top = call.frames().compactMap(\.spatialID).max()
        #expect(top == 2)
        call.bob.downlink.conditions.rate = 450_000
        let narrowed = call.room.now
        call.room.run(for: .seconds(8))
        let frames = call.video.frames.filter { $0.arrival > narrowed }
        let late = frames.filter { $0.content.capture > (narrowed + .seconds(2)).nanoseconds }
        #expect(late.count > 60 && late.allSatisfy { $0.spatialID ?? 2 < 2 }, "seed \(seed)")
        let gaps = zip(frames, frames.dropFirst()).map { $1.arrival - $0.arrival }
        #expect(gaps.max() ?? .seconds(9) < .seconds(1), "seed \(seed)")
        call.bob.downlink.conditions.rate = 3_000_000
        let widened = call.room.now
        call.room.run(for: .seconds(10))
        #expect(call.video.frames.contains { $0.arrival > widened && $0.spatialID == 2 }, "seed \(seed)")
        #expect(call.video.counters.undecodable == 0, "seed \(seed)")
        call.room.finish()
    }

    @Test("say which decode targets are left")
    func activeTargets() throws {
        let call = try Call(Stream(codec: .av1, mode: .l3t3Key), seed: 3, workers: 1)
        call.room.run(for: .seconds(2))
        call.wish(height: 400)
        call.room.run(for: .seconds(2))
        #expect(call.video.activeTargets == 0b000_111_111)
        call.room.finish()
    }
}

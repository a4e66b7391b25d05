import Engine
import RTP
import Testing
import Wire

@Suite("A publisher that begins counting anew on the same SSRC")
struct RestartedNumbersTests {
    /// What its pictures are numbered by.
    enum Numbering: CaseIterable {
        case vp8, vp8Layers, vp9, dependencyDescriptor

        func apply(to options: inout ClientOptions) {
            options.camera = .plain
            switch self {
            case .vp8: options.videoCodecs = [.vp8]
            case .vp8Layers:
                options.videoCodecs = [.vp8]
                options.temporalLayers = 3
            case .vp9:
                options.videoCodecs = [.vp9]
                options.scalabilityMode = .l3t3
                options.hasDependencyDescriptor = false
            case .dependencyDescriptor:
                options.videoCodecs = [.av1]
                options.scalabilityMode = .l3t3
                options.hasDependencyDescriptor = true
            }
        }
    }

    @Test("is followed at its keyframe", arguments: Numbering.allCases, UInt64(0)..<10)
    func restart(numbering: Numbering, seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions(layerPayloads: [700, 700, 700])
        numbering.apply(to: &options)
        // The keyframe's own packets come in any order, and some only when they are asked for.
        if seed >= 5 { options.uplink = NetworkConditions(loss: 0.02, reordering: 0.2) }
        let alice = try room.join(options)
        var viewer = ClientOptions.listener()
        viewer.videoCodecs = options.videoCodecs
        viewer.hasDependencyDescriptor = options.hasDependencyDescriptor
        let bob = try room.join(viewer)
        room.connect(alice, to: bob)
        let camera = try #require(alice.streams.last)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<4 {
            room.run(for: .milliseconds(1_500))
            let (mark, keyframes) = (room.now, camera.keyframes)
            camera.restartNumbers(using: &generator)
            room.run(for: .milliseconds(1_500))
            let frames = bob.slot("v0").frames.filter { $0.arrival > mark }
            // 20 pictures a second.
            #expect(Set(frames.map(\.timestamp)).count >= 24, "seed \(seed): \(bob.slot("v0").counters)")
            #expect(camera.keyframes <= keyframes + (seed < 5 ? 1 : 2), "seed \(seed)")
        }
        room.finish()
    }
}

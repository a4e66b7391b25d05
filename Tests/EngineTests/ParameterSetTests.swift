import Engine
import RTP
import Testing
import Wire

@Suite("H.264 parameter sets")
struct ParameterSetTests {
    @Test("lost on the publisher's way: the picture behind them waits until they come, and is then shown whole")
    func late() throws {
        let room = try SimulatedRoom(seed: 3)
        var options = ClientOptions()
        options.videoCodecs = [.h264]
        let alice = try room.join(options)
        var viewer = ClientOptions.listener()
        viewer.videoCodecs = [.h264]
        let bob = try room.join(viewer)
        room.connect(alice, to: bob)
        room.run(for: .milliseconds(600))
        let camera = try #require(alice.streams.last)

        // Carol waits for a keyframe. The one that is made now is held back, and nothing else comes either.
        let carol = try room.join(viewer)
        alice.uplink.conditions.loss = 1
        room.connect(alice, to: carol)
        camera.wantsKeyframe = true
        let keyframe = try #require(room.holdFrames(of: camera, from: alice, for: .milliseconds(100)).first)
        try #require(keyframe.count > 3)

        for packet in keyframe.dropFirst() { room.deliver([packet], from: alice) { _ in } }
        #expect(carol.slot("v0").counters.packets == 0)
        room.deliver([keyframe[0]], from: alice) { _ in }
        room.run(for: .milliseconds(100))
        #expect(carol.slot("v0").frames.count == 1)
        #expect(carol.slot("v0").frames.first?.content.isKeyframe == true)
        alice.uplink.conditions.loss = 0
        room.run(for: .seconds(1))
        room.finish()
    }
}

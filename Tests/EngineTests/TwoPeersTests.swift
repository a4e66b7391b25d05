import RTP
import Testing
import Wire

@Suite("Two peers")
struct TwoPeersTests {
    @Test("over a clean network, every frame arrives once, in order and whole", arguments: UInt64(0)..<20)
    func clean(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join()
        let bob = try room.join()
        room.connect(alice, to: bob)
        room.connect(bob, to: alice)
        room.run(for: .seconds(2))
        for client in [alice, bob] {
            let video = client.slot("v0")
            let audio = client.slot("a0")
            #expect(video.frames.count > 30)
            #expect(audio.frames.count > 85)
            #expect(video.frames.first?.content.isKeyframe == true)
            for slot in [video, audio] {
                var expected = ReceivedSlot.Counters()
                expected.packets = slot.counters.packets
                #expect(slot.counters == expected, "seed \(seed)")
            }
        }
        room.finish()
    }
}

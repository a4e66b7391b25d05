import RTP
import Testing
import Wire
@Test(arguments: [UInt64(1), 4]) func debugLoss(seed: UInt64) throws {
    let room = try SimulatedRoom(seed: seed)
        var options = ClientOptions(uplink: .lossy, downlink: .lossy)
        options.camera = seed % 2 == 0 ? .plain : .simulcast
        options.signalsSSRCs = seed % 3 != 0
    let alice = try room.join(options)
    let bob = try room.join(options)
    room.connect(alice, to: bob)
    room.connect(bob, to: alice)
    for _ in 0..<4 {
    room.run(for: .milliseconds(1000))
        print("DEBUG", seed, alice.slot("v0").counters, alice.slot("v0").frames.count, bob.streams.map { ($0.keyframes, $0.retransmitted, $0.nacked, $0.keyframeRequests.count) })
        print("DEBUG", seed, room.statistics(of: alice).drops, room.statistics(of: bob).drops, room.statistics(of: bob).uplinks, room.statistics(of: alice).downlinks)
    }
}

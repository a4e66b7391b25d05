import RTP
import Testing
import Wire
@Test func debugLoss() throws {
    let room = try SimulatedRoom(seed: 3)
    let options = ClientOptions(uplink: .lossy, downlink: .lossy)
    let alice = try room.join(options)
    let bob = try room.join(options)
    room.connect(alice, to: bob)
    for _ in 0..<8 {
    room.run(for: .milliseconds(500))
        print("DEBUG", bob.slot("v0").counters, bob.slot("v0").frames.count, alice.streams.map { ($0.keyframes, $0.retransmitted, $0.nacked, $0.keyframeRequests.count) })
        print("DEBUG", room.statistics(of: bob).drops, room.statistics(of: alice).drops, room.statistics(of: alice).uplinks, room.statistics(of: bob).downlinks)
    }
}
@Test func debugSlow() throws {
        let room = try SimulatedRoom(seed: 3)
        let alice = try room.join()
        room.run(for: .milliseconds(700))
        let bob = try room.join(.listener(), hasKeys: false)
        room.connect(alice, to: bob)
        room.run(for: .milliseconds(Int64(300)))
        print("DEBUG", room.statistics(of: bob))
        room.giveKeys(to: bob)
        room.run(for: .milliseconds(900))
        print("DEBUG", room.statistics(of: bob))
        print("DEBUG", bob.slot("v0").counters)
}

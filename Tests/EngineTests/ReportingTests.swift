import RTP
import Testing
import Wire

@Suite("Reports and feedback")
struct ReportingTests {
    @Test("transport-wide feedback comes every 50 to 100 ms and misses nothing", arguments: UInt64(0)..<10)
    func transportFeedback(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions()
        options.camera = seed % 2 == 0 ? .plain : .simulcast
        let alice = try room.join(options)
        room.run(for: .seconds(2))
        let times = alice.feedbackTimes
        #expect(times.count >= 18, "seed \(seed): \(times.count)")
        for (earlier, later) in zip(times, times.dropFirst()) {
            let distance = later - earlier
            #expect(
                distance >= .milliseconds(50) && distance <= .milliseconds(100),
                "seed \(seed): \(distance.milliseconds) ms"
            )
        }
        // All but what is on its way or waits for the next report.
        #expect(alice.acknowledged.count > alice.transportNumbersSent - 40, "seed \(seed)")
        #expect(alice.maximumBitrates.isEmpty)
        room.finish()
    }

    @Test("a publisher without transport-wide feedback is given a ceiling that rises")
    func ceiling() throws {
        let room = try SimulatedRoom(seed: 1)
        var options = ClientOptions()
        options.hasTransportFeedback = false
        let alice = try room.join(options)
        room.run(for: .seconds(4))
        #expect(alice.maximumBitrates.count >= 3)
        #expect(alice.maximumBitrates == alice.maximumBitrates.sorted())
        #expect((alice.maximumBitrates.last ?? 0) > (alice.maximumBitrates.first ?? 0))
        #expect(alice.feedbackTimes.isEmpty)
        room.finish()
    }

    @Test("the round trip is the network's")
    func roundTrip() throws {
        let room = try SimulatedRoom(seed: 2)
        let alice = try room.join()
        let bob = try room.join(.listener())
        bob.downlink.conditions.delay = .milliseconds(55)
        room.connect(alice, to: bob)
        room.run(for: .seconds(3))
        let measured = try #require(room.statistics(of: bob).roundTripMilliseconds)
        #expect(abs(measured - 75) < 2)
        room.finish()
    }

    @Test("figures tell what was sent and received", arguments: UInt64(0)..<5)
    func figures(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join()
        let bob = try room.join()
        room.connect(alice, to: bob)
        room.run(for: .seconds(2))
        let uplink = room.statistics(of: alice).uplinks
        let downlink = room.statistics(of: bob).downlinks
        #expect(uplink.map(\.codec) == ["opus", "VP8"])
        for stream in alice.streams {
            let layer = try #require(uplink.flatMap(\.layers).first { $0.ssrc == stream.ssrc.rawValue })
            #expect(layer.isForwarded)
            #expect(layer.lost == 0)
            // At most 20 ms of media are on their way.
            #expect(layer.packets <= UInt64(stream.packets) && layer.packets + 15 >= UInt64(stream.packets))
            #expect(layer.keyframes == UInt64(stream.keyframes))
        }
        #expect(downlink.count == 2)
        #expect(downlink.allSatisfy { $0.packets > 0 && $0.bitrate > 0 && $0.retransmitted == 0 })
        #expect(room.statistics(of: alice).drops.keys.allSatisfy { $0 == "no_subscriber" })
        room.finish()
    }
}

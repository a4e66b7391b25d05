import Engine
import RTP
import Testing
import Wire

@Suite("What a receiver's path carries")
struct BandwidthTests {
    /// A publisher with layers of some 30, 150 and 550 kbit/s, and who watches it over a narrow path. What is probed for is what
    /// the best layer takes.
    private func room(
        seed: UInt64, rate: Double?, hasRTX: Bool = true
    ) throws -> (SimulatedRoom, SimulatedClient) {
        let room = try SimulatedRoom(seed: seed)
        let publisher = ClientOptions(microphone: true, camera: .simulcast, layerPayloads: [64, 400, 1_100])
        var options = ClientOptions.listener()
        options.reportsArrivals = true
        options.hasRTX = hasRTX
        options.downlink.rate = rate
        let alice = try room.join(publisher)
        let bob = try room.join(options)
        room.connect(alice, to: bob)
        return (room, bob)
    }

    @Test("behind a link of 450 kbit/s the estimate is in range", arguments: UInt64(0)..<5)
    func narrowPath(seed: UInt64) throws {
        let (room, bob) = try room(seed: seed, rate: 450_000)
        room.run(for: .seconds(15))
        let path = try #require(room.statistics(of: bob).path)
        #expect(path.estimate > 340_000 && path.estimate < 475_000, "seed \(seed): \(path)")
        #expect(path.queueingMilliseconds < 100, "seed \(seed): \(path)")
        #expect(path.probes > 0 && path.paddingPackets > 0)
        #expect(bob.paddingReceived > 0)
        let delay = try #require(path.feedbackMilliseconds)
        // The network's round trip, and what feedback waits for.
        #expect(delay > 40 && delay < 150, "seed \(seed): \(path)")
        room.finish()
    }

    @Test("a wide path is found by probes, and then left alone", arguments: UInt64(0)..<5)
    func widePath(seed: UInt64) throws {
        let (room, bob) = try room(seed: seed, rate: 20_000_000)
        room.run(for: .seconds(6))
        let found = try #require(room.statistics(of: bob).path)
        #expect(found.estimate > 1_500_000, "seed \(seed): \(found)")
        room.run(for: .seconds(10))
        let later = try #require(room.statistics(of: bob).path)
        #expect(later.paddingPackets == found.paddingPackets, "seed \(seed): \(later)")
        #expect(later.estimate > 1_500_000, "seed \(seed): \(later)")
        room.finish()
    }

    @Test("a path that becomes narrow is noticed within two seconds", arguments: UInt64(0)..<5)
    func step(seed: UInt64) throws {
        let (room, bob) = try room(seed: seed, rate: 3_000_000)
        room.run(for: .seconds(10))
        bob.downlink.conditions.rate = 150_000
        room.run(for: .seconds(2))
        let path = try #require(room.statistics(of: bob).path)
        #expect(path.estimate < 400_000, "seed \(seed): \(path)")
        room.finish()
    }

    @Test("a server that sends late does not take that for a queue", arguments: [false, true])
    func lateServer(isTold: Bool) throws {
        let (room, bob) = try room(seed: 1, rate: nil)
        room.run(for: .seconds(8))
        let before = try #require(room.statistics(of: bob).path).estimate
        #expect(before > 700_000)
        // A little later each time, for a second.
        for step in 0..<50 {
            room.sendDelay = .milliseconds(Int64(step) * 2)
            if isTold { for engine in room.engines { engine.noteSendDelay(room.sendDelay, at: room.now) } }
            room.run(for: .milliseconds(20))
        }
        let after = try #require(room.statistics(of: bob).path).estimate
        #expect(isTold ? after >= before * 9 / 10 : after < before * 9 / 10, "\(before) before, \(after) after")
        room.sendDelay = .zero
        room.run(for: .seconds(3))
        room.finish()
    }

    @Test("a client without RTX is never probed", arguments: UInt64(0)..<5)
    func withoutRTX(seed: UInt64) throws {
        let (room, bob) = try room(seed: seed, rate: 600_000, hasRTX: false)
        room.run(for: .seconds(15))
        let path = try #require(room.statistics(of: bob).path)
        #expect(path.probes == 0 && path.paddingPackets == 0)
        #expect(bob.paddingReceived == 0)
        #expect(path.estimate > 200_000 && path.estimate < 700_000, "seed \(seed): \(path)")
        room.finish()
    }

    @Test("REMB is a ceiling, and is forgotten when it is not renewed")
    func ceiling() throws {
        let (room, bob) = try room(seed: 1, rate: nil)
        room.run(for: .seconds(6))
        let before = try #require(room.statistics(of: bob).path)
        #expect(before.estimate > 1_500_000)
        bob.sendControl { writer in
            ReceiverEstimatedMaximumBitrate(sender: bob.controlSSRC, bitrate: 333_000, sources: []).write(into: &writer)
        }
        room.run(for: .seconds(1))
        let path = try #require(room.statistics(of: bob).path)
        #expect(path.estimate == 333_000)
        #expect(path.limit == "remb")
        room.run(for: .seconds(15))
        let later = try #require(room.statistics(of: bob).path)
        #expect(later.estimate > 500_000)
        room.finish()
    }

    @Test("a receiver without feedback is estimated by its REMB")
    func rembAlone() throws {
        let room = try SimulatedRoom(seed: 3)
        var options = ClientOptions.listener()
        options.hasTransportFeedback = false
        let alice = try room.join()
        let bob = try room.join(options)
        room.connect(alice, to: bob)
        room.run(for: .seconds(2))
        bob.sendControl { writer in
            ReceiverEstimatedMaximumBitrate(sender: bob.controlSSRC, bitrate: 1_200_000, sources: []).write(
                into: &writer)
        }
        room.run(for: .seconds(1))
        let path = try #require(room.statistics(of: bob).path)
        #expect(path.estimate == 1_200_000)
        #expect(path.limit == "remb")
        #expect(path.paddingPackets == 0 && path.feedbackMilliseconds == nil)
        room.finish()
    }

    @Test("who receives nothing has no estimate, and what has stopped is not ticked for")
    func idle() throws {
        let room = try SimulatedRoom(seed: 4)
        var options = ClientOptions.listener()
        options.reportsArrivals = true
        let alice = try room.join()
        let bob = try room.join(options)
        room.run(for: .seconds(2))
        #expect(room.statistics(of: bob).path == nil)
        #expect(room.statistics(of: alice).path == nil)
        room.connect(alice, to: bob)
        room.run(for: .seconds(2))
        let path = try #require(room.statistics(of: bob).path)
        room.assign(nil, toSlot: "a0", of: bob)
        room.assign(nil, toSlot: "v0", of: bob)
        room.run(for: .seconds(20))
        let later = try #require(room.statistics(of: bob).path)
        // Silence is not taken for a path that is gone.
        #expect(later.estimate >= path.estimate)
        room.connect(alice, to: bob)
        room.run(for: .seconds(3))
        #expect(try #require(room.statistics(of: bob).path).estimate >= path.estimate)
        room.finish()
    }

    /// Feedback on numbers that were never sent, from a client that means harm.
    @Test("feedback that nobody asked for changes nothing", arguments: UInt64(0)..<20)
    func hostile(seed: UInt64) throws {
        let (room, bob) = try room(seed: seed, rate: nil)
        room.run(for: .seconds(2))
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let deltas = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                Bool.random(using: &random) ? nil : Int16.random(in: .min ... .max, using: &random)
            }
            let feedback = TransportFeedback(
                sender: bob.controlSSRC, media: SSRC(1),
                base: SequenceNumber(UInt16.random(in: 0...UInt16.max, using: &random)),
                referenceTime: .random(in: -0x80_0000...0x7F_FFFF, using: &random), feedbackCount: 1, deltas: deltas)
            bob.sendControl { feedback.write(into: &$0) }
            room.run(for: .milliseconds(10))
        }
        let path = try #require(room.statistics(of: bob).path)
        #expect(path.estimate >= 30_000 && path.estimate <= 30_000_000)
        #expect(path.loss >= 0 && path.loss <= 1)
        #expect(path.queueingMilliseconds >= -1)
        room.finish()
    }

    /// As when a telephone changes from one access point to another. It was taken for a path that drops what is above next to
    /// nothing, and pictures stayed away for up to twelve seconds.
    @Test("a moment in which nothing passes costs who is sent little no picture", arguments: UInt64(0)..<8)
    func moment(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed)
        let alice = try room.join(ClientOptions(camera: .simulcast, layerPayloads: [120, 400, 1_100]))
        var options = ClientOptions.listener()
        options.microphone = true
        options.reportsArrivals = true
        let bob = try room.join(options)
        room.connect(alice, to: bob)
        room.engine(of: bob).setWishes(["v0": SlotWish(maximumHeight: 200)], of: bob.peer, at: room.now)
        room.run(for: .seconds(8))
        let before = try #require(room.statistics(of: bob).linkEstimate)
        for link in [bob.uplink, bob.downlink] { link.conditions = .nothing }
        room.run(for: .milliseconds(300))
        for link in [bob.uplink, bob.downlink] { link.conditions = .clean }
        var least = before
        for _ in 0..<20 {
            room.run(for: .milliseconds(100))
            least = min(least, room.statistics(of: bob).linkEstimate ?? 0)
        }
        #expect(least * 10 >= before * 7, "seed \(seed): \(before) → \(least)")
        let frames = bob.slot("v0").frames.filter { room.now - $0.arrival < .seconds(1) }
        #expect(frames.count >= 18, "seed \(seed)")
        room.finish()
    }
}

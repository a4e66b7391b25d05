import RTP
import Testing
import Wire

@Suite("A network that loses, delays and repeats packets")
struct LossTests {
    private static let lossy = ClientOptions(uplink: .lossy, downlink: .lossy)

    @Test("what is lost comes again, or is counted; nothing else changes", arguments: UInt64(0)..<60)
    func bothWays(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = Self.lossy
        options.camera = seed % 2 == 0 ? .plain : .simulcast
        options.signalsSSRCs = seed % 3 != 0
        let alice = try room.join(options)
        let bob = try room.join(options)
        room.connect(alice, to: bob)
        room.connect(bob, to: alice)
        room.run(for: .seconds(4))
        var nacksSent: UInt64 = 0
        var recovered: UInt64 = 0
        for (client, publisher) in [(alice, bob), (bob, alice)] {
            let video = client.slot("v0")
            // 20 frames a second; the first 300 ms and what a lost keyframe costs are forgiven.
            #expect(video.frames.count > 45, "seed \(seed): \(video.counters)")
            #expect(client.slot("a0").frames.count > 150, "seed \(seed)")
            let counters = video.counters
            #expect(counters.recovered > 0, "seed \(seed): \(counters)")
            let figures = room.statistics(of: client)
            let downlink = try #require(figures.downlinks.first { $0.mid == "v0" })
            #expect(downlink.nacksReceived > 0)
            #expect(downlink.retransmitted > 0)
            // Each number that was asked for and not sent again has its reason counted.
            let refused = ["not_in_history", "resent_too_soon", "resent_too_often", "resend_budget_spent"]
                .reduce(0) { $0 + figures.drops[$1, default: 0] }
            #expect(downlink.nacksReceived == downlink.retransmitted + refused, "seed \(seed)")
            let uplink = try #require(room.statistics(of: publisher).uplinks.first { $0.mid == "1" })
            nacksSent += uplink.layers.reduce(0) { $0 + $1.nacksSent }
            recovered += uplink.layers.reduce(0) { $0 + $1.recovered }
        }
        // Of both publishers together: one of them can be lucky for four seconds.
        #expect(nacksSent > 0, "seed \(seed)")
        #expect(recovered > 0, "seed \(seed)")
        room.finish()
    }

    @Test("receivers keep pictures while their publisher's way loses packets", arguments: UInt64(0)..<6)
    func playoutDelay(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join(ClientOptions(camera: .plain, uplink: NetworkConditions(delay: .milliseconds(50))))
        alice.downlink.conditions.delay = .milliseconds(50)
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        room.run(for: .seconds(3))
        let video = bob.slot("v0")
        #expect(video.playoutPackets == 0, "seed \(seed)")
        alice.uplink.conditions.loss = 0.05
        room.run(for: .seconds(8))
        // A round trip of 100 ms, and something to spare.
        let told = try #require(video.playoutDelays.last?.least)
        #expect(told >= .milliseconds(100) && told <= .milliseconds(250), "seed \(seed): \(told)")
        alice.uplink.conditions.loss = 0
        room.run(for: .seconds(25))
        #expect(video.playoutDelays.last?.least == .milliseconds(10), "seed \(seed): \(video.playoutDelays)")
        let before = video.playoutPackets
        room.run(for: .seconds(3))
        // It has been heard.
        #expect(video.playoutPackets == before, "seed \(seed)")
        room.finish()
    }

    @Test("reordering alone costs nothing", arguments: UInt64(0)..<40)
    func reordering(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let shuffled = NetworkConditions(
            jitter: .milliseconds(6),
            duplication: 0.02,
            reordering: 0.1,
            reorderingDelay: .milliseconds(5)
        )
        let options = ClientOptions(uplink: shuffled, downlink: shuffled)
        let alice = try room.join(options)
        let bob = try room.join(options)
        room.connect(alice, to: bob)
        room.run(for: .seconds(2))
        let video = bob.slot("v0").counters
        #expect(
            video.broken + video.undecodable + video.abandoned + video.discarded == 0,
            "seed \(seed): \(video)"
        )
        #expect(video.pictureLossIndications == 0, "seed \(seed)")
        let audio = bob.slot("a0").counters
        #expect(audio.abandoned == 0, "seed \(seed)")
        #expect(bob.slot("v0").frames.count > 30)
        // One keyframe began the stream; none was needed to mend it.
        #expect(alice.streams.last?.keyframes ?? 0 <= 2, "seed \(seed)")
        room.finish()
    }

    @Test("an uplink that falls silent for a while recovers by a keyframe", arguments: UInt64(0)..<10)
    func outage(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join()
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        room.run(for: .seconds(1))
        alice.uplink.conditions.loss = 1
        room.run(for: .milliseconds(1_200))
        alice.uplink.conditions.loss = 0
        let before = bob.slot("v0").frames.count
        room.run(for: .milliseconds(1_500))
        #expect(bob.slot("v0").frames.count > before + 8, "seed \(seed): \(bob.slot("v0").counters)")
        room.finish()
    }

    @Test("a receiver without RTX gets the very same ciphertext again", arguments: UInt64(0)..<20)
    func sameCiphertext(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join()
        var options = ClientOptions.listener()
        options.hasRTX = false
        options.downlink = NetworkConditions(loss: 0.08)
        options.profile = seed % 2 == 0 ? .aeadAES128GCM : .aes128CMHMACSHA1_80
        let bob = try room.join(options)
        room.connect(alice, to: bob)
        room.run(for: .seconds(2))
        let downlink = try #require(room.statistics(of: bob).downlinks.first { $0.mid == "v0" })
        #expect(downlink.retransmitted > 0)
        #expect(room.repeatedCiphertexts == Int(downlink.retransmitted), "seed \(seed)")
        #expect(bob.slot("v0").counters.recovered > 0)
        #expect(bob.slot("v0").frames.count > 25)
        room.finish()
    }

    @Test("a filler that is lost is sent again", arguments: [true, false], UInt64(0)..<8)
    func lostFiller(hasRTX: Bool, seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions(layerPayloads: [700, 700, 700])
        options.camera = .plain
        options.videoCodecs = [.vp8]
        options.temporalLayers = 3
        // What comes late of the layers that are left out leaves its number.
        options.uplink = NetworkConditions(reordering: 0.25, reorderingDelay: .milliseconds(60))
        let alice = try room.join(options)
        var viewer = ClientOptions.listener()
        viewer.videoCodecs = [.vp8]
        viewer.hasRTX = hasRTX
        let bob = try room.join(viewer)
        room.connect(alice, to: bob)
        room.run(for: .seconds(1))
        let report = ReceiverEstimatedMaximumBitrate(sender: bob.controlSSRC, bitrate: 200_000, sources: [])
        bob.sendControl { report.write(into: &$0) }
        room.run(for: .seconds(1))
        let video = bob.slot("v0")
        let (keyframes, before) = (try #require(alice.streams.last).keyframes, video.counters)
        var lost: Set<UInt16> = []
        room.loses = { bytes, client in
            // Nothing else is as small; and each is lost once.
            guard client == bob.peer, bytes.count < 60, DatagramKind(bytes.span) == .rtp,
                SSRC(bytes.span.uint32(at: 8)) == video.section.ssrc
            else { return false }
            return lost.insert(bytes.span.uint16(at: 2)).inserted
        }
        room.run(for: .seconds(5))
        #expect(lost.count > 5, "seed \(seed)")
        #expect(video.counters.recovered - before.recovered >= lost.count - 2, "seed \(seed): \(video.counters)")
        #expect(video.counters.abandoned == before.abandoned, "seed \(seed): \(video.counters)")
        #expect(alice.streams.last?.keyframes == keyframes, "seed \(seed)")
        room.finish()
    }

    @Test("repairs of a stream that was begun anew say nothing about the new one", arguments: UInt64(0)..<6)
    func repairOfFormerStream(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions()
        options.camera = .plain
        options.signalsSSRCs = false
        let alice = try room.join(options)
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        room.run(for: .seconds(1))
        let former = try #require(alice.streams.last)
        let number = former.number.rawValue
        // The former numbers seem to lie ahead.
        room.replace(former, of: alice, firstNumber: ExtendedSequenceNumber(number > 10_000 ? number - 10_000 : 1))
        room.run(for: .milliseconds(500))
        for back in 1...5 as ClosedRange<Int64> {
            alice.resend(former.number.advanced(by: -back).wire, of: former)
        }
        room.run(for: .milliseconds(300))
        let mark = room.now
        room.run(for: .seconds(1))
        #expect(bob.slot("v0").frames.count { $0.arrival > mark } >= 18, "seed \(seed): \(bob.slot("v0").counters)")
        #expect(room.statistics(of: alice).drops["too_old", default: 0] == 5, "seed \(seed)")
        room.finish()
    }

    @Test("the same seed is the same conference, to the last byte")
    func replay() throws {
        func digest(_ seed: UInt64) throws -> UInt64 {
            let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
            let clients = try (0..<3).map { _ in try room.join(Self.lossy) }
            room.connect(clients[0], to: clients[1])
            room.connect(clients[1], to: clients[2])
            room.connect(clients[2], to: clients[0])
            room.run(for: .seconds(1))
            return room.digest
        }
        #expect(try digest(7) == digest(7))
        #expect(try digest(7) != digest(8))
    }
}

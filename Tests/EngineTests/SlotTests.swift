import Engine
import RTP
import Testing
import Wire

@Suite("Receive slots")
struct SlotTests {
    @Test("a pair given to three people one after the other is one stream each", arguments: UInt64(0)..<40)
    func threeInTurn(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions()
        let isLossy = seed % 4 == 3
        if isLossy { options.uplink = .lossy }
        let people = try (0..<3).map { _ in try room.join(options) }
        let viewer = try room.join(.listener())
        var generator = SeededGenerator(seed: seed)
        for person in people + [people[0]] {
            room.connect(person, to: viewer)
            room.run(for: .milliseconds(Int64.random(in: 900...1_300, using: &generator)))
        }
        let video = viewer.slot("v0")
        let audio = viewer.slot("a0")
        // Everybody was seen and heard, in turn.
        let turns = [people[0], people[1], people[2], people[0]]
        #expect(
            Self.runs(video) == turns.map { UInt32(room.publication(.video, of: $0).rawValue) },
            "seed \(seed)"
        )
        #expect(
            Self.runs(audio) == turns.map { UInt32(room.publication(.audio, of: $0).rawValue) },
            "seed \(seed)"
        )
        if !isLossy {
            // The one number left out after a frame that was cut off is all that is missing.
            #expect(video.counters.abandoned <= 3, "seed \(seed)")
            #expect(video.counters.undecodable == 0, "seed \(seed)")
            #expect(audio.counters.abandoned == 0, "seed \(seed)")
        }
        room.finish()
    }

    @Test(
        "what was lost of one publication is not repaired with another's packets",
        arguments: UInt64(0)..<20
    )
    func repairAcrossSources(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let people = try (0..<2).map { _ in try room.join() }
        // The worst case: both number their packets alike.
        for person in people { person.streams.last?.number = ExtendedSequenceNumber(500) }
        var options = ClientOptions.listener()
        options.downlink = NetworkConditions(loss: 0.2)
        options.hasRTX = seed % 2 == 0
        let viewer = try room.join(options)
        room.run(for: .milliseconds(300))
        for turn in 0..<8 {
            room.connect(people[turn % 2], to: viewer)
            room.run(for: .milliseconds(350))
        }
        #expect(viewer.slot("v0").counters.recovered > 0, "seed \(seed)")
        room.finish()
    }

    @Test("audio and video of whoever is on the pair play by one clock", arguments: UInt64(0)..<20)
    func lipSync(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let people = try (0..<2).map { _ in try room.join() }
        let viewer = try room.join(.listener())
        for person in people {
            room.run(for: .milliseconds(600))
            room.connect(person, to: viewer)
            // At once, and later on.
            for time in [Int64(400), 2_000] {
                room.run(for: .milliseconds(time))
                let audio = try #require(
                    Self.playout(viewer.slot("a0"), rate: 48_000, of: room.publication(.audio, of: person))
                )
                let video = try #require(
                    Self.playout(viewer.slot("v0"), rate: 90_000, of: room.publication(.video, of: person))
                )
                #expect(
                    abs(audio - video) < 0.001,
                    "seed \(seed), after \(time) ms: \((audio - video) * 1_000) ms"
                )
            }
        }
        room.finish()
    }

    /// What a room does when somebody speaks who has a picture and no voice: both come onto one pair, and whoever was there
    /// goes where the picture came from.
    @Test("audio and video that move to another pair play by one clock at once", arguments: UInt64(0)..<20)
    func lipSyncAfterAMove(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let people = try (0..<2).map { _ in try room.join() }
        let viewer = try room.join(ClientOptions(microphone: false, camera: .none, audioSlots: 1, videoSlots: 2))
        room.connect(people[0], to: viewer)
        room.assign(room.publication(.video, of: people[1]), toSlot: "v1", of: viewer)
        var generator = SeededGenerator(seed: seed)
        for turn in 1...4 {
            room.run(for: .milliseconds(Int64.random(in: 900...1_500, using: &generator)))
            let (voice, other) = (people[turn % 2], people[(turn + 1) % 2])
            room.assign(room.publication(.audio, of: voice), toSlot: "a0", of: viewer)
            room.assign(room.publication(.video, of: voice), toSlot: "v0", of: viewer)
            room.assign(room.publication(.video, of: other), toSlot: "v1", of: viewer)
            room.run(for: .milliseconds(400))
            let audio = try #require(
                Self.playout(viewer.slot("a0"), rate: 48_000, of: room.publication(.audio, of: voice)))
            for (slot, person) in [("v0", voice), ("v1", other)] {
                let video = try #require(
                    Self.playout(viewer.slot(slot), rate: 90_000, of: room.publication(.video, of: person)))
                // The publishers' clocks differ; each one's own two streams may not.
                if person === voice {
                    #expect(abs(audio - video) < 0.001, "seed \(seed), turn \(turn): \((audio - video) * 1_000) ms")
                }
            }
        }
        for slot in ["v0", "v1"] { #expect(viewer.slot(slot).counters.undecodable == 0, "seed \(seed)") }
        #expect(viewer.slot("a0").counters.abandoned == 0, "seed \(seed)")
        room.finish()
    }

    @Test("an empty slot is silent, and fills again", arguments: UInt64(0)..<10)
    func clearing(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let alice = try room.join()
        let viewer = try room.join(.listener())
        room.connect(alice, to: viewer)
        room.run(for: .milliseconds(800))
        room.assign(nil, toSlot: "v0", of: viewer)
        room.assign(nil, toSlot: "a0", of: viewer)
        room.run(for: .milliseconds(100))
        let packets = viewer.slot("v0").counters.packets + viewer.slot("a0").counters.packets
        room.run(for: .milliseconds(500))
        #expect(viewer.slot("v0").counters.packets + viewer.slot("a0").counters.packets == packets)
        room.connect(alice, to: viewer)
        room.run(for: .milliseconds(800))
        #expect(viewer.slot("v0").counters.packets + viewer.slot("a0").counters.packets > packets + 30)
        #expect(viewer.slot("v0").counters.undecodable == 0)
        room.finish()
    }

    @Test("a publication that ends leaves its slots silent and free")
    func publicationEnds() throws {
        let room = try SimulatedRoom(seed: 1)
        let alice = try room.join()
        let bob = try room.join()
        let viewer = try room.join(.listener())
        room.connect(alice, to: viewer)
        room.run(for: .milliseconds(800))
        let gone = room.publication(.video, of: alice)
        room.unpublish("1", of: alice)
        #expect(room.assign(gone, toSlot: "v0", of: viewer) == .gone)
        room.run(for: .milliseconds(300))
        let audio = viewer.slot("a0").frames.count
        room.connect(bob, to: viewer)
        room.run(for: .milliseconds(800))
        #expect(
            viewer.slot("v0").frames.last?.content.source
                == UInt32(room.publication(.video, of: bob).rawValue)
        )
        #expect(viewer.slot("a0").frames.count > audio + 30)
        room.leave(bob)
        #expect(room.statistics(of: viewer).downlinks.isEmpty)
        room.finish()
    }

    @Test("what cannot be is answered, not done")
    func impossible() throws {
        let room = try SimulatedRoom(seed: 2)
        let alice = try room.join()
        let viewer = try room.join(.listener())
        let video = room.publication(.video, of: alice)
        #expect(room.engine.assign(video, toSlot: "v7", of: viewer.peer, at: room.now) == .gone)
        #expect(room.engine.assign(video, toSlot: "a0", of: viewer.peer, at: room.now) == .gone)
        #expect(
            room.engine.assign(PublicationID(9_999), toSlot: "v0", of: viewer.peer, at: room.now) == .gone
        )
        #expect(room.engine.assign(video, toSlot: "v0", of: PeerID(77), at: room.now) == .gone)
        room.finish()
    }

    /// The sources in the order in which they were shown.
    private static func runs(_ slot: ReceivedSlot) -> [UInt32] {
        slot.frames.reduce(into: []) { runs, frame in
            if runs.last != frame.content.source { runs.append(frame.content.source) }
        }
    }

    /// The server's time minus the publisher's for what a source sent last, by the slot's last report; in
    /// seconds.
    static func playout(_ slot: ReceivedSlot, rate: Double, of publication: PublicationID) -> Double?
    {
        guard let report = slot.reports.last, let frame = slot.frames.last,
            frame.content.source == UInt32(publication.rawValue)
        else { return nil }
        let start = NTPTime(unixNanoseconds: 1_700_000_000_000_000_000)
        let reported = Double((report.ntpTime - start).nanoseconds) / 1e9
        let ahead = Double(frame.timestamp.distance(from: report.rtpTimestamp)) / rate
        return reported + ahead - Double(frame.content.capture) / 1e9
    }
}

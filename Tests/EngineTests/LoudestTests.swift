import Engine
import RTP
import Testing
import Wire

@Suite("The loudest of a large room")
struct LoudestTests {
    /// When one person talks.
    struct Spurt {
        var start: Int64
        var end: Int64
    }

    /// What twenty people say: everybody in spurts, never more than so many at a time.
    private struct Script {
        var spurts: [[Spurt]]

        init(people: Int, milliseconds: Int64, atMost limit: Int, seed: UInt64) {
            var generator = SeededGenerator(seed: seed)
            spurts = Array(repeating: [], count: people)
            var ends = [Int64](repeating: 0, count: people)
            var now: Int64 = 1_000
            while now < milliseconds - 1_000 {
                now += Int64.random(in: 20...900, using: &generator)
                let person = Int.random(in: 0..<people, using: &generator)
                guard ends[person] + 300 < now, ends.count(where: { $0 > now }) < limit else { continue }
                ends[person] = min(now + Int64.random(in: 200...4_000, using: &generator), milliseconds)
                spurts[person].append(Spurt(start: now, end: ends[person]))
            }
        }

        func isTalking(_ person: Int, at time: Int64) -> Bool {
            spurts[person].contains { $0.start <= time && time < $0.end }
        }

        /// How many others talked at some time between two moments.
        func others(than person: Int, from start: Int64, to end: Int64) -> Int {
            spurts.indices.count { other in
                other != person && spurts[other].contains { $0.start < end && $0.end > start }
            }
        }
    }

    private static let people = 20
    private static let seconds: Int64 = 12

    @Test("twenty people, random talkers: who begins to talk is heard at once and to the end, and no number is missing",
        arguments: UInt64(0)..<12)
    func twenty(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        let script = Script(people: Self.people, milliseconds: Self.seconds * 1_000, atMost: 4, seed: seed)
        let speakers = try (0..<Self.people).map { index in
            let client = try room.join(ClientOptions(camera: .none, audioSlots: 0, videoSlots: 0))
            // Voices differ in strength, and from packet to packet; microphones hear some noise.
            var generator = SeededGenerator(seed: seed &* 100 &+ UInt64(index))
            let voice = Int.random(in: 25...45, using: &generator)
            client.streams[0].level = { time in
                let talks = script.isTalking(index, at: (time - .zero).milliseconds)
                return UInt8((talks ? voice : 72) + Int.random(in: -4...4, using: &generator))
            }
            return client
        }
        let viewers = try (0..<2).map { _ in
            try room.join(ClientOptions(microphone: false, camera: .none, audioSlots: Self.people, videoSlots: 0))
        }
        for viewer in viewers {
            for (pair, speaker) in speakers.enumerated() { room.connect(speaker, to: viewer, pair: pair) }
        }
        room.run(for: .seconds(Self.seconds))
        for viewer in viewers {
            for index in speakers.indices { checkHeard(index, by: viewer, script, seed: seed) }
            checkLoad(of: viewer, seed: seed)
        }
        #expect(speakers.reduce(0) { $0 + (room.statistics(of: $1).drops["not_among_loudest"] ?? 0) } > 0
            || seed % 2 == 1)
        room.finish()
    }

    /// Every spurt is heard from its beginning to its end, and the stream has neither holes nor jumps.
    private func checkHeard(_ person: Int, by viewer: SimulatedClient, _ script: Script, seed: UInt64) {
        let slot = viewer.slot("a\(person)")
        #expect(slot.counters.abandoned == 0, "seed \(seed), person \(person)")
        let captures = slot.frames.map { $0.content.capture / 1_000_000 }
        for spurt in script.spurts[person] {
            // With more voices than places within the last second somebody has to wait.
            guard script.others(than: person, from: spurt.start - 1_200, to: spurt.end) < 5 else { continue }
            let heard = captures.filter { $0 >= spurt.start && $0 < spurt.end }
            let first = heard.first ?? .max
            #expect(first - spurt.start < 100, "seed \(seed), person \(person) at \(spurt.start): first \(first)")
            #expect(
                heard.count >= Int((spurt.end - max(first, spurt.start)) / 20) - 1,
                "seed \(seed), person \(person) at \(spurt.start): \(heard.count) of \(spurt.end - spurt.start) ms")
        }
        checkSilences(of: slot, seed: seed)
        // Nobody comes and goes without a reason.
        let turns = zip(captures, captures.dropFirst()).count { $1 - $0 > 25 }
        #expect(turns <= script.spurts[person].count + 1, "seed \(seed), person \(person): \(turns)")
    }

    /// Time runs on by the sender's clock over what was left out, and the first packet after that is marked.
    private func checkSilences(of slot: ReceivedSlot, seed: UInt64) {
        for (last, next) in zip(slot.frames, slot.frames.dropFirst()) {
            let passed = next.content.capture - last.content.capture
            let step = Int64(next.timestamp.distance(from: last.timestamp))
            #expect(abs(step - passed * 48 / 1_000_000) <= 2, "seed \(seed)")
            #expect(next.marker == (passed > 25_000_000), "seed \(seed)")
        }
    }

    /// No more than five at a time, apart from the moment in which one takes another's place.
    private func checkLoad(of viewer: SimulatedClient, seed: UInt64) {
        var heard: [Int64: Set<UInt32>] = [:]
        for slot in viewer.slots {
            for frame in slot.frames where (frame.sent - .zero).milliseconds > 500 {
                heard[(frame.sent - .zero).milliseconds / 20, default: []].insert(frame.content.source)
            }
        }
        #expect(heard.values.allSatisfy { $0.count <= 10 }, "seed \(seed): a place changes hands once in a moment")
        let average = Double(heard.values.reduce(0) { $0 + $1.count }) / Double(max(heard.count, 1))
        #expect(average <= 5.2, "seed \(seed): \(average)")
    }

    @Test("what was overtaken on the way makes no hole where somebody falls silent", arguments: UInt64(0)..<10)
    func reordered(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed)
        let script = Script(people: 12, milliseconds: 8_000, atMost: 5, seed: seed)
        var options = ClientOptions(camera: .none, audioSlots: 0, videoSlots: 0)
        options.uplink = NetworkConditions(jitter: .milliseconds(4), reordering: 0.2, reorderingDelay: .milliseconds(60))
        let speakers = try (0..<12).map { index in
            let client = try room.join(options)
            client.streams[0].level = { script.isTalking(index, at: ($0 - .zero).milliseconds) ? 30 : 80 }
            return client
        }
        let viewer = try room.join(ClientOptions(microphone: false, camera: .none, audioSlots: 12, videoSlots: 0))
        for (pair, speaker) in speakers.enumerated() { room.connect(speaker, to: viewer, pair: pair) }
        room.run(for: .seconds(8))
        for slot in viewer.slots { #expect(slot.counters.abandoned == 0, "seed \(seed)") }
        #expect(speakers.reduce(0) { $0 + (room.statistics(of: $1).drops["not_among_loudest"] ?? 0) } > 100)
        room.finish()
    }

    @Test("who is heard again after a silence is in step with the picture from the first packet on", arguments: UInt64(0)..<10)
    func lipSync(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions(audioSlots: 0, videoSlots: 0)
        options.uplink = NetworkConditions(jitter: .milliseconds(4))
        let alice = try room.join(options)
        let others = try (0..<9).map { _ in
            try room.join(ClientOptions(camera: .none, audioSlots: 0, videoSlots: 0))
        }
        let isTalking: (Timestamp) -> Bool = { ($0 - .zero).milliseconds / 1_500 % 2 == 0 }
        alice.streams.first { $0.kind == .audio }?.level = { isTalking($0) ? 30 : 90 }
        // The others take every place while she is silent.
        for other in others.prefix(5) { other.streams[0].level = { isTalking($0) ? 90 : 30 } }
        for other in others.suffix(4) { other.streams[0].level = { _ in 100 } }
        let viewer = try room.join(ClientOptions(microphone: false, camera: .none, audioSlots: 10, videoSlots: 1))
        room.connect(alice, to: viewer)
        for (place, other) in others.enumerated() {
            room.assign(room.publication(.audio, of: other), toSlot: "a\(place + 1)", of: viewer)
        }
        room.run(for: .milliseconds(10_400))
        let frames = viewer.slot("a0").frames
        let silences = zip(frames, frames.dropFirst()).count { $1.content.capture - $0.content.capture > 500_000_000 }
        #expect(silences >= 3, "seed \(seed): she was left out")
        let audio = try #require(
            SlotTests.playout(viewer.slot("a0"), rate: 48_000, of: room.publication(.audio, of: alice)))
        let video = try #require(
            SlotTests.playout(viewer.slot("v0"), rate: 90_000, of: room.publication(.video, of: alice)))
        #expect(abs(audio - video) < 0.001, "seed \(seed): \((audio - video) * 1_000) ms")
        // One mapping for all of them: no packet after a silence is off by the jitter of its arrival.
        for (last, next) in zip(frames, frames.dropFirst()) {
            let step = Int64(next.timestamp.distance(from: last.timestamp))
            #expect(abs(step - (next.content.capture - last.content.capture) * 48 / 1_000_000) <= 2, "seed \(seed)")
        }
        room.finish()
    }

    @Test("who sends no levels, and the sound of a screen, is always forwarded")
    func withoutLevels() throws {
        let room = try SimulatedRoom(seed: 3)
        let speakers = try (0..<12).map { _ in
            try room.join(ClientOptions(camera: .none, audioSlots: 0, videoSlots: 0))
        }
        for speaker in speakers { speaker.streams[0].level = { _ in 80 } }
        speakers[11].streams[0].level = { _ in nil }
        let viewer = try room.join(ClientOptions(microphone: false, camera: .none, audioSlots: 12, videoSlots: 0))
        for (pair, speaker) in speakers.enumerated() { room.connect(speaker, to: viewer, pair: pair) }
        room.run(for: .seconds(2))
        #expect(viewer.slot("a11").frames.count > 90)
        #expect(viewer.slots.count { $0.frames.count > 90 } == 6)
        room.finish()
    }

    @Test("voices that are left out take no room from pictures")
    func allocation() throws {
        var allocated: [UInt64] = []
        for places in [3, 0] {
            var configuration = EngineConfiguration(workerIndex: 0)
            configuration.loudestVoices = places
            let room = try SimulatedRoom(seed: 3, configuration: configuration)
            let speakers = try (0..<12).map { _ in
                try room.join(ClientOptions(camera: .none, audioSlots: 0, videoSlots: 0))
            }
            let viewer = try room.join(ClientOptions(microphone: false, camera: .none, audioSlots: 12, videoSlots: 0))
            for (pair, speaker) in speakers.enumerated() { room.connect(speaker, to: viewer, pair: pair) }
            room.run(for: .seconds(3))
            // A decision that knows of everybody.
            room.assign(nil, toSlot: "a11", of: viewer)
            room.connect(speakers[11], to: viewer, pair: 11)
            allocated.append(room.statistics(of: viewer).allocatedBitrate)
            let reasons = Dictionary(grouping: room.statistics(of: viewer).downlinks.map(\.decision)) { $0 }
            #expect(reasons["sound, the best that is sent"]?.count == (places == 0 ? 12 : places), "\(reasons.keys)")
            #expect(reasons["not sent at the moment because others are louder"]?.count ?? 0 == (places == 0 ? 0 : 12 - places))
            room.finish()
        }
        #expect(allocated[0] > 0 && allocated[0] * 3 < allocated[1], "\(allocated)")
    }

    @Test("a setting of none forwards everybody")
    func off() throws {
        var configuration = EngineConfiguration(workerIndex: 0)
        configuration.loudestVoices = 0
        let room = try SimulatedRoom(seed: 3, configuration: configuration)
        let speakers = try (0..<12).map { _ in
            try room.join(ClientOptions(camera: .none, audioSlots: 0, videoSlots: 0))
        }
        let viewer = try room.join(ClientOptions(microphone: false, camera: .none, audioSlots: 12, videoSlots: 0))
        for (pair, speaker) in speakers.enumerated() { room.connect(speaker, to: viewer, pair: pair) }
        room.run(for: .seconds(1))
        #expect(viewer.slots.allSatisfy { $0.frames.count > 40 })
        room.finish()
    }
}

import Engine
import RTP
import Testing
import Wire

@Suite("Speech and silence")
struct SpeakingTests {
    /// How long after the first sound the server says that somebody speaks, whatever the phase of its timers.
    @Test("who begins to speak is told within 200 ms of the first sound's arrival", arguments: 0..<25 as Range<Int64>)
    func onset(phase: Int64) throws {
        let room = try SimulatedRoom(seed: UInt64(phase), workers: 1 + Int(phase % 2))
        let alice = try room.join(ClientOptions(camera: .none))
        let bob = try room.join(.listener())
        if phase % 3 == 0 { room.connect(alice, to: bob) }
        let begins = Timestamp.zero + .milliseconds(2_000 + phase * 8)
        alice.streams[0].level = { $0 < begins ? 75 : 28 }
        var told: Timestamp?
        while told == nil, room.now < begins + .seconds(1) {
            room.run(for: .milliseconds(1))
            if room.events.contains(where: Self.isSpeaking) { told = room.now }
        }
        // Captured 25 ms before it is sent, 20 ms on its way.
        let delay = try #require(told) - begins - .milliseconds(45)
        #expect(delay > .milliseconds(100) && delay <= .milliseconds(200), "\(delay.milliseconds) ms")
        room.finish()
    }

    private static func isSpeaking(_ event: MediaEvent) -> Bool {
        if case .audioLevel(_, speaking: true) = event.kind { return true }
        return false
    }

    @Test("a click, a cough and breath are no speech, and a breath does not end it")
    func noFlapping() throws {
        let room = try SimulatedRoom(seed: 1)
        let alice = try room.join(ClientOptions(camera: .none))
        // Clicks of 60 ms each second, then speech with a pause of 240 ms in every 600.
        alice.streams[0].level = { time in
            let now = (time - .zero).milliseconds
            if now < 5_000 { return now % 1_000 < 60 ? 15 : 75 }
            return now < 10_000 && now % 600 < 360 ? 30 : 75
        }
        room.run(for: .seconds(12))
        let changes = room.events.compactMap { event -> Bool? in
            if case .audioLevel(_, let speaking) = event.kind { return speaking }
            return nil
        }
        let turns = zip(changes, changes.dropFirst()).count { $0 != $1 }
        #expect(turns == 2, "it begins once and ends once")
        room.finish()
    }

    @Test("the gaps of discontinuous transmission go through as they are", arguments: UInt64(0)..<10)
    func discontinuous(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var options = ClientOptions()
        if seed % 3 == 1 { options.redundancy = .sent(blocks: 1) }
        let alice = try room.join(options)
        let viewer = try room.join(.listener())
        room.connect(alice, to: viewer)
        let microphone = try #require(alice.streams.first { $0.kind == .audio })
        // Silence from the second second on: a frame of comfort noise every 400 ms.
        microphone.level = { ($0 - .zero).milliseconds % 4_000 < 2_000 ? 30 : 127 }
        microphone.isTransmitting = { time in
            let now = (time - .zero).milliseconds
            return now % 4_000 < 2_000 || now % 400 < 20
        }
        room.run(for: .seconds(10))
        let slot = viewer.slot("a0")
        #expect(slot.counters.abandoned == 0 && slot.counters.nacked == 0)
        let frames = slot.frames
        #expect(frames.count >= Int(microphone.frames) - 4, "every packet arrives, comfort noise too")
        for (last, next) in zip(frames, frames.dropFirst()) {
            #expect(next.content.frame == last.content.frame + 1)
            let passed = next.content.capture - last.content.capture
            let step = Int64(next.timestamp.distance(from: last.timestamp))
            #expect(abs(step - passed * 48 / 1_000_000) <= 2, "time runs on over the gap by the sender's clock")
        }
        #expect(frames.count { $0.content.capture / 1_000_000 % 4_000 >= 2_000 } >= 8)
        // Sound and pictures stay mapped to one clock in the middle of a silence.
        #expect(Set(viewer.lastReports.keys).isSuperset(of: [slot.section.ssrc, viewer.slot("v0").section.ssrc]))
        room.finish()
    }
}

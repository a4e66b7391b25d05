import Testing
import Wire

@testable import Forwarding

@Suite struct ActiveSpeakerDetectorTests {
    /// A room in which everybody sends a packet each 20 ms and the detector is asked each 50 ms.
    private struct Room {
        var meters: [AudioLevelMeter]
        var detector = ActiveSpeakerDetector<Int>()
        var now: Int64 = 0
        /// When the floor changed hands, and to whom.
        var changes: [(at: Int64, to: Int?)] = []

        init(_ count: Int) { meters = Array(repeating: AudioLevelMeter(), count: count) }

        /// Lets `duration` ms pass in which participants are as loud as `levels` says; others are silent.
        mutating func pass(_ duration: Int64, _ levels: [Int: UInt8]) {
            let end = now + duration
            while now < end {
                if now % 20 == 0 {
                    for index in meters.indices {
                        meters[index].receive(level: levels[index] ?? 127, at: at(now))
                    }
                }
                if now % 50 == 0 {
                    let candidates = meters.enumerated().lazy.map {
                        ActiveSpeakerDetector<Int>.Candidate(id: $0.offset, meter: $0.element)
                    }
                    if detector.update(candidates, at: at(now)) {
                        changes.append((now, detector.speaker))
                        #expect(detector.speaker.map { meters[$0].isSpeaking } ?? true)
                    }
                }
                now += 10
            }
        }
    }

    @Test func `a silent room has no speaker, and the first to speak is seen within 300 ms`() {
        var room = Room(3)
        room.pass(2000, [:])
        #expect(room.detector.speaker == nil)
        room.pass(300, [1: 20])
        #expect(room.detector.speaker == 1)
        #expect(room.changes.count == 1)
    }

    @Test func `the floor passes within 300 ms when one stops and another begins`() {
        var room = Room(3)
        room.pass(3000, [0: 20])
        for turn in 1...6 {
            let begun = room.now
            room.pass(2000, [turn % 3: 20])
            #expect(room.detector.speaker == turn % 3)
            #expect((room.changes.last?.at ?? 0) - begun <= 300)
        }
        #expect(room.changes.count == 7)
    }

    @Test func `who spoke last keeps the floor in silence`() {
        var room = Room(2)
        room.pass(1000, [0: 25])
        room.pass(10_000, [:])
        #expect(room.detector.speaker == 0)
        #expect(room.changes.count == 1)
    }

    @Test func `a short sound during a speech does not take the floor`() {
        var room = Room(2)
        room.pass(2000, [0: 25])
        for _ in 0..<20 {
            room.pass(200, [0: 25, 1: 20])
            room.pass(800, [0: 25])
        }
        #expect(room.changes.count == 1)
    }

    @Test func `an answer of 200 ms in a breath of 300 ms does not take the floor`() {
        var room = Room(2)
        for _ in 0..<10 {
            room.pass(1700, [0: 25])
            room.pass(50, [:])
            room.pass(200, [1: 25])
            room.pass(50, [:])
        }
        #expect(room.changes.count == 1)
    }

    @Test func `two who are equally loud do not alternate`() {
        var room = Room(2)
        room.pass(1000, [0: 25])
        room.pass(10_000, [0: 25, 1: 25])
        #expect(room.changes.count == 1)
    }

    @Test func `who is clearly louder for more than a second takes the floor, once`() {
        var room = Room(2)
        room.pass(3000, [0: 30])
        room.pass(900, [0: 30, 1: 15])
        #expect(room.detector.speaker == 0)
        room.pass(1500, [0: 30, 1: 15])
        #expect(room.detector.speaker == 1)
        room.pass(5_000, [0: 30, 1: 15])
        #expect(room.changes.count == 2)
    }

    @Test func `when the speaker leaves, the floor is free at once`() {
        var detector = ActiveSpeakerDetector<Int>()
        func candidate(_ id: Int, _ isSpeaking: Bool) -> ActiveSpeakerDetector<Int>.Candidate {
            .init(
                id: id, isSpeaking: isSpeaking, loudShare: isSpeaking ? 80 : 0, level: isSpeaking ? 20 : 127)
        }
        #expect(detector.update([candidate(1, true), candidate(2, false)], at: at(0)) == true)
        #expect(detector.update([candidate(2, false)], at: at(50)) == true)
        #expect(detector.speaker == nil)
        #expect(detector.update([candidate(2, false)], at: at(100)) == false)
        #expect(detector.update([candidate(2, true)], at: at(150)) == true)
        #expect(detector.speaker == 2)
    }

    @Test(arguments: Array(1...6) as [UInt64])
    func `in a lively debate the floor changes at most twice a second and only to who speaks`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var room = Room(4)
        for _ in 0..<120 {
            var levels: [Int: UInt8] = [:]
            for index in 0..<4 where Int.random(in: 0..<3, using: &generator) == 0 {
                levels[index] = UInt8.random(in: 10...45, using: &generator)
            }
            room.pass(Int64.random(in: 5...80, using: &generator) * 10, levels)
        }
        for index in room.changes.indices.dropFirst() {
            #expect(room.changes[index].at - room.changes[index - 1].at >= 500, "seed \(seed)")
        }
        #expect(room.changes.count > 10)
    }
}

import Forwarding
import Testing
import Wire

@testable import Rooms

/// From the level in a packet to what the members of a room are told, in virtual time: the meter of each microphone, its
/// reports every 100 ms and at once when somebody begins to speak, the board, and the room's tick.
private struct SpeakingRoom {
    private struct Microphone {
        var name: String
        var meter = AudioLevelMeter()
        var nextReport: Int64
        var reported: (level: Int8, speaking: Bool)?
    }

    private var board = SpeakerBoard(interval: .milliseconds(200))
    private var microphones: [Microphone]
    private(set) var active: [(time: Int64, who: String?)] = []
    private(set) var began: [String: Int64] = [:]

    init(_ names: [String], phases: [Int64]) {
        microphones = zip(names, phases).map { Microphone(name: $0, nextReport: $1) }
    }

    /// Runs for a while; `level` is in dB below overload, `nil` for no packet.
    mutating func run(until end: Int64, _ level: (String, Int64) -> UInt8?) {
        for now in 0..<end {
            let time = Timestamp.zero + .milliseconds(now)
            for index in microphones.indices {
                if now % 20 == Int64(index * 7 % 20), let level = level(microphones[index].name, now) {
                    microphones[index].meter.receive(level: level, at: time)
                }
                report(index, now, time)
            }
            if now % 100 == 57 { tell(board.update(at: time), now) }
        }
    }

    private mutating func report(_ index: Int, _ now: Int64, _ time: Timestamp) {
        let isNew = microphones[index].meter.isSpeaking && microphones[index].reported?.speaking != true
        guard isNew || now >= microphones[index].nextReport else { return }
        microphones[index].nextReport = now + 100
        microphones[index].meter.tick(at: time)
        let next = (
            level: Int8(clamping: -Int(microphones[index].meter.level)), speaking: microphones[index].meter.isSpeaking
        )
        if let last = microphones[index].reported, last.speaking == next.speaking,
            abs(Int(last.level) - Int(next.level)) < 3
        {
            return
        }
        microphones[index].reported = next
        board.report(microphones[index].name, level: next.level, isSpeaking: next.speaking, at: time)
        tell(board.update(at: time), now)
    }

    private mutating func tell(_ update: SpeakersUpdate?, _ now: Int64) {
        guard let update else { return }
        if active.last?.who != update.active { active.append((now, update.active)) }
        for level in update.levels where level.isSpeaking && began[level.participant] == nil {
            began[level.participant] = now
        }
    }
}

struct SpeakerTimingTests {
    private let names = ["a", "b", "c"]

    private func phases(_ seed: UInt64) -> [Int64] {
        var generator = SeededGenerator(seed: seed)
        return names.map { _ in Int64.random(in: 0..<100, using: &generator) }
    }

    @Test(arguments: UInt64(0)..<40)
    func theFirstToSpeakIsTheActiveOneWithin300Milliseconds(seed: UInt64) throws {
        var room = SpeakingRoom(names, phases: phases(seed))
        let begin = 2_000 + Int64(seed) * 5
        room.run(until: 4_000) { name, now in name == "b" && now >= begin ? 30 : 75 }
        #expect(try #require(room.began["b"]) - begin <= 300, "seed \(seed)")
        #expect(room.active.map(\.who) == ["b"] && room.active[0].time - begin <= 300, "seed \(seed)")
    }

    /// The hard case: one begins in the moment in which the other stops. Silence is noise, or no packets at all.
    @Test(arguments: UInt64(0)..<40)
    func theActiveSpeakerChangesWithin300Milliseconds(seed: UInt64) throws {
        var room = SpeakingRoom(names, phases: phases(seed))
        let change = 3_000 + Int64(seed) * 7
        room.run(until: 6_000) { name, now in
            switch name {
            case "a": now < change ? 30 : seed % 2 == 0 ? 75 : nil
            case "b": now < change ? 75 : 33
            default: 80
            }
        }
        #expect(room.active.map(\.who) == ["a", "b"], "seed \(seed)")
        let took = try #require(room.active.last).time - change
        #expect(took <= 300, "seed \(seed): \(took) ms")
    }

    /// Somebody talks with pauses for breath, others say "mm-hm" and type: the room keeps looking at who talks.
    @Test(arguments: UInt64(0)..<20)
    func itDoesNotFlap(seed: UInt64) {
        var room = SpeakingRoom(names, phases: phases(seed))
        room.run(until: 30_000) { name, now in
            switch name {
            case "a": now % 1_300 < 1_100 ? UInt8(28 + now % 7) : 75
            case "b": (now + Int64(seed) * 97) % 3_100 < 240 ? 40 : 75
            default: (now + Int64(seed) * 31) % 700 < 40 ? 25 : 70
            }
        }
        #expect(room.active.map(\.who).first == "a", "seed \(seed)")
        #expect(room.active.count <= 3, "seed \(seed): \(room.active)")
    }
}

import Testing
import Wire

@testable import Forwarding

@Suite struct LoudestVoicesTests {
    /// A room in which everybody sends a packet every 20 ms.
    private final class Room {
        var table: LoudestVoices
        var voices: [LoudestVoices.Voice] = []
        var now: Int64 = 0

        init(_ count: Int, places: Int = 3, everybody: Int = 4) {
            table = LoudestVoices(places: places, everybody: everybody)
            for _ in 0..<count { voices.append(table.add()) }
        }

        /// One packet from everybody, with these levels; says who is forwarded.
        func hear(_ levels: [UInt8]) -> Set<Int> {
            now += 20
            var forwarded: Set<Int> = []
            for (index, level) in levels.enumerated()
            where table.hear(voices[index], level: level, at: at(now)) { forwarded.insert(index) }
            return forwarded
        }

        /// The same for a while; who was forwarded in the end.
        func hear(_ levels: [UInt8], for milliseconds: Int64) -> Set<Int> {
            var last: Set<Int> = []
            for _ in 0..<max(milliseconds / 20, 1) { last = hear(levels) }
            return last
        }
    }

    @Test func `up to the size of a small room everybody is forwarded, silence too`() {
        let room = Room(4)
        #expect(room.hear([20, 127, 60, 127]) == [0, 1, 2, 3])
        let endless = Room(20, places: 0)
        #expect(endless.hear([UInt8](repeating: 127, count: 20)).count == 20)
    }

    @Test func `in a large room the loudest are, and who is silent is not`() {
        let room = Room(6)
        #expect(room.hear([30, 127, 30, 127, 30, 127], for: 200) == [0, 2, 4])
        // Silence has no claim on a free place.
        let quiet = Room(6)
        #expect(quiet.hear([30, 127, 127, 127, 127, 127], for: 200) == [0])
    }

    @Test func `who begins to talk takes the place of one who stopped, within three packets`() {
        let room = Room(6)
        _ = room.hear([30, 30, 30, 70, 70, 70], for: 2_000)
        _ = room.hear([30, 30, 70, 70, 70, 70], for: 1_200)
        var packets = 0
        while !room.hear([30, 30, 70, 70, 70, 30]).contains(5), packets < 50 { packets += 1 }
        #expect(packets <= 2)
        #expect(room.hear([30, 30, 70, 70, 70, 30], for: 100) == [0, 1, 5])
    }

    @Test func `nobody who talks is pushed out by somebody equally loud`() {
        let room = Room(6)
        #expect(room.hear([30, 30, 30, 127, 127, 127], for: 500) == [0, 1, 2])
        #expect(room.hear([30, 30, 30, 28, 28, 28], for: 10_000) == [0, 1, 2])
        // Nor in the breath between two words.
        #expect(room.hear([30, 30, 90, 28, 28, 28], for: 400) == [0, 1, 2])
        // In a pause somebody else has their turn.
        #expect(room.hear([30, 30, 90, 28, 28, 28], for: 600).count == 3)
        #expect(!room.hear([30, 30, 90, 28, 28, 28], for: 20).contains(2))
    }

    @Test func `noise of one strength does not change places`() {
        let room = Room(12)
        var generator = SeededGenerator(seed: 4)
        func levels() -> [UInt8] { (0..<12).map { _ in UInt8.random(in: 62...67, using: &generator) } }
        _ = room.hear(levels())
        let first = room.hear(levels())
        var changes = 0
        for _ in 0..<3_000 where room.hear(levels()) != first { changes += 1 }
        #expect(changes == 0)
    }

    @Test func `a room that grows past the limit goes on with those who talk`() {
        let room = Room(4)
        _ = room.hear([127, 127, 30, 30], for: 500)
        room.voices.append(room.table.add())
        #expect(room.hear([127, 127, 30, 30, 127]) == [2, 3])
    }

    @Test func `a place is free when its voice goes, and numbers are used again`() {
        let room = Room(6)
        _ = room.hear([30, 30, 30, 40, 127, 127], for: 500)
        room.table.remove(room.voices[1])
        #expect(room.table.count == 5)
        let isForwarded = room.table.hear(room.voices[3], level: 40, at: at(room.now))
        #expect(isForwarded)
        room.voices[1] = room.table.add()
        #expect(room.table.count == 6 && !room.table.isChosen(room.voices[1]))
        for voice in room.voices { room.table.remove(voice) }
        #expect(room.table.count == 0)
    }

    @Test func `whatever is heard when, places are kept and time may stand still`() {
        for seed in 0..<20 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var table = LoudestVoices(places: 5, everybody: 8)
            var voices: [LoudestVoices.Voice] = []
            var now: Int64 = 0
            for _ in 0..<5_000 {
                now += Int64.random(in: 0...20, using: &generator)
                if voices.isEmpty || (voices.count < 30 && Int.random(in: 0..<40, using: &generator) == 0) {
                    voices.append(table.add())
                } else if Int.random(in: 0..<60, using: &generator) == 0 {
                    table.remove(voices.remove(at: Int.random(in: 0..<voices.count, using: &generator)))
                }
                guard let voice = voices.randomElement(using: &generator) else { continue }
                let isForwarded = table.hear(voice, level: UInt8.random(in: 0...255, using: &generator), at: at(now))
                #expect(isForwarded == (table.isChosen(voice) || !table.isSelective))
                #expect(voices.count { table.isChosen($0) } <= 5)
                #expect(table.count == voices.count)
            }
        }
    }
}

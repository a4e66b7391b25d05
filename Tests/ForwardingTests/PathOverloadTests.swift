import Testing
import Wire

@testable import Forwarding

@Suite struct PathOverloadTests {
    /// A path with two packets every seven milliseconds, some of which are lost.
    private struct Path {
        var overload = PathOverload()
        var now = Timestamp.zero
        var number: UInt16
        /// When it was told to be overloaded.
        var times: [Timestamp] = []

        init(first: UInt16 = 0) { number = first }

        mutating func send(for duration: Interval, loses: (Int) -> Bool) {
            let end = now + duration
            var count = 0
            while now < end {
                now = now + .microseconds(3_500)
                if !loses(count), overload.receive(SequenceNumber(number), at: now) { times.append(now) }
                count += 1
                number &+= 1
            }
        }
    }

    @Test(arguments: startPoints)
    func `a queue that drops four of five is seen within three tenths of a second`(first: UInt16) throws {
        var path = Path(first: first)
        path.send(for: .seconds(2)) { _ in false }
        #expect(path.times == [])
        let narrowed = path.now
        path.send(for: .seconds(1)) { $0 % 5 != 0 }
        let found = try #require(path.times.first)
        #expect((200...320).contains((found - narrowed).milliseconds))
        #expect(path.overload.isOverloaded)
        // It is told once, and ends when all has been well for a while.
        path.send(for: .seconds(1)) { _ in false }
        path.send(for: .seconds(1)) { $0 % 5 != 0 }
        #expect(path.times.count == 1)
        path.send(for: .milliseconds(3_300)) { _ in false }
        #expect(!path.overload.isOverloaded)
        path.send(for: .seconds(1)) { $0 % 5 != 0 }
        #expect(path.times.count == 2)
    }

    @Test func `it is suspected before it is known, and not for long`() throws {
        var path = Path()
        path.send(for: .seconds(1)) { _ in false }
        #expect(!path.overload.isSuspect(at: path.now))
        path.send(for: .milliseconds(70)) { $0 % 5 != 0 }
        #expect(path.overload.isSuspect(at: path.now))
        #expect(!path.overload.isOverloaded)
        // A moment in which all was lost: the next window is better.
        path.send(for: .milliseconds(200)) { _ in false }
        #expect(!path.overload.isSuspect(at: path.now))
        path.send(for: .milliseconds(70)) { $0 % 5 != 0 }
        #expect(path.overload.isSuspect(at: path.now), "nothing comes that would decide")
        #expect(!path.overload.isSuspect(at: path.now + .milliseconds(250)))
    }

    @Test func `three of ten are too many, two are not`() {
        var path = Path()
        path.send(for: .seconds(5)) { $0 % 5 == 0 }
        #expect(path.times == [])
        path.send(for: .seconds(5)) { $0 % 3 == 0 }
        #expect(path.times.count == 1)
        #expect(path.overload.isOverloaded)
    }

    @Test(arguments: [50, 200, 1_000, 3_000] as [Int])
    func `a path that is gone for a moment is not overloaded`(milliseconds: Int) {
        for phase in 0..<40 {
            var path = Path()
            path.send(for: .milliseconds(1_000 + Int64(phase) * 3)) { _ in false }
            path.send(for: .milliseconds(Int64(milliseconds))) { _ in true }
            path.send(for: .seconds(1)) { _ in false }
            #expect(path.times == [], "phase \(phase)")
        }
    }

    @Test(arguments: UInt64(0)..<20)
    func `one in ten lost at random is not taken for it`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var path = Path()
        path.send(for: .seconds(300)) { _ in UInt64.random(in: 0..<10, using: &generator) == 0 }
        #expect(path.times == [])
    }

    @Test func `what is overtaken is not lost`() {
        var overload = PathOverload()
        for step in 0..<2_000 as Range<Int64> {
            // In fours: the last first.
            let number = UInt16(truncatingIfNeeded: step - step % 4 + 3 - step % 4)
            let isOverloaded = overload.receive(SequenceNumber(number), at: at(4 * step))
            #expect(!isOverloaded)
        }
        #expect(!overload.isOverloaded)
    }

    /// The first of a keyframe's packets to come may be its last: what is missing then is only on its way.
    @Test(arguments: UInt64(0)..<20)
    func `a window that ends amid a shuffled burst is not held against the path`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var overload = PathOverload()
        for burst in 0..<500 as Range<Int64> {
            var numbers = (0..<40).map { UInt16(truncatingIfNeeded: burst * 40 + $0) }
            numbers.shuffle(using: &generator)
            for (place, number) in numbers.enumerated() {
                // Within four milliseconds, as jitter does.
                let time = at(100 * burst) + .microseconds(Int64(place) * 100)
                let isOverloaded = overload.receive(SequenceNumber(number), at: time)
                #expect(!isOverloaded)
            }
            #expect(!overload.isSuspect(at: at(100 * burst + 5)))
        }
    }

    @Test func `few packets say nothing`() {
        var overload = PathOverload()
        for step in 0..<11 as Range<Int64> {
            let isOverloaded = overload.receive(SequenceNumber(UInt16(2 * step)), at: at(500 * step))
            #expect(!isOverloaded)
        }
    }

    /// Whoever sends any numbers may have their own large layers given up, and nothing else.
    @Test(arguments: UInt64(0)..<10)
    func `any numbers are borne`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var overload = PathOverload()
        for step in 0..<10_000 as Range<Int64> {
            _ = overload.receive(SequenceNumber(UInt16.random(in: 0...UInt16.max, using: &generator)), at: at(step))
        }
    }
}

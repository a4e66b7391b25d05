import Engine
import Testing
import Wire

@testable import MediaRuntime

@Suite struct OverloadTests {
    @Test func theMeterTellsTheShareThatWasNotWaited() {
        var now = Timestamp.zero
        var meter = LoadMeter(at: now)
        var figures: [Double] = []
        for _ in 0..<300 {
            now = now + .milliseconds(3)
            if meter.noteWait(.zero, until: now) { figures.append(meter.busyShare) }
            now = now + .milliseconds(7)
            if meter.noteWait(.milliseconds(7), until: now) { figures.append(meter.busyShare) }
        }
        #expect(figures.count >= 2)
        #expect(figures.allSatisfy { abs($0 - 0.3) < 0.02 }, "\(figures)")
    }

    @Test func theLevelRisesQuicklyFallsSlowlyAndRestsBetweenTheThresholds() {
        var guardian = OverloadGuard(threshold: 0.9)
        func levels(_ shares: [Double]) -> [Int] {
            shares.map {
                _ = guardian.note(busyShare: $0)
                return guardian.level
            }
        }
        #expect(levels([0.95, 0.5, 0.95, 0.95]) == [0, 0, 0, 1], "one busy second is none")
        #expect(levels([0.95, 0.95, 0.99, 0.99]) == [1, 1, 2, 2], "the second of a change has something of both levels")
        #expect(levels([0.85, 0.8, 0.85, 0.8]) == [2, 2, 2, 2], "neither busy nor calm")
        #expect(levels([0.7, 0.7, 0.8, 0.7, 0.7, 0.7]) == [2, 2, 2, 2, 2, 1])
        #expect(levels([0.1, 0.1, 0.1, 0.1]) == [1, 1, 1, 0])
        var never = OverloadGuard(threshold: 0)
        for _ in 0..<9 { _ = never.note(busyShare: 1) }
        #expect(never.level == 0)
    }

    /// Without video the thread is calm, with it overloaded.
    @Test func whatBringsTheLoadBackIsTriedLessAndLessOften() {
        var guardian = OverloadGuard(threshold: 0.9)
        var changes: [Int] = []
        for second in 0..<600 where guardian.note(busyShare: guardian.level > 0 ? 0.2 : 0.97) { changes.append(second) }
        #expect(changes.count < 40, "\(changes)")
        let lengths = zip(changes, changes.dropFirst()).map { $1 - $0 }
        #expect(lengths.prefix(6) == [4, 3, 7, 3, 13, 3] && lengths.contains(61), "\(lengths)")
        // Once it has been calm for long, it is quick again.
        for _ in 0..<200 { _ = guardian.note(busyShare: 0.2) }
        for _ in 0..<2 { _ = guardian.note(busyShare: 0.97) }
        #expect(guardian.level == 1)
        for _ in 0..<4 { _ = guardian.note(busyShare: 0.2) }
        #expect(guardian.level == 0)
    }

    /// An idle server refused joins for a minute.
    @Test func whenPeopleHaveGoneItComesBackAtOnceHoweverOftenItWasTriedBefore() {
        var guardian = OverloadGuard(threshold: 0.9)
        for _ in 0..<120 { _ = guardian.note(busyShare: [0.97, 0.95, 0.2][guardian.level]) }
        for _ in 0..<60 where guardian.level < 2 { _ = guardian.note(busyShare: 0.95) }
        #expect(guardian.level == 2)
        for _ in 0..<10 { _ = guardian.note(busyShare: 0.2) }
        #expect(guardian.level == 2, "the load is still there")
        var seconds = 0
        while guardian.level > 0, seconds < 60 {
            _ = guardian.note(busyShare: 0.01)
            seconds += 1
        }
        #expect(seconds <= 7)
    }

    @Test func anOverloadedWorkerIsAvoidedAndWhenAllAreNobodyIsTaken() {
        var placement = Placement(workers: 2, limit: 100)
        let home = placement.place(PeerID(1), in: RoomKey(1)) ?? 0
        var overloaded = [false, false]
        overloaded[home] = true
        #expect(placement.place(PeerID(2), in: RoomKey(1), avoiding: overloaded) == 1 - home)
        #expect(placement.place(PeerID(3), in: RoomKey(1), avoiding: [true, true]) == nil)
        #expect(placement.place(PeerID(3), in: RoomKey(1), avoiding: [false, false]) != nil)
    }
}

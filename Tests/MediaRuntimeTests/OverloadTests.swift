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
        #expect(levels([0.95, 0.95, 0.99, 0.99]) == [1, 2, 2, 2])
        #expect(levels([0.85, 0.8, 0.85, 0.8]) == [2, 2, 2, 2], "neither busy nor calm")
        #expect(levels([0.7, 0.7, 0.8, 0.7, 0.7, 0.7]) == [2, 2, 2, 2, 2, 1])
        #expect(levels([0.1, 0.1, 0.1, 0.1]) == [1, 1, 0, 0])
        var never = OverloadGuard(threshold: 0)
        for _ in 0..<9 { _ = never.note(busyShare: 1) }
        #expect(never.level == 0)
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

import Testing
import Wire

@testable import Forwarding

@Suite struct LayerSupplyTests {
    /// A larger and a smaller size of one track, each frame of which may come whole, in part or not at all.
    private struct Track {
        enum Fate { case whole, part, nothing }

        var supply = LayerSupply()
        var larger = WholeFrames()
        var now = Timestamp.zero
        var interval = Interval.milliseconds(50)
        var repairTime = Interval.milliseconds(100)
        /// When it became incomplete, or complete again.
        var changes: [Timestamp] = []
        private var number: UInt64 = 1_000
        private var frame: UInt32 = 0

        /// Lets a frame of both sizes come: two packets each.
        mutating func frame(_ fate: Fate, smaller: Fate = .whole, isKeyframe: Bool = false) {
            now = now + interval
            frame += 1
            if smaller == .whole,
                supply.smallerFrameCame(rank: 0, frames: larger, repairTime: repairTime, at: now)
            {
                changes.append(now)
            }
            if fate != .nothing { send(isKeyframe: isKeyframe || frame == 1, isLast: false) }
            number += fate == .nothing ? 0 : 1
            if fate == .whole, send(isKeyframe: false, isLast: true),
                supply.frameCame(begun: larger.begun, at: now)
            {
                changes.append(now)
            }
            number += fate == .nothing ? 0 : 1
        }

        @discardableResult
        private mutating func send(isKeyframe: Bool, isLast: Bool) -> Bool {
            larger.receive(
                ExtendedSequenceNumber(number), timestamp: RTPTimestamp(frame * 4_500), isLast: isLast,
                isKeyframeStart: isKeyframe, isRepaired: !supply.isIncomplete, at: now)
        }

        mutating func frames(_ fate: Fate, for duration: Interval, smaller: Fate = .whole) {
            let end = now + duration
            while now < end { frame(fate, smaller: smaller) }
        }
    }

    @Test func `what comes whole is trusted`() {
        var track = Track()
        track.frames(.whole, for: .seconds(60))
        #expect(track.changes == [])
    }

    @Test func `half a second of parts is enough, and a second of whole frames`() throws {
        var track = Track()
        track.frames(.whole, for: .seconds(2))
        let broke = track.now
        track.frames(.part, for: .seconds(5))
        try #require(track.changes.count == 1)
        #expect((500...650).contains((track.changes[0] - broke).milliseconds))
        let mended = track.now
        track.frames(.whole, for: .seconds(5))
        try #require(track.changes.count == 2)
        #expect((1_000...1_200).contains((track.changes[1] - mended).milliseconds))
    }

    @Test func `a publisher that pauses everything is trusted when it goes on`() {
        var track = Track()
        track.frames(.whole, for: .seconds(2))
        track.frames(.nothing, for: .seconds(10), smaller: .nothing)
        track.frames(.whole, for: .seconds(2))
        #expect(track.changes == [])
    }

    @Test func `a size that was stopped is trusted at once when it begins anew`() throws {
        var track = Track()
        track.frames(.whole, for: .seconds(2))
        track.frames(.nothing, for: .seconds(10))
        #expect(track.changes.count == 1)
        let began = track.now
        track.frame(.whole, isKeyframe: true)
        try #require(track.changes.count == 2)
        #expect(track.changes[1] - began == track.interval)
    }

    @Test func `each relapse is waited out for longer, up to a bound, and forgotten in time`() {
        var track = Track()
        track.frames(.whole, for: .seconds(2))
        var trials: [Int64] = []
        for _ in 0..<6 {
            track.frames(.part, for: .seconds(2))
            let mended = track.now
            let count = track.changes.count
            while track.changes.count == count, track.now - mended < .seconds(30) { track.frame(.whole) }
            trials.append(((track.now - mended).milliseconds + 500) / 1_000)
        }
        #expect(trials == [1, 2, 4, 8, 16, 16])
        track.frames(.whole, for: .seconds(30))
        track.frames(.part, for: .seconds(2))
        let mended = track.now
        let count = track.changes.count
        while track.changes.count == count, track.now - mended < .seconds(30) { track.frame(.whole) }
        #expect(((track.now - mended).milliseconds + 500) / 1_000 == 1)
    }

    @Test func `five frames a second are given time for three`() throws {
        var track = Track()
        track.interval = .milliseconds(200)
        track.frames(.whole, for: .seconds(10))
        // One lost frame, whose repair takes as long as the next two.
        track.frame(.nothing)
        track.frame(.nothing)
        track.frames(.whole, for: .seconds(10))
        #expect(track.changes == [])
        let broke = track.now
        track.frames(.part, for: .seconds(3))
        try #require(track.changes.count == 1)
        #expect((600...800).contains((track.changes[0] - broke).milliseconds))
    }

    @Test func `a large keyframe without a hole is given more time`() throws {
        var track = Track()
        track.frames(.whole, for: .seconds(2))
        let began = track.now
        track.frame(.part, isKeyframe: true)
        track.frames(.nothing, for: .seconds(3))
        try #require(track.changes.count == 1)
        #expect((1_500...1_700).contains((track.changes[0] - began).milliseconds))
    }

    @Test func `on a long way a repair is waited for`() throws {
        var track = Track()
        track.repairTime = .milliseconds(1_000)
        track.frames(.whole, for: .seconds(2))
        let broke = track.now
        track.frames(.part, for: .seconds(3))
        try #require(track.changes.count == 1)
        #expect((1_000...1_200).contains((track.changes[0] - broke).milliseconds))
    }

    @Test func `few whole frames among many parts are not trusted`() {
        var track = Track()
        track.frames(.whole, for: .seconds(2))
        track.frames(.part, for: .seconds(2))
        for _ in 0..<60 {
            track.frame(.whole)
            track.frame(.whole)
            for _ in 0..<5 { track.frame(.part) }
        }
        #expect(track.changes.count == 1)
        // As many as a path leaves whole that loses a tenth of the packets of large frames.
        let mended = track.now
        while track.changes.count == 1, track.now - mended < .seconds(5) {
            track.frame(.part)
            track.frame(.whole)
            track.frame(.whole)
        }
        #expect(track.changes.count == 2)
    }

    @Test func `it is missed beside the smallest also when the one between ends first`() throws {
        var supply = LayerSupply()
        var frames = WholeFrames()
        var now = Timestamp.zero
        func middleCame() -> Bool {
            supply.smallerFrameCame(rank: 1, frames: frames, repairTime: .milliseconds(100), at: now)
        }
        _ = frames.receive(
            ExtendedSequenceNumber(1_000), timestamp: RTPTimestamp(0), isLast: true, isKeyframeStart: true,
            isRepaired: true, at: now)
        _ = supply.frameCame(begun: frames.begun, at: now)
        now = now + .milliseconds(1)
        let isMissed = middleCame()
        #expect(!isMissed, "that was the last frame of the one between")
        let broke = now
        while !supply.smallerFrameCame(rank: 0, frames: frames, repairTime: .milliseconds(100), at: now) {
            now = now + .milliseconds(50)
            try #require(now - broke < .seconds(2))
        }
        #expect((now - broke).milliseconds == 500)
    }

    @Test func `on an overloaded path it is given up at once, and trusted after a second`() throws {
        var track = Track()
        track.frames(.whole, for: .seconds(2))
        let hasChanged = track.supply.pathIsOverloaded(at: track.now)
        #expect(hasChanged)
        #expect(track.supply.isIncomplete)
        // It is overloaded once more: the trial begins anew.
        track.frames(.whole, for: .milliseconds(900))
        let hasChangedAgain = track.supply.pathIsOverloaded(at: track.now)
        #expect(!hasChangedAgain)
        let last = track.now
        track.frames(.whole, for: .seconds(3))
        try #require(track.changes.count == 1)
        #expect((1_000...1_100).contains((track.changes[0] - last).milliseconds))
    }

    @Test func `what has not begun is not missing`() {
        var track = Track()
        track.frames(.nothing, for: .seconds(5))
        #expect(track.changes == [])
    }
}

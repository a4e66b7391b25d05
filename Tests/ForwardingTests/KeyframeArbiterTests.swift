import Testing
import Wire

@testable import Forwarding

@Suite struct KeyframeArbiterTests {
    @Test func `the first wish is passed on at once, also at the clock's start`() {
        var arbiter = KeyframeArbiter()
        #expect(arbiter.nextTimeout == nil)
        #expect(arbiter.shouldRequest(at: at(0)) == false)
        arbiter.wish(.join, at: at(0))
        #expect(arbiter.isWaiting)
        #expect(arbiter.shouldRequest(at: at(0)) == true)
        #expect(arbiter.shouldRequest(at: at(0)) == false)
    }

    @Test func `a room that joins within 400 ms costs two requests`() {
        var arbiter = KeyframeArbiter()
        var requests: [Int64] = []
        for millisecond in 0...399 as ClosedRange<Int64> {
            arbiter.wish(.join, at: at(millisecond))
            if arbiter.shouldRequest(at: at(millisecond)) { requests.append(millisecond) }
            if millisecond == 200 { arbiter.keyframeBegan(at: at(200)) }
        }
        #expect(requests == [0])
        #expect(arbiter.nextTimeout == at(400), "those who came after the keyframe are not forgotten")
        #expect(arbiter.shouldRequest(at: at(400)) == true)
        #expect(arbiter.wishCount(.join) == 400)
        #expect(arbiter.requestCount == 2)
    }

    @Test func `without a keyframe the request is repeated, ever more slowly`() {
        var arbiter = KeyframeArbiter()
        arbiter.wish(.loss, at: at(100))
        var requests: [Int64] = []
        for millisecond in 100...16_000 as ClosedRange<Int64> where arbiter.shouldRequest(at: at(millisecond))
        {
            requests.append(millisecond)
        }
        #expect(requests == [100, 1100, 3100, 7100, 11_100, 15_100])
        arbiter.keyframeBegan(at: at(16_000))
        #expect(arbiter.nextTimeout == nil)
        #expect(arbiter.lastWait == .milliseconds(15_900))
        // The next wish begins anew.
        arbiter.wish(.pictureLossIndication, at: at(20_000))
        #expect(arbiter.shouldRequest(at: at(20_000)) == true)
        #expect(arbiter.nextTimeout == at(21_000))
    }

    @Test func `what nobody waits for any more is not asked for again`() {
        var arbiter = KeyframeArbiter()
        arbiter.wish(.layerSwitch, at: at(0))
        #expect(arbiter.shouldRequest(at: at(0)) == true)
        arbiter.withdraw()
        #expect(!arbiter.isWaiting)
        #expect(arbiter.nextTimeout == nil)
        #expect(arbiter.shouldRequest(at: at(10_000)) == false)
        // Who comes back is not asked for sooner than any other.
        arbiter.wish(.layerSwitch, at: at(10_000))
        #expect(arbiter.shouldRequest(at: at(10_000)) == true)
        arbiter.withdraw()
        arbiter.wish(.layerSwitch, at: at(10_100))
        #expect(arbiter.nextTimeout == at(10_500))
    }

    @Test func `a new wish while one is awaited is passed on after half a second`() {
        var arbiter = KeyframeArbiter()
        arbiter.wish(.join, at: at(0))
        _ = arbiter.shouldRequest(at: at(0))
        arbiter.wish(.layerSwitch, at: at(300))
        #expect(arbiter.shouldRequest(at: at(499)) == false)
        #expect(arbiter.shouldRequest(at: at(500)) == true)
        #expect(arbiter.nextTimeout == at(1500))
    }

    @Test func `of those who wait, who begins with the layer is heard first`() {
        var arbiter = KeyframeArbiter()
        arbiter.wish(.join, at: at(0))
        _ = arbiter.shouldRequest(at: at(0))
        arbiter.wish(.pictureLossIndication, at: at(100))
        #expect(arbiter.nextTimeout == at(500))
        arbiter.wish(.join, at: at(200))
        #expect(arbiter.nextTimeout == at(400))
        #expect(arbiter.shouldRequest(at: at(400)) == true)
        arbiter.wish(.loss, at: at(450))
        #expect(arbiter.nextTimeout == at(900))
    }

    @Test func `a keyframe nobody asked for changes nothing`() {
        var arbiter = KeyframeArbiter()
        arbiter.keyframeBegan(at: at(10))
        #expect(arbiter.lastWait == nil)
        #expect(arbiter.nextTimeout == nil)
    }

    @Test(arguments: Array(1...12) as [UInt64])
    func `two requests are never closer than 400 ms, and no wish is forgotten`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var arbiter = KeyframeArbiter()
        var last: Int64?
        var oldestWish: Int64?
        for now in 0..<60_000 as Range<Int64> {
            if Int.random(in: 0..<300, using: &generator) == 0 {
                arbiter.wish(KeyframeReason.allCases[Int.random(in: 0..<5, using: &generator)], at: at(now))
                oldestWish = oldestWish ?? now
            }
            if Int.random(in: 0..<900, using: &generator) == 0 {
                arbiter.keyframeBegan(at: at(now))
                oldestWish = nil
            }
            if arbiter.shouldRequest(at: at(now)) {
                if let last { #expect(now - last >= 400, "seed \(seed), at \(now)") }
                #expect(oldestWish != nil)
                last = now
            }
            #expect(arbiter.isWaiting == (oldestWish != nil))
            if let oldestWish, now - oldestWish > 500 {
                #expect(last.map { now - $0 <= 4000 } ?? false, "seed \(seed), at \(now)")
            }
        }
    }

    @Test func `a receiver is listened to every 200 ms and three times in ten seconds`() {
        var budget = ReceiverKeyframeBudget()
        #expect([0, 100, 199].map { budget.admit(at: at($0)) } == [true, false, false])
        #expect([200, 399, 400, 600].map { budget.admit(at: at($0)) } == [true, false, true, false])
        #expect(
            [9_999, 10_000, 10_100, 10_200, 10_400].map { budget.admit(at: at($0)) }
                == [false, true, false, true, true])
        #expect(budget.refusedCount == 6)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `whatever a receiver does, it gets no more than its share`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var budget = ReceiverKeyframeBudget()
        var admitted: [Int64] = []
        var now: Int64 = 0
        for _ in 0..<5000 {
            now += Int64.random(in: 0...700, using: &generator)
            if budget.admit(at: at(now)) { admitted.append(now) }
        }
        for index in admitted.indices.dropFirst(3) {
            #expect(admitted[index] - admitted[index - 3] >= 10_000)
        }
        for index in admitted.indices.dropFirst() { #expect(admitted[index] - admitted[index - 1] >= 200) }
        #expect(admitted.count > 300)
    }
}

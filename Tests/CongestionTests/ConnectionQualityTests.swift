import Testing
import Wire

@testable import Congestion

/// What facts are worth, and how slowly that changes.
struct ConnectionQualityTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var level: QualityLevel
        var reasons: [QualityReason]
        var set: @Sendable (inout ConnectionFacts) -> Void

        init(
            _ name: String, _ level: QualityLevel, _ reasons: [QualityReason],
            _ set: @escaping @Sendable (inout ConnectionFacts) -> Void
        ) {
            testDescription = name
            self.level = level
            self.reasons = reasons
            self.set = set
        }
    }

    static let cases: [Case] = [
        Case("nothing known", .good, []) { _ in },
        Case("loss up 2 %", .good, []) { $0.uplinkLoss = 0.02 },
        Case("loss up 10 %", .fair, [.uplinkLoss]) { $0.uplinkLoss = 0.1 },
        Case("loss up 25 %", .poor, [.uplinkLoss]) { $0.uplinkLoss = 0.25 },
        Case("loss down 10 %", .fair, [.downlinkLoss]) { $0.downlinkLoss = 0.1 },
        Case("loss down 25 %", .poor, [.downlinkLoss]) { $0.downlinkLoss = 0.25 },
        Case("round trip 250 ms", .good, []) { $0.roundTrip = .milliseconds(250) },
        Case("round trip 600 ms", .fair, [.highRoundTrip]) { $0.roundTrip = .milliseconds(600) },
        Case("round trip 1.2 s", .poor, [.highRoundTrip]) { $0.roundTrip = .milliseconds(1_200) },
        Case("queues of 600 ms", .poor, [.highRoundTrip]) { $0.queueingDelay = .milliseconds(600) },
        Case("jitter 20 ms", .good, []) { $0.jitter = .milliseconds(20) },
        Case("jitter 120 ms", .poor, [.jitter]) { $0.jitter = .milliseconds(120) },
        Case("the largest layer is missing", .fair, [.lowBandwidth]) { $0.uplinkRateShare = 0.3 },
        Case("hardly any picture is sent", .poor, [.lowBandwidth]) { $0.uplinkRateShare = 0.05 },
        Case("the next layer does not fit yet", .good, []) { $0.downlinkRateShare = 0.6 },
        Case("one picture of five is withheld", .fair, [.lowBandwidth]) { $0.withheldShare = 0.2 },
        Case("no picture is left", .poor, [.lowBandwidth]) { $0.withheldShare = 1 },
        Case("the worst comes first", .poor, [.uplinkLoss, .highRoundTrip]) {
            $0.uplinkLoss = 0.25
            $0.roundTrip = .milliseconds(500)
        },
        Case("one of two tracks is silent", .fair, [.noMedia]) {
            $0.expectedTracks = 2
            $0.silentTracks = 1
        },
        Case("nothing comes", .lost, [.noMedia]) {
            $0.expectedTracks = 2
            $0.silentTracks = 2
        },
        Case("the transport is down", .lost, [.disconnected]) { $0.isConnected = false },
        Case("numbers that are none", .good, []) {
            $0.uplinkLoss = .nan
            $0.downlinkRateShare = .infinity
            $0.withheldShare = -.infinity
        },
    ]

    @Test(arguments: cases) func factsHaveALevelAndReasons(given: Case) {
        var facts = ConnectionFacts()
        given.set(&facts)
        var quality = ConnectionQuality()
        let isNews = quality.update(facts, at: .zero + .seconds(1))
        #expect(isNews == (given.level != .good))
        #expect(quality.level == given.level, "score \(quality.score)")
        #expect(quality.reasons == given.reasons)
        #expect((1...5).contains(quality.score))
    }

    @Test func aFlawlessConnectionHasFiveAndMoreLossIsNeverBetter() {
        #expect(QualityAssessment(ConnectionFacts()).score > 4.9)
        var last = 5.0
        for percent in 0...100 {
            var facts = ConnectionFacts()
            facts.uplinkLoss = Double(percent) / 100
            let score = QualityAssessment(facts).score
            #expect(score <= last)
            last = score
        }
        #expect(last < 1.6)
    }

    @Test func theDirectionsDoNotAddUp() {
        var up = ConnectionFacts()
        up.uplinkLoss = 0.1
        var both = up
        both.downlinkLoss = 0.1
        #expect(QualityAssessment(up).score == QualityAssessment(both).score)
    }

    @Test func itFallsAtOnceAndRisesSlowly() {
        var bad = ConnectionFacts()
        bad.uplinkLoss = 0.3
        var quality = ConnectionQuality()
        var now = Timestamp.zero
        _ = quality.update(ConnectionFacts(), at: now)
        now = now + .seconds(2)
        let isNews = quality.update(bad, at: now)
        #expect(isNews)
        #expect(quality.level == .poor)
        let fallen = now
        var levels: [QualityLevel] = []
        while quality.level != .good, now - fallen < .seconds(60) {
            now = now + .seconds(2)
            if quality.update(ConnectionFacts(), at: now) { levels.append(quality.level) }
            if quality.level != .good { #expect(quality.reasons == [.uplinkLoss]) }
            if now - fallen < .seconds(6) { #expect(quality.level == .poor) }
        }
        #expect(levels == [.good])
        #expect(now - fallen <= .seconds(10))
        #expect(quality.reasons.isEmpty)
    }

    @Test func aLinkThatComesAndGoesDoesNotFlap() {
        var bad = ConnectionFacts()
        bad.downlinkLoss = 0.25
        var quality = ConnectionQuality()
        var changes = 0
        for turn in 0..<100 {
            let facts = turn.isMultiple(of: 2) ? bad : ConnectionFacts()
            if quality.update(facts, at: .zero + .seconds(Int64(2 * turn))) { changes += 1 }
        }
        #expect(changes == 1)
        #expect(quality.level == .poor)
    }

    @Test func aScoreOnTheBorderDoesNotFlap() {
        var quality = ConnectionQuality()
        var changes = 0
        for turn in 0..<100 {
            var facts = ConnectionFacts()
            // Scores of a little under 4, and a little over it for long.
            facts.uplinkLoss = turn % 10 == 0 ? 0.095 : 0.07
            if quality.update(facts, at: .zero + .seconds(Int64(2 * turn))) { changes += 1 }
        }
        #expect(changes == 1)
    }

    @Test func aClockThatStandsStillDoesNotRaiseIt() {
        var bad = ConnectionFacts()
        bad.isConnected = false
        var quality = ConnectionQuality()
        _ = quality.update(bad, at: .zero + .seconds(9))
        for second in [9, 8, 9] as [Int64] { _ = quality.update(ConnectionFacts(), at: .zero + .seconds(second)) }
        #expect(quality.level == .lost)
        #expect(quality.score == 1)
    }
}

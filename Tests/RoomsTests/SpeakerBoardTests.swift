import Testing
import Wire

@testable import Rooms

/// Who is the one to look at.
struct SpeakerBoardTests {
    private let start = Timestamp(nanoseconds: 0)

    private func time(_ milliseconds: Int64) -> Timestamp { start + .milliseconds(milliseconds) }

    @Test func noiseIsNoNews() {
        var board = SpeakerBoard(interval: .milliseconds(200))
        board.report("p", level: -90, isSpeaking: false, at: time(0))
        #expect(board.update(at: time(0)) == nil)
        board.report("p", level: -80, isSpeaking: false, at: time(500))
        #expect(board.update(at: time(500)) == nil)
    }

    @Test func aCoughDoesNotTurnTheRoom() {
        var board = SpeakerBoard(interval: .milliseconds(200))
        for step in 0..<10 as Range<Int64> {
            board.report("p", level: -25, isSpeaking: true, at: time(step * 200))
            _ = board.update(at: time(step * 200))
        }
        board.report("q", level: -20, isSpeaking: true, at: time(2000))
        board.report("p", level: -25, isSpeaking: true, at: time(2000))
        #expect(board.update(at: time(2000))?.active == "p")
    }

    @Test func whoIsClearlyLouderTakesOver() {
        var board = SpeakerBoard(interval: .milliseconds(200))
        var active: [String?] = []
        for step in 0..<15 as Range<Int64> {
            board.report("p", level: -40, isSpeaking: true, at: time(step * 200))
            if step >= 5 { board.report("q", level: -15, isSpeaking: true, at: time(step * 200)) }
            if let update = board.update(at: time(step * 200)) { active.append(update.active) }
        }
        #expect(active.first == "p")
        #expect(active.last == "q")
    }

    @Test func whoeverSpeaksNextTakesOverFromOneWhoStopped() {
        var board = SpeakerBoard(interval: .milliseconds(200))
        board.report("p", level: -10, isSpeaking: true, at: time(0))
        #expect(board.update(at: time(0))?.active == "p")
        board.report("p", level: -80, isSpeaking: false, at: time(200))
        #expect(board.update(at: time(200))?.active == "p")
        board.report("q", level: -50, isSpeaking: true, at: time(400))
        #expect(board.update(at: time(400))?.active == "q")
    }

    @Test func afterASecondOfSilenceNobodyIsActive() {
        var board = SpeakerBoard(interval: .milliseconds(200))
        board.report("p", level: -10, isSpeaking: true, at: time(0))
        _ = board.update(at: time(0))
        board.report("p", level: -80, isSpeaking: false, at: time(200))
        _ = board.update(at: time(200))
        #expect(board.update(at: time(1100)) == nil)
        #expect(board.update(at: time(1200)) == SpeakersUpdate(active: nil, levels: []))
        #expect(board.update(at: time(1400)) == nil)
    }

    /// The media plane is silent while nothing changes.
    @Test func whoSpeaksOnEvenlyStaysActive() {
        var board = SpeakerBoard(interval: .milliseconds(200))
        board.report("p", level: -25, isSpeaking: true, at: time(0))
        #expect(board.update(at: time(0))?.active == "p")
        for second in 1..<20 as Range<Int64> { #expect(board.update(at: time(second * 1000)) == nil) }
        #expect(board.active == "p")
    }

    @Test func silencingIsTold() {
        var board = SpeakerBoard(interval: .milliseconds(200))
        board.silence("p", at: time(0))
        #expect(board.update(at: time(0)) == nil)
        board.report("p", level: -25, isSpeaking: true, at: time(0))
        _ = board.update(at: time(0))
        board.silence("p", at: time(300))
        let update = SpeakersUpdate(
            active: "p", levels: [.init(participant: "p", level: -127, isSpeaking: false)])
        #expect(board.update(at: time(300)) == update)
    }

    @Test func whoLeavesIsForgotten() {
        var board = SpeakerBoard(interval: .milliseconds(200))
        board.report("p", level: -10, isSpeaking: true, at: time(0))
        _ = board.update(at: time(0))
        board.remove("p")
        #expect(board.update(at: time(200)) == SpeakersUpdate(active: nil, levels: []))
    }

    @Test(arguments: [(Int8.min, Int8(-127)), (1, 0), (Int8.max, 0)] as [(Int8, Int8)])
    func levelsAreKeptInRange(reported: Int8, told: Int8) {
        var board = SpeakerBoard(interval: .milliseconds(200))
        board.report("p", level: reported, isSpeaking: true, at: time(0))
        #expect(board.update(at: time(0))?.levels.map(\.level) == [told])
    }
}

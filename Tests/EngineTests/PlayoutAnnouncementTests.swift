import RTP
import Testing
import Wire

@testable import Engine

@Suite("Telling a receiver how long to keep pictures")
struct PlayoutAnnouncementTests {
    private let base = ExtendedSequenceNumber(0x1_FFF0)

    private func least(_ announcement: PlayoutAnnouncement) -> Interval {
        PlayoutDelay(rawValue: announcement.wire).least
    }

    @Test("nothing is said before there is anything to say")
    func silence() {
        var announcement = PlayoutAnnouncement()
        announcement.set(.zero, after: base)
        announcement.set(.milliseconds(10), after: base)
        announcement.sayAgain(after: base)
        #expect(!announcement.isDue)
    }

    @Test("a delay is said until the receiver has reported packets well behind the first with it")
    func heard() {
        var announcement = PlayoutAnnouncement()
        announcement.set(.milliseconds(125), after: base)
        #expect(announcement.isDue && least(announcement) == .milliseconds(130))
        let newest = base.advanced(by: 100)
        announcement.noteReported(base.advanced(by: 63).wire, newest: newest)
        // A report that has nothing to do with what was sent.
        announcement.noteReported(newest.advanced(by: 1).wire, newest: newest)
        announcement.noteReported(base.advanced(by: -30_000).wire, newest: newest)
        #expect(announcement.isDue)
        announcement.noteReported(base.advanced(by: 64).wire, newest: newest)
        #expect(!announcement.isDue)
        // Little changes are not worth saying; others are.
        announcement.set(.milliseconds(110), after: newest)
        #expect(!announcement.isDue)
        announcement.set(.milliseconds(100), after: newest)
        #expect(announcement.isDue && least(announcement) == .milliseconds(100))
    }

    @Test("when nothing has to be waited for any more, the receiver is let choose")
    func end() {
        var announcement = PlayoutAnnouncement()
        announcement.set(.milliseconds(40), after: base)
        announcement.noteReported(base.advanced(by: 80).wire, newest: base.advanced(by: 80))
        announcement.set(.zero, after: base.advanced(by: 80))
        // Chromium takes zero for a wish to show pictures at once.
        #expect(announcement.isDue && least(announcement) == .milliseconds(10))
    }

    @Test("what was to be said before the first packet is said from there on")
    func beforeNumbers() {
        var announcement = PlayoutAnnouncement()
        announcement.set(.milliseconds(100), after: nil)
        announcement.noteReported(base.wire, newest: nil)
        announcement.noteReported(base.wire, newest: base)
        #expect(announcement.isDue)
        announcement.noteReported(base.advanced(by: 70).wire, newest: base.advanced(by: 70))
        #expect(!announcement.isDue)
        // Another transport may have another receiver behind it.
        announcement.sayAgain(after: base.advanced(by: 70))
        #expect(announcement.isDue)
    }
}

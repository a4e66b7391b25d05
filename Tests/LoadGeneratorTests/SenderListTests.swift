import RTP
import Testing
import Wire

@testable import LoadGenerator

@Suite("Who sends, and what should come of it")
struct SenderListTests {
    private let start = Timestamp(nanoseconds: 1_000_000_000)

    @Test("a room has a sender from the first that is connected to the last that goes")
    func rooms() {
        let senders = SenderList()
        #expect(!senders.hasSender(inRoom: 1))
        senders.begin(1, room: 1, tracks: ["a"], at: start)
        senders.begin(2, room: 1, tracks: ["b"], at: start)
        #expect(senders.hasSender(inRoom: 1) && !senders.hasSender(inRoom: 0))
        senders.end(1)
        senders.end(1)
        #expect(senders.hasSender(inRoom: 1) && senders.start(ofTrack: "a") == nil)
        senders.end(2)
        #expect(!senders.hasSender(inRoom: 1))
    }

    @Test("a picture that is sent and of which nothing comes is counted, sound is not", arguments: [
        (MediaKind.video, UInt64(1)), (.audio, 0),
    ])
    func silence(kind: MediaKind, count: UInt64) {
        let senders = SenderList()
        senders.begin(1, room: 0, tracks: ["a"], at: start)
        let around = IncomingSlot.Surroundings(connected: start, senders: senders)
        var slot = IncomingSlot(kind: kind)
        slot.note(track: "a", at: start, around)
        slot.finish(at: start + .seconds(5), around)
        // Once is enough.
        slot.finish(at: start + .seconds(6), around)
        #expect(slot.silences == count)
        var totals = MediaTotals()
        totals.add(slot)
        #expect(totals.silences == count)
    }

    @Test("nothing is missing where nobody sends, nobody receives yet, or it was not long")
    func nothingMissing() {
        let senders = SenderList()
        senders.begin(1, room: 0, tracks: ["a"], at: start + .seconds(4))
        let around = IncomingSlot.Surroundings(connected: start, senders: senders)
        var slot = IncomingSlot(kind: .video)
        slot.note(track: "elsewhere", at: start, around)
        slot.note(track: "a", at: start + .seconds(6), around)
        slot.note(track: nil, at: start + .milliseconds(10_999), around)
        slot.note(track: "a", at: start + .seconds(11), around)
        slot.finish(at: start + .seconds(20), IncomingSlot.Surroundings(connected: nil, senders: senders))
        #expect(slot.silences == 0)
        slot.note(track: "b", at: start + .seconds(20), around)
        slot.note(track: "a", at: start + .seconds(20), around)
        slot.note(track: nil, at: start + .seconds(25), around)
        #expect(slot.silences == 1)
    }
}

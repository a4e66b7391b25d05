import Testing

@testable import Store

@Suite struct PendingWritesTests {
    private func ended(_ id: String) -> SessionRow {
        var row = SessionRow(session(id))
        row.end = .init(at: time(9), reason: "left", detail: nil)
        return row
    }

    @Test func manyChangesOfOneSessionAreOneRecord() {
        var pending = PendingWrites(capacity: 100)
        var row = SessionRow(session("p-1"))
        for _ in 0..<50 {
            row.apply(.disconnected(reason: "signalling lost"), at: time(3))
            pending.put(row)
        }
        #expect(pending.count == 1)
        #expect(pending.take(10).sessions.first?.interruptions == 50)
    }

    @Test func tracksGoFirstThenRunningSessionsAndEndsStay() {
        var pending = PendingWrites(capacity: 3)
        pending.put(ended("p-1"))
        pending.put(SessionRow(session("p-2")))
        pending.put(TrackRow(record: track("t-1", of: "p-2")))
        pending.put(ended("p-3"))
        #expect(pending.dropped == 1)
        pending.put(ended("p-4"))
        #expect(pending.dropped == 2)
        pending.put(ended("p-5"))
        let batch = pending.take(100)
        #expect(batch.tracks.isEmpty)
        #expect(batch.sessions.map(\.record.id) == ["p-1", "p-3", "p-4", "p-5"])
        #expect(pending.droppedEnds == 0)
    }

    @Test func memoryIsBoundedEvenByEnds() {
        var pending = PendingWrites(capacity: 10)
        for number in 0..<1000 { pending.put(ended("p-\(number)")) }
        #expect(pending.count == 20)
        #expect(pending.droppedEnds == 980)
        #expect(pending.take(1).sessions.first?.record.id == "p-980")
    }

    @Test func whatCouldNotBeWrittenComesBackUnlessItIsOld() {
        var pending = PendingWrites(capacity: 10)
        pending.put(SessionRow(session("p-1")))
        pending.put(SessionRow(session("p-2")))
        let batch = pending.take(10)
        pending.put(ended("p-1"))
        pending.putBack(batch)
        let again = pending.take(10)
        #expect(again.sessions.count == 2)
        #expect(again.sessions.first { $0.record.id == "p-1" }?.end != nil)
    }

    @Test func parentsComeBeforeChildren() {
        var pending = PendingWrites(capacity: 10)
        pending.put(TrackRow(record: track("t-1", of: "p-1")))
        pending.put(SessionRow(session("p-1")))
        pending.put(RoomRow(record: room()))
        #expect(pending.take(2).tracks.isEmpty)
        #expect(pending.take(2).tracks.count == 1)
    }
}

import Engine
import Testing

@testable import MediaRuntime

@Suite struct PlacementTests {
    @Test func aRoomStaysTogetherAndRoomsAreSpread() {
        var placement = Placement(workers: 2, limit: 100)
        let first = placement.place(PeerID(1), in: RoomKey(1))
        #expect(placement.place(PeerID(2), in: RoomKey(1)) == first)
        let second = placement.place(PeerID(3), in: RoomKey(2))
        #expect(second != first)
        #expect(placement.worker(of: PeerID(2)) == first)
    }

    @Test func aRoomThatOutgrowsItsWorkerIsSpreadOverAll() {
        var placement = Placement(workers: 2, limit: 100, tolerance: 4)
        for peer in 1...20 { #expect(placement.place(PeerID(UInt64(peer)), in: RoomKey(1)) != nil) }
        let workers = (1...20).compactMap { placement.worker(of: PeerID($0)) }
        let first = workers[0]
        #expect(workers.prefix(4).allSatisfy { $0 == first })
        #expect(workers.count { $0 == first } == 12)
        placement.note([PublicationID(7)], of: PeerID(20))
        #expect(placement.worker(of: PublicationID(7)) == workers[19])
        placement.remove(PeerID(20))
        #expect(placement.worker(of: PublicationID(7)) == nil)
    }

    @Test func aFullWorkerRefusesAndTakesAgainWhenSomebodyLeft() {
        var placement = Placement(workers: 1, limit: 2)
        #expect(placement.place(PeerID(1), in: RoomKey(1)) == 0)
        #expect(placement.place(PeerID(2), in: RoomKey(2)) == 0)
        #expect(placement.place(PeerID(3), in: RoomKey(1)) == nil)
        placement.remove(PeerID(1))
        placement.remove(PeerID(1))
        #expect(placement.place(PeerID(3), in: RoomKey(1)) == 0)
        #expect(placement.worker(of: PeerID(1)) == nil)
    }
}

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

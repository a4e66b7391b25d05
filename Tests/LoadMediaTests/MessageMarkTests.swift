import LoadMedia
import Testing
import Wire

@Suite struct MessageMarkTests {
    private let mark = MessageMark(
        sender: 0xDEAD_BEEF, receiver: 7, sequence: 77, sent: Timestamp(nanoseconds: 1_234_567_890_123))

    @Test(arguments: [40, 41, 47, 200, 2_088, 65_536])
    func readsWhatItWrote(count: Int) throws {
        #expect(mark.message(count: count).count == count)
        #expect(try MessageMark(parsing: mark.message(count: count).span) == mark)
        var toAll = mark
        toAll.receiver = nil
        #expect(try MessageMark(parsing: toAll.message(count: count).span) == toAll)
    }

    @Test func everyFlippedBitIsFound() {
        let bytes = mark.message(count: 100)
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                #expect(throws: MediaMark.ReadError.self) { try MessageMark(parsing: changed.span) }
            }
        }
    }

    @Test func everyOtherLengthIsRefused() {
        let bytes = mark.message(count: 120)
        for count in 0..<120 {
            #expect(throws: MediaMark.ReadError.self) { try MessageMark(parsing: Array(bytes[..<count]).span) }
        }
        #expect(throws: MediaMark.ReadError.self) { try MessageMark(parsing: (bytes + [0]).span) }
    }
}

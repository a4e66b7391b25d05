import LoadMedia
import Testing
import Wire

@Suite struct MediaMarkTests {
    private let mark = MediaMark(
        stream: .init(0xDEAD_BEEF), layer: 2, frame: 77, reference: 76, packet: 3, packets: 9, isKeyframe: false,
        sent: Timestamp(nanoseconds: 1_234_567_890_123))

    private func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        mark.append(to: &bytes, count: count)
        return bytes
    }

    @Test(arguments: [50, 51, 57, 58, 200, 1_160, 9_000])
    func readsWhatItWrote(count: Int) throws {
        let bytes = bytes(count)
        #expect(bytes.count == count && !bytes.contains { $0 < 0x80 })
        #expect(try MediaMark(parsing: bytes.span) == mark)
    }

    @Test func everyFlippedBitIsFound() {
        let bytes = bytes(180)
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                #expect(throws: MediaMark.ReadError.self) { try MediaMark(parsing: changed.span) }
            }
        }
    }

    @Test func everyOtherLengthIsRefused() {
        let bytes = bytes(120)
        for count in 0..<120 {
            #expect(throws: MediaMark.ReadError.self) { try MediaMark(parsing: Array(bytes[..<count]).span) }
        }
        #expect(throws: MediaMark.ReadError.self) { try MediaMark(parsing: (bytes + [0x80]).span) }
    }
}

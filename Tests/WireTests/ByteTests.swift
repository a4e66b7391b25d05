import Testing
import Wire

@Suite struct ByteTests {
    @Test func whatIsWrittenIsReadInNetworkOrder() {
        var writer = ByteWriter()
        writer.append(UInt8(1))
        writer.append(UInt16(0x0203))
        writer.append24(0xFF04_0506)
        writer.append(UInt32(0x0708_090A))
        writer.append(UInt64(0x0B0C_0D0E_0F10_1112))
        #expect(writer.bytes == Array(1...18))
        let bytes = writer.bytes.span
        #expect(bytes.uint16(at: 1) == 0x0203)
        #expect(bytes.uint24(at: 3) == 0x04_0506)
        #expect(bytes.uint32(at: 6) == 0x0708_090A)
        #expect(bytes.uint64(at: 10) == 0x0B0C_0D0E_0F10_1112)
    }

    @Test func paddingFillsToTheAlignmentAndPatchingStaysInPlace() {
        var writer = ByteWriter()
        for _ in 0..<5 { writer.append(UInt8(9)) }
        writer.pad(to: 4)
        writer.patch(0xABCD, at: 1)
        #expect(writer.bytes == [9, 0xAB, 0xCD, 9, 9, 0, 0, 0])
    }

    @Test func timestampsSubtractToIntervals() {
        let start = Timestamp(nanoseconds: 5)
        #expect((start + .milliseconds(3)) - start == .microseconds(3_000))
        #expect(start - .seconds(1) < start)
        #expect(Interval.milliseconds(-1_500).milliseconds == -1_500)
    }
}

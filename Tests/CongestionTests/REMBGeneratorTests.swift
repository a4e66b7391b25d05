import RTP
import Testing
import Wire

@testable import Congestion

@Suite struct REMBGeneratorTests {
    @Test func `the limit doubles each second up to the cap and is repeated each second`() throws {
        var generator = REMBGenerator(start: 1_000_000, cap: 6_000_000)
        var limits: [UInt64] = []
        for millisecond in stride(from: Int64(0), to: 5000, by: 100) {
            var writer = ByteWriter()
            let wrote = generator.makeReport(
                at: at(millisecond), senderSSRC: SSRC(9), sources: [SSRC(5), SSRC(6)], into: &writer)
            #expect(wrote == (millisecond % 1000 == 0))
            guard wrote else { continue }
            let report = try ReceiverEstimatedMaximumBitrate(parsing: writer.bytes.span)
            #expect(report.sender == SSRC(9))
            #expect(report.sources == [SSRC(5), SSRC(6)])
            limits.append(report.bitrate)
        }
        #expect(limits == [1_000_000, 2_000_000, 4_000_000, 6_000_000, 6_000_000])
    }

    @Test func `without sources there is nothing to say, and the ramp has not begun`() {
        var generator = REMBGenerator(start: 500_000, cap: 1_000_000)
        var writer = ByteWriter()
        #expect(generator.makeReport(at: at(0), senderSSRC: SSRC(1), sources: [], into: &writer) == false)
        #expect(writer.count == 0)
        #expect(generator.bitrate == 500_000)
    }
}

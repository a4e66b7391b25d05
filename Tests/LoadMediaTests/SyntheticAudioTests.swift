import LoadMedia
import RTP
import Testing
import Wire

@Suite struct SyntheticAudioTests {
    private func record(_ format: SyntheticAudio.Format, seconds: Int64) -> [SentPacket] {
        var audio = SyntheticAudio(format, stream: .init(9), seed: 2)
        audio.begin(at: SentStream.start)
        var packets: [SentPacket] = []
        var payload: [UInt8] = []
        while audio.nextDue < SentStream.start + .seconds(seconds) {
            let now = audio.nextDue
            guard let packet = audio.nextPacket(at: now, into: &payload) else { continue }
            #expect(packet.audioLevel != nil)
            packets.append(
                SentPacket(
                    payload: payload, number: ExtendedSequenceNumber(SentStream.firstNumber + UInt64(packets.count)),
                    timestamp: packet.timestamp, marker: packet.marker, isKeyframe: true, sent: now))
        }
        return packets
    }

    @Test func fiftyPacketsASecondAtTheRate() {
        let packets = record(.init(bitrate: 32_000), seconds: 60)
        #expect(packets.count == 3_000)
        let bits = packets.reduce(0) { $0 + $1.payload.count } * 8
        #expect(abs(Double(bits) / 60 / 32_000 - 1) < 0.05)
        #expect(packets.allSatisfy { $0.payload[0] == 0xF8 })
        #expect(zip(packets, packets.dropFirst()).allSatisfy { $1.timestamp.distance(from: $0.timestamp) == 960 })
        let figures = packets.verified(as: .opus).figures
        #expect(figures.complete == 3_000 && figures.frames == 3_000)
        #expect(figures.surprises == 0 && figures.freezes == 0)
    }

    @Test func pausesAreLeftOut() {
        let packets = record(.init(hasDTX: true), seconds: 60)
        #expect((1_000..<2_900).contains(packets.count))
        let figures = packets.verified(as: .opus).figures
        #expect(figures.emptyPackets > 0)
        #expect(figures.complete + figures.emptyPackets == UInt64(packets.count))
        #expect(figures.frames == figures.complete && figures.surprises == 0)
    }

    @Test func lossIsCounted() {
        var packets = record(.init(), seconds: 10)
        packets.removeSubrange(100..<103)
        let figures = packets.verified(as: .opus).figures
        #expect(figures.lost == 3 && figures.missingPackets == 3 && figures.undecodable == 0)
        #expect(figures.complete == 497)
    }
}

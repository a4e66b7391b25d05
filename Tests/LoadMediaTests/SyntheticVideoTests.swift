import LoadMedia
import RTP
import Testing
import Wire

@Suite struct SyntheticVideoTests {
    @Test(arguments: VideoFormat.Codec.allCases, [150_000, 500_000, 1_500_000, 4_000_000])
    func rateIsKept(codec: VideoFormat.Codec, bitrate: Int) {
        let format = VideoFormat(
            codec: codec, rate: .encoder(bitsPerSecond: bitrate, framesPerSecond: 30), keyframeInterval: 10)
        let packets = SentStream.record(format, seconds: 60)
        let bits = packets.reduce(0) { $0 + $1.payload.count } * 8
        #expect(abs(Double(bits) / 60 / Double(bitrate) - 1) < 0.05, "\(Double(bits) / 60 / Double(bitrate))")
    }

    @Test func framesAreSplitAsChromeSplitsThem() {
        for frame in SentStream.record(seconds: 5).frames {
            // The first packet's payload header counts as bytes of the frame, so all payloads differ by one at most.
            let lengths = frame.map(\.payload.count)
            let short = lengths.min() ?? 0
            #expect(lengths.allSatisfy { $0 <= VideoFormat.chromePayloadLimit && $0 - short <= 1 })
            #expect(lengths == lengths.sorted())
            #expect(frame.dropLast().allSatisfy { !$0.marker } && frame.last?.marker == true)
        }
    }

    @Test func vp8ParsesAndNumbersItsFrames() throws {
        let frames = SentStream.record(seconds: 4, keyframesAt: [2]).frames
        var last: VP8Descriptor?
        var keyframes = 0
        for frame in frames {
            for (index, packet) in frame.enumerated() {
                let descriptor = try VP8Descriptor(parsing: packet.payload.span)
                #expect(descriptor.startsFrame == (index == 0))
                #expect(descriptor.hasLongPictureID && descriptor.length == 6)
                #expect(descriptor.isKeyframeStart == (index == 0 && packet.isKeyframe))
                if index == 0, let last, let before = last.pictureID, let index = last.tl0PictureIndex {
                    #expect(descriptor.pictureID == (before + 1) & 0x7FFF)
                    #expect(descriptor.tl0PictureIndex == index &+ 1)
                }
                last = descriptor
            }
            if frame[0].isKeyframe {
                keyframes += 1
                #expect(frame.count > 20)
                #expect(Array(frame[0].payload[9..<16]) == [0x9D, 0x01, 0x2A, 0x00, 0x05, 0xD0, 0x02])
            }
        }
        #expect(keyframes == 2)
        #expect((118...121).contains(frames.count))
    }

    @Test func h264ParsesAndHasNoStartCodes() throws {
        var format = VideoFormat(codec: .h264)
        format.rate = .encoder(bitsPerSecond: 300_000, framesPerSecond: 30)
        var kinds: Set<UInt8> = []
        for frame in SentStream.record(format, seconds: 10, keyframesAt: [3]).frames {
            let starts = try frame.map { try H264Payload(parsing: $0.payload.span) }
            #expect(starts[0].hasSequenceParameterSet == frame[0].isKeyframe)
            #expect(starts[0].hasPictureParameterSet == frame[0].isKeyframe)
            if frame[0].isKeyframe { #expect(starts[1].startsIDRPicture) }
            #expect(starts.dropFirst(2).allSatisfy { !$0.isKeyframeStart })
            for packet in frame {
                kinds.insert(packet.payload[0] & 0x1F)
                #expect(packet.payload.count <= VideoFormat.chromePayloadLimit)
                guard packet.payload[0] & 0x1F != 24 else { continue }
                #expect(!packet.payload.dropFirst(2).contains(0))
            }
        }
        #expect(kinds == [1, 24, 28])
    }

    @Test func framesVaryAsNeighboursDo() {
        let sizes = SentStream.record(seconds: 60).frames.dropFirst(60).map { frame in
            Double(frame.reduce(0) { $0 + $1.payload.count })
        }
        let mean = sizes.reduce(0, +) / Double(sizes.count)
        let variance = sizes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sizes.count)
        let neighbours = zip(sizes, sizes.dropFirst()).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
        #expect((0.1...0.4).contains(variance.squareRoot() / mean))
        #expect(neighbours / Double(sizes.count) / variance > 0.5)
    }

    /// A keyframe: 40 ms of that at once, the rest in steps. A usual frame is less than those 40 ms.
    @Test func pacerSendsBurstsAtTwoAndAHalfTimesTheRate() {
        let frames = SentStream.record(seconds: 1).frames
        let keyframe = frames[0]
        let first = keyframe.prefix { $0.sent == keyframe[0].sent }.reduce(0) { $0 + $1.payload.count }
        #expect((18_750...20_000).contains(first), "\(first)")
        let rest = keyframe.drop { $0.sent == keyframe[0].sent }
        let bytes = rest.reduce(0) { $0 + $1.payload.count }
        let time = (keyframe[keyframe.count - 1].sent - keyframe[0].sent).seconds
        #expect(abs(Double(bytes) * 8 / time / (2.5 * 1_500_000) - 1) < 0.15)
        #expect(Set(keyframe.map { ($0.sent - SentStream.start).nanoseconds % 5_000_000 }) == [0])
        for frame in frames.dropFirst(5) { #expect(Set(frame.map(\.sent)).count == 1) }
    }

    @Test(arguments: VideoFormat.Codec.allCases)
    func constantSizeIsConstant(codec: VideoFormat.Codec) {
        let rate = VideoFormat.Rate.constant(packetsPerSecond: 1_000, payloadLength: 1_100, burst: 8)
        let packets = SentStream.record(VideoFormat(codec: codec, rate: rate), seconds: 4)
        #expect(packets.dropFirst().allSatisfy { $0.payload.count == 1_100 })
        #expect((3_990...4_010).contains(packets.count))
        #expect(packets.frames.dropFirst().allSatisfy { $0.count == 8 && Set($0.map(\.sent.nanoseconds)).count == 1 })
        #expect(packets.verified(as: codec.mediaCodec).figures.complete == UInt64(packets.frames.count))
    }

    @Test func sameSeedSamePackets() {
        #expect(SentStream.record(seconds: 2, seed: 3) == SentStream.record(seconds: 2, seed: 3))
        #expect(SentStream.record(seconds: 2, seed: 3) != SentStream.record(seconds: 2, seed: 4))
    }

    @Test func simulcastHasThreeSizesOnOneClock() {
        let layers = VideoFormat().simulcastLayers()
        #expect(layers.map(\.rid) == ["q", "h", "f"])
        #expect(layers.map(\.format.height) == [180, 360, 720])
        let streams = layers.map { SentStream.record($0.format, seconds: 2).frames.map { $0[0].sent } }
        #expect(streams[0].count == streams[2].count)
    }

    @Test func lateCallerSkipsFramesAndKeepsTheClock() {
        var video = SyntheticVideo(VideoFormat(), stream: .init(1), seed: 1)
        var payload: [UInt8] = []
        video.begin(at: SentStream.start)
        while video.nextPacket(at: SentStream.start, into: &payload) != nil {}
        let late = SentStream.start + .seconds(10)
        _ = video.nextPacket(at: late, into: &payload)
        #expect((280...290).contains(video.skippedFrames))
        #expect(video.nextDue <= late + .milliseconds(34))
    }

    @Test func pauseGoesOnWithAKeyframe() {
        var video = SyntheticVideo(VideoFormat(), stream: .init(1), seed: 1)
        var payload: [UInt8] = []
        video.begin(at: SentStream.start)
        _ = video.nextPacket(at: SentStream.start, into: &payload)
        video.pause()
        #expect(video.nextDue == .distantFuture)
        let later = SentStream.start + .seconds(3)
        #expect(video.nextPacket(at: later, into: &payload) == nil)
        video.resume(at: later)
        let packet = video.nextPacket(at: video.nextDue, into: &payload)
        #expect(packet?.isKeyframe == true && packet?.startsFrame == true)
    }
}

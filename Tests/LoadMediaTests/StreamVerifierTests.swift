import LoadMedia
import RTP
import Testing
import Wire

@Suite struct StreamVerifierTests {
    /// Four seconds with a keyframe at the beginning and after two.
    private let sent = SentStream.record(seconds: 4, keyframesAt: [2])

    private func index(ofFrame frame: Int, packet: Int = 0) -> Int {
        sent.frames.prefix(frame).reduce(0) { $0 + $1.count } + packet
    }

    private var keyframeAt: Int { sent.frames.lastIndex { $0[0].isKeyframe } ?? 0 }

    @Test(arguments: VideoFormat.Codec.allCases)
    func everythingIsFine(codec: VideoFormat.Codec) {
        let packets = SentStream.record(VideoFormat(codec: codec), seconds: 4, keyframesAt: [2])
        let verifier = packets.verified(as: codec.mediaCodec)
        let figures = verifier.figures
        #expect(figures.complete + figures.abandoned == UInt64(packets.frames.count))
        #expect(figures.frames == figures.complete && figures.surprises == 0 && figures.keyframes == 2)
        #expect(figures.freezes == 0 && figures.missingPackets == 0 && figures.duplicates == 0)
        #expect(!verifier.needsKeyframe && verifier.stream == .init(7))
        #expect(verifier.firstKeyframe != nil)
    }

    @Test func latencyIsFromSendTimeToNow() {
        var verifier = StreamVerifier(codec: .vp8)
        let packet = sent[0]
        let latency = verifier.receive(
            packet.payload.span, number: packet.number, timestamp: packet.timestamp, marker: packet.marker,
            at: packet.sent + .microseconds(750))
        #expect(latency == .microseconds(750))
    }

    @Test func oneLostPacketCostsItsFrameAndThoseThatReferToIt() {
        var packets = sent
        packets.remove(at: index(ofFrame: 20, packet: 1))
        let figures = packets.verified().figures
        #expect(figures.lost == 1 && figures.missingPackets == 1)
        #expect(figures.undecodable == UInt64(keyframeAt - 21))
        #expect(figures.complete == UInt64(sent.frames.count - keyframeAt + 20) - figures.abandoned)
        #expect(figures.freezes == 1 && figures.surprises == 0)
    }

    @Test func wholeLostFramesAreCounted() {
        var packets = sent
        packets.removeSubrange(index(ofFrame: 20)..<index(ofFrame: 23))
        let figures = packets.verified().figures
        #expect(figures.lost == 3 && figures.undecodable == UInt64(keyframeAt - 23))
    }

    @Test func aFlippedBitIsCorrupt() {
        for place in [8, 30, 70, 300] {
            var packets = sent
            packets[index(ofFrame: 20, packet: 1)].payload[place] ^= 4
            let figures = packets.verified().figures
            #expect(figures.corrupt == 1 && figures.lost == 0 && figures.corruptPackets == 1, "at \(place)")
            #expect(figures.undecodable == UInt64(keyframeAt - 21))
        }
    }

    @Test func aCorruptPacketMayComeAgain() {
        var packets = sent
        let place = index(ofFrame: 20, packet: 1)
        packets.insert(packets[place], at: place + 2)
        packets[place].payload[80] ^= 1
        let figures = packets.verified().figures
        #expect(figures.corruptPackets == 1 && figures.corrupt == 0 && figures.undecodable == 0 && figures.lost == 0)
    }

    @Test func swappedPacketsAreFine() {
        var packets = sent
        for place in stride(from: 3, to: packets.count - 1, by: 5) { packets.swapAt(place, place + 1) }
        let figures = packets.verified().figures
        #expect(figures.frames == figures.complete && figures.surprises == 0 && figures.reordered > 50)
    }

    @Test func overtakenFirstKeyframeIsWaitedFor() {
        var packets = sent
        packets.swapAt(0, index(ofFrame: 1))
        let figures = packets.verified().figures
        #expect(figures.frames == figures.complete && figures.surprises == 0)
    }

    @Test func duplicatesAreCounted() {
        var packets = sent
        packets.insert(packets[50], at: 51)
        packets.insert(packets[60], at: 200)
        let figures = packets.verified().figures
        #expect(figures.duplicates == 2 && figures.frames == figures.complete && figures.surprises == 0)
    }

    @Test func retransmissionWithinTheWindowIsFine() {
        var packets = sent
        let place = index(ofFrame: 20, packet: 1)
        let packet = packets.remove(at: place)
        packets.insert(packet, at: place + 30)
        let figures = packets.verified().figures
        #expect(figures.frames == figures.complete)
    }

    @Test func retransmissionAfterTheWindowIsLate() {
        var packets = sent
        let place = index(ofFrame: 20, packet: 1)
        let packet = packets.remove(at: place)
        packets.insert(packet, at: index(ofFrame: 45))
        let figures = packets.verified().figures
        #expect(figures.late == 1 && figures.lost == 0)
    }

    @Test func wrongTimestampsAreSurprises() {
        var packets = sent
        packets[index(ofFrame: 20, packet: 1)].timestamp = packets[0].timestamp
        #expect(packets.verified().figures.timestampSurprises == 1)
        packets = sent
        for place in index(ofFrame: 20)..<index(ofFrame: 21) {
            packets[place].timestamp = packets[place].timestamp.advanced(by: 200_000)
        }
        // The jump there, and the one back.
        #expect(packets.verified().figures.timestampSurprises == 2)
    }

    @Test func wrongMarkersAndNumbersAreSurprises() {
        var packets = sent
        packets[index(ofFrame: 20)].marker.toggle()
        #expect(packets.verified().figures.markerSurprises == 1)
        packets = sent
        let place = index(ofFrame: 20)
        (packets[place].number, packets[place + 1].number) = (packets[place + 1].number, packets[place].number)
        #expect(packets.verified().figures.sequenceSurprises > 0)
    }

    @Test func pictureNumbersThatJumpAreSurprises() {
        var packets = sent
        for place in index(ofFrame: 20)..<packets.count { packets[place].payload[3] &+= 5 }
        let figures = packets.verified().figures
        #expect(figures.pictureIDSurprises >= 1 && figures.frames == figures.complete)
    }

    @Test func framesWithoutGapInNumbersAreWithheld() {
        var packets = sent
        let removed = index(ofFrame: 20)..<index(ofFrame: keyframeAt)
        packets.removeSubrange(removed)
        for place in removed.lowerBound..<packets.count {
            packets[place].number = packets[place].number.advanced(by: -Int64(removed.count))
        }
        let figures = packets.verified().figures
        #expect(figures.withheld == UInt64(keyframeAt - 20) && figures.lost == 0 && figures.undecodable == 0)
        #expect(figures.frames == figures.complete)
    }

    @Test func picturesOfOthersMayHaveBeenLostBetween() {
        var packets = sent
        let (first, next) = (index(ofFrame: 20), index(ofFrame: keyframeAt + 1))
        for place in next..<packets.count {
            // Ten packets and five pictures of somebody else.
            packets[place].number = packets[place].number.advanced(by: 10)
            let picture = (UInt16(packets[place].payload[2] & 0x7F) << 8 | UInt16(packets[place].payload[3])) &+ 5
            packets[place].payload[2] = 0x80 | UInt8(picture >> 8)
            packets[place].payload[3] = UInt8(picture & 0xFF)
        }
        packets.removeSubrange(first..<next)
        var figures = packets.verified().figures
        #expect(figures.pictureIDSurprises == 0 && figures.undecodable > 0)
        // More than were lost can hardly have been.
        for place in first..<packets.count { packets[place].payload[2] &+= 8 }
        figures = packets.verified().figures
        #expect(figures.pictureIDSurprises == 1)
    }

    @Test(arguments: [0, 1, 5] as [UInt64])
    func anotherPublisherBeginsWithAKeyframe(gap: UInt64) {
        let first = Array(sent[..<index(ofFrame: 40)])
        let other = SentStream.record(stream: 8, seconds: 4, seed: 9)
            .map { packet in
                var packet = packet
                packet.sent = packet.sent + .seconds(1)
                return packet
            }
        let packets = first + other.renumbered(after: first[first.count - 1], gap: gap)
        // The second stream's send times inside are earlier than the first one's: the tolerance allows for that.
        let figures = packets.verified().figures
        #expect(figures.sourceChanges == 1 && figures.layerSwitches == 0 && figures.changesWithoutKeyframe == 0)
        #expect(figures.frames == figures.complete && figures.lost == 0 && figures.sequenceSurprises == 0)
        let midway = first + Array(other.dropFirst(100)).renumbered(after: first[first.count - 1], gap: gap)
        // In a longer gap the keyframe may have been lost.
        #expect(midway.verified().figures.changesWithoutKeyframe == (gap > 1 ? 0 : 1))
        #expect(midway.verified().needsKeyframe)
    }

    /// With a number left free behind what was sent of the frame, or without.
    @Test(arguments: [0, 1] as [UInt64])
    func layersMaySwitchWithinAFrame(gap: UInt64) {
        let layers = VideoFormat().simulcastLayers().enumerated().map { index, layer in
            SentStream.record(layer.format, layer: UInt8(index), seconds: 6, keyframesAt: [2, 4])
        }
        func keyframe(_ layer: Int, _ number: Int) -> Int {
            let starts = layers[layer].indices.filter {
                layers[layer][$0].isKeyframe && ($0 == 0 || !layers[layer][$0 - 1].isKeyframe)
            }
            return starts[number]
        }
        /// Without the end of the last frame.
        func cut(_ packets: [SentPacket]) -> [SentPacket] {
            packets.last?.marker == true ? packets.dropLast() : packets
        }
        var packets = cut(Array(layers[0].prefix { $0.sent <= layers[1][keyframe(1, 1)].sent }))
        packets += cut(
            Array(layers[1][keyframe(1, 1)...].prefix { $0.sent < layers[2][keyframe(2, 2)].sent })
                .renumbered(after: packets[packets.count - 1], gap: gap))
        packets += Array(layers[2][keyframe(2, 2)...]).renumbered(after: packets[packets.count - 1], gap: gap)
        let verifier = packets.verified()
        let figures = verifier.figures
        #expect(figures.layerSwitches == 2 && figures.changesWithoutKeyframe == 0 && figures.sourceChanges == 0)
        #expect(figures.frames == figures.complete && figures.abandoned <= 3 && figures.lost == 0)
        #expect(figures.sequenceSurprises == 0 && figures.pictureIDSurprises == 0 && figures.freezes == 0)
        #expect(verifier.layer == 2)
    }

    @Test func aPauseIsAFreezeUnlessItWasMeant() {
        func figures(expecting: Bool) -> StreamVerifier.Figures {
            var verifier = StreamVerifier(codec: .vp8)
            for (index, packet) in sent.enumerated() {
                let isLate = index >= self.index(ofFrame: 30)
                if expecting, index == self.index(ofFrame: 30) { verifier.expectPause() }
                verifier.receive(
                    packet.payload.span, number: packet.number, timestamp: packet.timestamp, marker: packet.marker,
                    at: packet.sent + .milliseconds(isLate ? 700 : 10))
            }
            return verifier.figures
        }
        let frozen = figures(expecting: false)
        #expect(frozen.freezes == 1 && (700...760).contains(frozen.longestFreeze.milliseconds))
        #expect(figures(expecting: true).freezes == 0)
    }

    @Test func hostilePacketsDoNotTrapAndDoNotPileUp() {
        var verifier = StreamVerifier(codec: .h264)
        var generator = SeededGenerator(seed: 99)
        for round in 0..<20_000 {
            var payload = sent[round % sent.count].payload
            for _ in 0..<Int.random(in: 0...3, using: &generator) where !payload.isEmpty {
                payload[Int.random(in: payload.indices, using: &generator)] = UInt8(
                    truncatingIfNeeded: generator.next())
            }
            payload.removeLast(Int.random(in: 0...payload.count, using: &generator) / (round % 3 + 1))
            verifier.receive(
                payload.span, number: ExtendedSequenceNumber(generator.next() >> UInt64(round % 64)),
                timestamp: RTPTimestamp(UInt32(truncatingIfNeeded: generator.next())), marker: round % 2 == 0,
                at: Timestamp(nanoseconds: Int64(round) * 1_000_000))
        }
        verifier.finish(at: Timestamp(nanoseconds: 30_000_000_000))
        #expect(verifier.figures.packets == 20_000)
        var other = StreamVerifier(codec: .vp8)
        for packet in sent {
            // The right bytes under numbers that make no sense.
            other.receive(
                packet.payload.span, number: ExtendedSequenceNumber(generator.next()), timestamp: packet.timestamp,
                marker: packet.marker, at: packet.sent)
        }
        other.finish(at: Timestamp(nanoseconds: 30_000_000_000))
        #expect(other.figures.surprises > 0)
    }
}

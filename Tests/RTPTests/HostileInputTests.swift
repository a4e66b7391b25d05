import RTP
import Testing
import Wire

/// Gives bytes to every parser there is.
///
/// Whatever they are, nothing may trap, and a place that a parser names
/// must lie inside the bytes.
private func parseAsEverything(_ bytes: [UInt8], structure: DependencyStructure?) {
    func expectInside(_ range: Range<Int>, _ place: String) {
        if range.upperBound > bytes.count { Issue.record("\(place) \(range) is beyond \(bytes)") }
    }

    _ = DatagramKind(bytes)
    if let header = try? RTPHeader(bytes) {
        expectInside(header.extensionRange, "extension")
        expectInside(header.payloadRange, "payload")
        for index in 0..<header.csrcCount { #expect(header.csrc(at: index, in: bytes) != nil) }
        var cursor = header.extensions
        var count = 0
        while let element = cursor.next(in: bytes) {
            expectInside(element.range, "element")
            count += 1
        }
        if count > bytes.count { Issue.record("more elements than bytes") }
        var packet = bytes
        var span = packet.mutableSpan
        let start = Retransmission.unwrap(
            &span, header: header, ssrc: header.ssrc, payloadType: header.payloadType)
        if let start {
            let original = try? RTPHeader(Array(packet[start...]))
            #expect(original?.payloadRange.count == header.payloadRange.count - Retransmission.overhead)
        }
    }

    var packets = RTCPPacketIterator()
    var end = 0
    while let range = try? packets.next(in: bytes) {
        expectInside(range, "control packet")
        #expect(range.lowerBound == end)
        end = range.upperBound
        parseAsControlPacket(Array(bytes[range]))
    }

    parseAsPayload(bytes)
    if let red = try? REDPayload(bytes) {
        expectInside(red.primary.range, "primary block")
        for index in 0..<red.redundantCount {
            let block = red.redundantBlock(at: index, in: bytes)
            #expect(block != nil)
            if let block { expectInside(block.range, "redundant block") }
        }
    }
    for known in [nil, structure] { parseAsDependencyDescriptor(bytes, structure: known) }
}

/// A descriptor that can be read can be given another mask, and is the same otherwise.
private func parseAsDependencyDescriptor(_ bytes: [UInt8], structure: DependencyStructure?) {
    guard let descriptor = try? DependencyDescriptor(bytes, structure: structure) else { return }
    if let attached = descriptor.structure {
        #expect(
            attached.templates.count <= 64 && attached.decodeTargets.count <= 32 && attached.chainCount <= 32)
    }
    let needed = descriptor.lengthWithActiveDecodeTargets(bytes.span)
    #expect((needed == nil) == (descriptor.frame == nil))
    guard let needed else { return }
    var masked = [UInt8](repeating: 0xEE, count: needed)
    var span = masked.mutableSpan
    let length = descriptor.write(activeDecodeTargets: 1, of: bytes.span, into: &span, at: 0)
    #expect(length == needed)
    let again = try? DependencyDescriptor(masked, structure: structure)
    #expect(again?.activeDecodeTargets == 1)
    #expect(again?.structure == descriptor.structure)
    #expect(again?.frame == descriptor.frame)
}

/// A control packet that can be read can be written, and then it reads the same.
private func parseAsControlPacket(_ bytes: [UInt8]) {
    guard let packet = try? RTCPPacket(bytes) else { return }
    let again: [UInt8]
    switch packet {
    case .senderReport(let report): again = written(report.write)
    case .receiverReport(let report): again = written(report.write)
    case .sourceDescription(let description):
        // Bytes that are no text are replaced by longer ones, which may not fit any more.
        guard description.chunks.allSatisfy({ $0.items.allSatisfy { $0.text.utf8.count <= 255 } }) else {
            return
        }
        again = written(description.write)
    case .goodbye(let goodbye):
        guard (goodbye.reason?.utf8.count ?? 0) <= 255 else { return }
        again = written(goodbye.write)
    case .genericNACK(let nack):
        #expect(Array(nack.lost).count >= nack.items.count)
        again = written(nack.write)
    case .pictureLossIndication(let indication): again = written(indication.write)
    case .fullIntraRequest(let request): again = written(request.write)
    case .receiverEstimatedMaximumBitrate(let report):
        guard report.bitrate != .max else { return }
        again = written(report.write)
    case .transportFeedback(let feedback):
        #expect(Array(feedback.packets).count == feedback.deltas.count)
        again = written(feedback.write)
    case .extendedReport(let report): again = written(report.write)
    case .unknown: return
    }
    #expect((try? RTCPPacket(again)) == packet, "\(bytes)")
}

/// A descriptor that can be read can be patched, and keeps its length and its layers.
private func parseAsPayload(_ bytes: [UInt8]) {
    for codec in MediaCodec.allCases {
        let info = try? FrameInfo(codec: codec, payload: bytes)
        #expect(isKeyframeStart(codec: codec, payload: bytes) == (info?.isKeyframeStart ?? false))
    }
    if let descriptor = try? VP8Descriptor(bytes) {
        #expect(descriptor.length <= bytes.count)
        var payload = bytes
        var span = payload.mutableSpan
        descriptor.patch(&span, at: 0, pictureID: 0x7ABC, tl0PictureIndex: 0xAB, keyIndex: 0x15)
        let patched = try? VP8Descriptor(payload)
        #expect(patched?.length == descriptor.length)
        #expect(patched?.temporalID == descriptor.temporalID)
        #expect(patched?.isKeyframeStart == descriptor.isKeyframeStart)
        if descriptor.pictureID != nil {
            #expect(patched?.pictureID == (descriptor.hasLongPictureID ? 0x7ABC : 0x3C))
        }
    }
    if let descriptor = try? VP9Descriptor(bytes) {
        #expect(descriptor.length <= bytes.count)
        var payload = bytes
        var span = payload.mutableSpan
        descriptor.patch(&span, at: 0, pictureID: 0x7ABC, tl0PictureIndex: 0xAB)
        let patched = try? VP9Descriptor(payload)
        #expect(patched?.length == descriptor.length)
        #expect(patched?.spatialID == descriptor.spatialID)
        #expect(patched?.tl0PictureIndex == (descriptor.tl0PictureIndex == nil ? nil : 0xAB))
    }
}

@Suite struct HostileInputTests {
    private let structure: DependencyStructure?
    private let everything = [Golden.rtp, Golden.rtpWithEverything] + Golden.rtcp + Golden.payloads

    init() throws { structure = try DependencyDescriptor(Golden.dependencyDescriptor).structure }

    @Test func everyPrefixOfEveryGoldenPacket() {
        for packet in everything {
            for count in 0...packet.count { parseAsEverything(Array(packet[..<count]), structure: structure) }
        }
    }

    @Test func everyByteOfEveryGoldenPacketWithEveryBitTurned() {
        for packet in everything {
            for index in packet.indices {
                for bit in 0..<8 {
                    var bent = packet
                    bent[index] ^= 1 << UInt8(bit)
                    parseAsEverything(bent, structure: structure)
                }
            }
        }
    }

    @Test(arguments: 0..<20)
    func goldenPacketsBentAtRandom(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<200 {
            var packet = everything.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                switch Int.random(in: 0...3, using: &random) {
                case 0: packet.append(.random(in: 0...255, using: &random))
                case 1 where !packet.isEmpty: packet.removeLast()
                case 2: packet += everything.randomElement(using: &random)!
                default:
                    guard let index = packet.indices.randomElement(using: &random) else { continue }
                    packet[index] = [0, 0xFF, 0x7F, 0x80, .random(in: 0...255, using: &random)].randomElement(
                        using: &random)!
                }
            }
            parseAsEverything(packet, structure: structure)
        }
    }

    @Test(arguments: 0..<20)
    func noise(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(1_000 + seed))
        for _ in 0..<200 {
            let packet = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            parseAsEverything(packet, structure: structure)
        }
    }

    /// Headers of every control packet type with a length that is right, so that the noise is in the body.
    @Test(arguments: UInt8(200)...207)
    func noiseInControlPackets(_ type: UInt8) {
        var random = SeededGenerator(seed: UInt64(type))
        for _ in 0..<1_000 {
            let words = Int.random(in: 0...16, using: &random)
            let noisy = [UInt8](repeating: 0, count: words * 4).map { _ in
                Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random) : .random(in: 0...4, using: &random)
            }
            let first =
                0x80 | UInt8.random(in: 0...31, using: &random)
                | (Int.random(in: 0...9, using: &random) == 0 ? 0x20 : 0)
            parseAsControlPacket([first, type, 0, UInt8(words)] + noisy)
        }
    }
}

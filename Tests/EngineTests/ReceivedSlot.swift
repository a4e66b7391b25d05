import Negotiation
import RTP
import Wire

/// One receive slot at its client: a jitter buffer and a decoder that believe nothing and check everything.
///
/// What may never happen, whatever the network does, is a complaint: a wrong payload type or MID, a number,
/// timestamp or picture that does not follow, a frame that refers to one that is not there, a byte of a
/// publication that is not on the slot. What the network causes is counted.
final class ReceivedSlot {
    /// A frame that arrived whole and could be decoded.
    struct Frame {
        var content: FramePayload
        var timestamp: RTPTimestamp
        var arrival: Timestamp
        var pictureID: UInt16?
        var tl0: UInt8?
        var keyIndex: UInt8?
        var temporalID: UInt8
        /// The layers by the dependency descriptor, of streams that have one.
        var spatialID: UInt8?
        var temporalLayer: UInt8?
        /// The frame's number by its dependency descriptor, and those before it that it refers to.
        var number: UInt16?
        var references: FrameReferences?
        var marker: Bool
        /// When its first packet left the server.
        var sent: Timestamp
        /// How often the slot had been given anew by then: the same publication may come back.
        var turn: Int
        var codec: MediaCodec
    }

    /// What was counted.
    struct Counters: Equatable {
        var packets = 0
        var retransmissions = 0
        var repeated = 0
        var late = 0
        /// Sequence numbers that were given up.
        var abandoned = 0
        /// Packets that came and were of no use.
        var discarded = 0
        /// Frames of which packets are missing for good.
        var broken = 0
        /// Whole frames whose references are missing.
        var undecodable = 0
        var nacked = 0
        var recovered = 0
        var pictureLossIndications = 0
        /// Packets with redundancy, and the older blocks in them.
        var redundant = 0
        var redundantBlocks = 0
    }

    private struct Packet {
        var marker: Bool
        var timestamp: RTPTimestamp
        var content: FramePayload
        var codec: MediaCodec
        var vp8: VP8Descriptor?
        var vp9: VP9Descriptor?
        var dependencyDescriptor: [UInt8]?
        var dependencies: DependencyDescriptor?
        var arrival: Timestamp
        var sent: Timestamp
    }

    private struct Hole {
        var since: Timestamp
        var tries = 0
        var lastTry = Timestamp.zero
    }

    /// A number that was missing, for who wants to know why a picture stood still.
    struct Repair {
        var number: UInt64
        var found: Timestamp
        var asked: [Timestamp] = []
        /// When it came; `nil` if it was given up.
        var came: Timestamp?
    }

    let section: DownlinkSection
    private(set) var counters = Counters()
    private(set) var frames: [Frame] = []
    /// Sender reports, as they came.
    var reports: [SenderReport] = []
    /// What has been on the slot since when, by the server's commands.
    var assignments: [(time: Timestamp, source: UInt32?)] = []
    /// When the path to the client, or from the publisher, was gone for a long while: the stream begins anew.
    var interruptions: [Timestamp] = []
    /// The packets in a row that may be lost.
    var longestGap: UInt64 = 400
    /// How long the server wants pictures to be kept at least, each time that it said something else.
    private(set) var playoutDelays: [(time: Timestamp, least: Interval)] = []
    /// Packets that said so.
    private(set) var playoutPackets = 0
    /// Whether the client has said something about the stream: the MID may be left out from then on.
    var isReported = false
    private(set) var highest: ExtendedSequenceNumber?
    let complain: (String) -> Void
    /// The frames since the last keyframe that could be decoded.
    private(set) var decoded: Set<UInt32> = []
    /// Their numbers by the dependency descriptor.
    private(set) var decodedNumbers: Set<UInt16> = []
    private var extender = SequenceExtender()
    private var buffer: [UInt64: Packet] = [:]
    private var holes: [UInt64: Hole] = [:]
    private(set) var repairs: [UInt64: Repair] = [:]
    /// Numbers of packets without content.
    private var fillers: Set<UInt64> = []
    private(set) var fillersSinceFrame = 0
    private var structure: DependencyStructure?
    /// The source that brought it.
    private var source: UInt32?
    /// The decode targets that the server said it sends.
    private(set) var activeTargets: UInt32?
    private var seen: Set<UInt64> = []
    private var start: Timestamp?
    private var next: UInt64?
    private var frame: [Packet] = []
    private(set) var needsKeyframe = true
    private(set) var hasSkipped = false
    private var last: Frame?
    private var lastLossIndication = Timestamp.zero

    init(_ section: DownlinkSection, complain: @escaping (String) -> Void) {
        self.section = section
        self.complain = { complain("slot \(section.mid): \($0)") }
    }

    /// Takes a decrypted packet of the slot's own or its RTX stream.
    func receive(_ bytes: [UInt8], at now: Timestamp, sent: Timestamp) {
        guard let header = try? RTPHeader(parsing: bytes.span) else {
            return complain("a packet that is no RTP")
        }
        checkExtensions(header, bytes)
        notePlayoutDelay(header, bytes, at: now)
        var payload = Array(bytes[header.payloadRange])
        var wire = header.sequenceNumber
        let isRetransmission = header.ssrc == section.rtxSSRC
        let formats = section.codecs.filter {
            isRetransmission ? header.payloadType == $0.rtxPayloadType : $0.carries(header.payloadType)
        }
        guard let format = formats.first else {
            return complain("payload type \(header.payloadType) was not negotiated")
        }
        if isRetransmission {
            guard payload.count >= 2 else { return complain("a retransmission without a number") }
            wire = SequenceNumber(UInt16(payload[0]) << 8 | UInt16(payload[1]))
            payload.removeFirst(2)
            counters.retransmissions += 1
        }
        counters.packets += 1
        // Padding alone: the place of a packet that this receiver is not sent.
        if payload.isEmpty { return insert(nil, number: wire, at: now) }
        if !isRetransmission, header.payloadType == format.redundancy?.payloadType {
            guard let block = readRedundancy(payload, of: format) else {
                return complain("redundancy that does not parse")
            }
            payload = block
        }
        var vp8: VP8Descriptor?
        var vp9: VP9Descriptor?
        var descriptorLength = 0
        switch format.codec {
        case .vp8:
            vp8 = try? VP8Descriptor(parsing: payload.span)
            descriptorLength = (vp8?.length ?? 0) + (vp8?.isKeyframeStart == true ? 10 : 1)
        case .vp9:
            vp9 = try? VP9Descriptor(parsing: payload.span)
            descriptorLength = vp9?.length ?? 0
        // Frames that are encrypted from end to end have none in front.
        case .h264: descriptorLength = dependencyDescriptor(header, bytes) == nil ? 2 : 0
        default: break
        }
        guard let content = FramePayload(parsing: payload.dropFirst(descriptorLength)) else {
            return complain("a payload that nobody sent, number \(wire)")
        }
        checkSource(content, sent: sent)
        insert(
            Packet(
                marker: header.marker,
                timestamp: header.timestamp,
                content: content,
                codec: format.codec,
                vp8: vp8,
                vp9: vp9,
                dependencyDescriptor: dependencyDescriptor(header, bytes),
                arrival: now,
                sent: sent
            ),
            number: wire,
            at: now
        )
    }

    /// The newest block of a packet with redundancy; those in front of it have to be the frames before.
    private func readRedundancy(_ payload: [UInt8], of format: NegotiatedCodec) -> [UInt8]? {
        guard let red = try? REDPayload(parsing: payload.span) else { return nil }
        counters.redundant += 1
        guard red.isAll(format.payloadType, in: payload.span) else { return nil }
        let newest = FramePayload(parsing: payload[red.primary.range])
        for index in 0..<red.redundantCount {
            guard let block = red.redundantBlock(at: index, in: payload.span),
                let older = FramePayload(parsing: payload[block.range])
            else { return nil }
            counters.redundantBlocks += 1
            let age = UInt32(red.redundantCount - index)
            // Of a silence most frames are left out.
            let passed = ((newest?.capture ?? 0) - older.capture) * 48 / 1_000_000
            if older.source != newest?.source || older.frame &+ age != newest?.frame
                || abs(Int64(block.timestampOffset) - passed) > 2
            {
                complain("a redundant block that is not the frame before")
            }
        }
        return Array(payload[red.primary.range])
    }

    private func checkExtensions(_ header: RTPHeader, _ bytes: [UInt8]) {
        var cursor = header.extensions
        while let element = cursor.next(in: bytes.span) {
            switch section.extensions.kind(for: element.id) {
            // The answer names both SSRCs; Firefox makes nothing of retransmissions that carry a MID.
            case .mid: complain("a MID on SSRC \(header.ssrc)")
            case nil: complain("header extension \(element.id) was not negotiated")
            case .rtpStreamID, .repairedRTPStreamID: complain("a RID is for publishers")
            default: break
            }
        }
    }

    private func notePlayoutDelay(_ header: RTPHeader, _ bytes: [UInt8], at now: Timestamp) {
        guard let id = section.extensions.id(for: .playoutDelay),
            let place = header.extensionElement(id: id, in: bytes.span)
        else { return }
        guard section.kind == .video, place.count == 3 else { return complain("a playout delay out of place") }
        playoutPackets += 1
        let word = bytes[place].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let delay = PlayoutDelay(rawValue: word)
        // Chromium takes zero for a wish to show pictures without smoothing.
        if delay.least < .milliseconds(10) || delay.most < .seconds(10) { complain("a playout delay of \(delay)") }
        if playoutDelays.last?.least != delay.least { playoutDelays.append((now, delay.least)) }
    }

    private func dependencyDescriptor(_ header: RTPHeader, _ bytes: [UInt8]) -> [UInt8]? {
        guard let id = section.extensions.id(for: .dependencyDescriptor) else { return nil }
        return header.extensionElement(id: id, in: bytes.span).map { Array(bytes[$0]) }
    }

    /// Reads the dependency descriptors of a frame in the order of decoding, as receivers do by putting aside what came before
    /// the keyframe that explains it. Frame numbers have to run on whatever stream the frames come from.
    private func readDependencies(of packet: inout Packet) {
        guard let element = packet.dependencyDescriptor else { return }
        guard let descriptor = try? DependencyDescriptor(parsing: element.span, structure: structure) else {
            if !needsKeyframe, !hasSkipped { complain("a dependency descriptor that cannot be read") }
            return
        }
        if let brought = descriptor.structure, let former = structure, let source, source != packet.content.source {
            // Or a packet that came without the one that brings the structure would be read by the former.
            let distance = Int((brought.templateIDOffset &- former.templateIDOffset) & 63)
            if distance < former.templates.count || 64 - distance < brought.templates.count {
                complain("two sources' structures with the same templates")
            }
        }
        if descriptor.structure != nil { source = packet.content.source }
        structure = descriptor.structure ?? structure
        activeTargets = descriptor.activeDecodeTargets ?? activeTargets
        packet.dependencies = descriptor
    }

    private func checkSource(_ content: FramePayload, sent: Timestamp) {
        let before = assignments.last { $0.time < sent }?.source
        let possible = assignments.filter { $0.time == sent }.map(\.source) + [before]
        if !possible.contains(content.source) {
            complain("source \(content.source) at \(sent.nanoseconds), when \(possible) was on the slot")
        }
    }

    private func insert(_ packet: Packet?, number: SequenceNumber, at now: Timestamp) {
        let before = extender.highest
        let extended = extender.extend(number)
        guard seen.insert(extended.rawValue).inserted else {
            counters.repeated += 1
            return
        }
        if let before, extended > before {
            let gap = extended.rawValue - before.rawValue
            if gap > longestGap, interruptions.isEmpty { complain("the numbers jump by \(gap)") }
            for missing in before.rawValue + 1..<extended.rawValue {
                holes[missing] = Hole(since: now)
                repairs[missing] = Repair(number: missing, found: now)
            }
            hasNewHoles = hasNewHoles || gap > 1
        }
        highest = max(highest ?? extended, extended)
        repairs[extended.rawValue]?.came = now
        if let hole = holes.removeValue(forKey: extended.rawValue), hole.tries > 0 { counters.recovered += 1 }
        if start == nil { start = now }
        guard extended.rawValue >= next ?? 0 else {
            counters.late += 1
            return
        }
        if let packet { buffer[extended.rawValue] = packet } else { fillers.insert(extended.rawValue) }
        advance(at: now)
    }

    // MARK: Feedback

    /// Whether holes have appeared that have not been asked for.
    private(set) var hasNewHoles = false

    /// The numbers to ask for now, as libwebrtc does: at once when the gap shows, and once a round trip as the client knows
    /// it, ten times in all.
    func numbersToRequest(at now: Timestamp, roundTrip: Interval) -> [SequenceNumber] {
        hasNewHoles = false
        guard section.codecs.contains(where: { $0.feedback.contains(.nack) }) else { return [] }
        var wanted: [SequenceNumber] = []
        for number in holes.keys.sorted() {
            guard var hole = holes[number], hole.tries < 10 else { continue }
            guard hole.tries == 0 || now - hole.lastTry >= roundTrip else { continue }
            hole.tries += 1
            hole.lastTry = now
            repairs[number]?.asked.append(now)
            holes[number] = hole
            wanted.append(ExtendedSequenceNumber(number).wire)
        }
        counters.nacked += wanted.count
        return wanted
    }

    /// Whether a decoder would ask for a keyframe now.
    func wantsKeyframe(at now: Timestamp) -> Bool {
        guard section.kind == .video, needsKeyframe, let start, now - start > .milliseconds(300),
            now - lastLossIndication > .milliseconds(400), assignments.last?.source != nil
        else { return false }
        lastLossIndication = now
        counters.pictureLossIndications += 1
        return true
    }

    // MARK: Jitter buffer

    /// So long a hole is waited for; pictures as long as libwebrtc does before it asks for a keyframe.
    private var patience: Interval { section.kind == .audio ? .milliseconds(100) : .seconds(3) }
    /// So long it is waited for when there is a keyframe behind it.
    private static let patienceBeforeKeyframe = Interval.milliseconds(150)

    func advance(at now: Timestamp) {
        // What was reordered at the very beginning may still come.
        guard let start, now - start >= .milliseconds(60) else { return }
        if next == nil { next = buffer.keys.min() }
        if next == nil { return }
        while var position = next {
            if fillers.remove(position) != nil {
                fillersSinceFrame += 1
                position += 1
                next = position
                continue
            }
            if let packet = buffer.removeValue(forKey: position) {
                take(packet)
                position += 1
                next = position
                continue
            }
            guard let highest, position <= highest.rawValue, let target = wayOn(from: position, at: now)
            else { return }
            counters.abandoned += (position..<target).count { buffer[$0] == nil }
            counters.discarded += (position..<target).count { buffer[$0] != nil }
            for number in position..<target {
                buffer[number] = nil
                holes[number] = nil
            }
            if !frame.isEmpty { counters.broken += 1 }
            frame = []
            needsKeyframe = true
            hasSkipped = true
            next = target
        }
    }

    /// Where to go on past a hole: at once behind a keyframe that is complete, else when patience ends.
    private func wayOn(from position: UInt64, at now: Timestamp) -> UInt64? {
        // Below the number that came first nothing was known to be missing yet.
        let hole = holes[position] ?? Hole(since: now)
        holes[position] = hole
        let age = now - hole.since
        let starts = buffer.keys.filter { buffer[$0]?.content.packet == 0 }.sorted()
        if age >= Self.patienceBeforeKeyframe, section.kind == .video {
            let keyframe = starts.first { start in
                guard let content = buffer[start]?.content, content.isKeyframe else { return false }
                return (start..<start + UInt64(content.packets)).allSatisfy { buffer[$0] != nil }
            }
            if let keyframe { return keyframe }
        }
        guard age >= patience else { return nil }
        return starts.first { $0 > position } ?? position + 1
    }

    // MARK: Decoder

    private func take(_ packet: Packet) {
        var packet = packet
        readDependencies(of: &packet)
        let content = packet.content
        if let first = frame.first {
            let isNext =
                content.packet == frame.count && content.frame == first.content.frame
                && content.source == first.content.source && content.layer == first.content.layer
            guard isNext else {
                complain("frame \(first.content.frame) of \(first.content.source) is cut off without a gap")
                frame = []
                return take(packet)
            }
            if packet.timestamp != first.timestamp { complain("one frame, two timestamps") }
        } else if content.packet != 0 {
            // The stream began, or went on after a loss, in the middle of a frame.
            if !needsKeyframe { complain("a frame that begins with its packet \(content.packet)") }
            counters.discarded += 1
            return
        }
        frame.append(packet)
        let isLast = frame.count == Int(content.packets)
        // Of a picture of several spatial layers only the last frame has the marker.
        let mayHaveMarker = packet.codec != .vp8 && isLast && !packet.marker
        if section.kind == .video, packet.marker != isLast, !mayHaveMarker { complain("a marker in the wrong place") }
        if isLast { finish() }
    }

    private func finish() {
        guard let first = frame.first else { return }
        let isMarked = frame.last?.marker ?? false
        frame = []
        let result = Frame(
            content: first.content,
            timestamp: first.timestamp,
            arrival: first.arrival,
            pictureID: first.vp8?.pictureID ?? first.vp9?.pictureID,
            tl0: first.vp8?.tl0PictureIndex ?? first.vp9?.tl0PictureIndex,
            keyIndex: first.vp8?.keyIndex,
            temporalID: first.vp8?.temporalID ?? 0,
            spatialID: first.dependencies?.frame?.spatialID ?? first.vp9?.spatialID,
            temporalLayer: first.dependencies?.frame?.temporalID ?? first.vp9?.temporalID,
            number: first.dependencies?.frameNumber,
            references: first.dependencies?.frame?.references,
            marker: isMarked,
            sent: first.sent,
            turn: (assignments.map(\.time) + interruptions).count { $0 < first.sent },
            codec: first.codec
        )
        if let last { checkContinuity(of: result, after: last) }
        last = result
        fillersSinceFrame = 0
        hasSkipped = false
        guard !needsKeyframe || result.content.isKeyframe else {
            counters.undecodable += 1
            return
        }
        needsKeyframe = false
        if result.content.isKeyframe {
            decoded = []
            decodedNumbers = []
        }
        decoded.insert(result.content.frame)
        if let number = result.number { decodedNumbers.insert(number) }
        frames.append(result)
    }
}
